package render

import (
	"regexp"
	"strconv"
	"strings"
)

// seen is how often tags are open that change what text means.
type seen struct {
	anchor, title, script, style int
}

// note takes down how often a tag is open.
func (s *seen) note(tag string, open int) {
	switch tag {
	case "a":
		s.anchor = open
	case "title":
		s.title = open
	case "script":
		s.script = open
	case "style":
		s.style = open
	}
}

var goodFace = regexp.MustCompile(`(?i)^[\s\v]*["'.]?[a-z ][a-z -]*[a-z]\d?["']?(?:,[\s\v]*["']?[a-z][a-z -]*[a-z]\d?["']?)*;?\n?$`)

// tests notes what a start tag says of the document.
func (r *renderer) tests(tag string) {
	f := &r.doc.facts
	switch tag {
	case "font":
		if face, ok := r.attr("face"); ok && !goodFace.MatchString(face) {
			f.badFace = true
		}
	case "img":
		r.image()
	case "form":
		if action, ok := r.attr("action"); ok && containsFold(action, "mailto:") {
			f.formMailto = true
		}
	case "object", "embed":
		f.embeds = true
	case "a":
		href, there := r.anchorTarget()
		if r.links != nil {
			r.links.Anchor(href, there)
		}
		r.doc.lists[Anchor].begin()
	case "title":
		r.doc.lists[Title].begin()
	}
}

// anchorTarget is the target of an anchor; an attribute such as "x/href" has become its href.
func (r *renderer) anchorTarget() (string, bool) {
	href, there := r.odd("href")
	return strings.ReplaceAll(href, "\uFEFF", ""), there
}

// image adds up the area of images, and shows them in anchor texts.
func (r *renderer) image() {
	if r.seen.anchor > 0 {
		if r.links != nil {
			r.links.Text("<img>\n")
		}
		r.doc.lists[Anchor].add([]byte("<img>\n"), r.wide)
	}
	width, ok := r.attr("width")
	height, ok2 := r.attr("height")
	if ok && ok2 {
		r.doc.facts.imageArea += pixels(width, 8) * pixels(height, 6)
	}
}

// pixels reads a measure; a percentage is of a screen of 800 by 600, what is unknown counts as 200.
func pixels(s string, percent float64) float64 {
	s = strings.TrimSuffix(s, "\n")
	digits, isPercent := strings.CutSuffix(s, "%")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil && digits != "" && strings.Trim(digits, "0123456789") == "" {
		n = 1 << 62
	}
	v := float64(n)
	if isPercent {
		v *= percent
	}
	if v <= 0 {
		return 200
	}
	return v
}
