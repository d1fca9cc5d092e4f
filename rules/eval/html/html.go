// Package html has the functions about HTML: its tags, images, comments, colours and sizes (HTMLEval, in SpamAssassin's
// words). Each looks at the documents of a message one by one, and hits where one of them is as asked for.
package html

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/render"
	"weir/rules/view/uri"
)

// New makes the room.
func New() eval.Room { return eval.Functions(bind, "HTMLEval") }

func bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "html_tag_exists":
		tag, _ := args.Text(c, 0)
		return any(func(d *render.Document) bool { _, there := d.Inside(tag); return there }), nil
	case "html_tag_balance":
		return balance(c)
	case "html_test":
		name, _ := args.Text(c, 0)
		return any(func(d *render.Document) bool { v, _ := d.Value(name); return v != 0 }), nil
	case "html_eval":
		return compared(c)
	case "html_range":
		return within(c)
	case "html_image_only":
		return imageOnly(c)
	case "html_image_ratio":
		return imageRatio(c)
	case "html_text_match", "html_text_not_match":
		return match(c)
	case "html_title_subject_ratio":
		return title(c)
	case "check_iframe_src":
		return iframe, nil
	case "html_charset_faraway":
		return nil, &eval.Off{Why: "no charset is read from HTML: the charset of the part decides, see check_for_mime"}
	}
	return nil, eval.ErrUnknown
}

// any makes a check that hits where one document is so.
func any(is func(d *render.Document) bool) eval.Check {
	return func(m *view.Mail) int {
		for _, d := range m.HTML() {
			if is(d) {
				return 1
			}
		}
		return 0
	}
}

// balance binds html_tag_balance(tag, comparison): how many tags are left open.
func balance(c eval.Call) (eval.Check, error) {
	tag, _ := args.Text(c, 0)
	is, err := comparison(c, 1)
	if err != nil {
		return nil, err
	}
	return any(func(d *render.Document) bool {
		open, there := d.Inside(tag)
		return there && is(float64(open))
	}), nil
}

// compared binds html_eval(fact, comparison).
func compared(c eval.Call) (eval.Check, error) {
	name, _ := args.Text(c, 0)
	is, err := comparison(c, 1)
	if err != nil {
		return nil, err
	}
	return any(func(d *render.Document) bool {
		v, there := d.Value(name)
		return there && is(v)
	}), nil
}

// comparison reads an argument such as "> 4".
func comparison(c eval.Call, i int) (func(v float64) bool, error) {
	s, _ := args.Text(c, i)
	s = strings.TrimSpace(s)
	op := s[:len(s)-len(strings.TrimLeft(s, "<>=!"))]
	n, err := strconv.ParseFloat(strings.ReplaceAll(s[len(op):], " ", ""), 64)
	if err != nil {
		return nil, fmt.Errorf("%s: argument %d is %q; write a comparison such as \"> 4\"", c.Name, i+1, s)
	}
	switch op {
	case "<":
		return func(v float64) bool { return v < n }, nil
	case "<=":
		return func(v float64) bool { return v <= n }, nil
	case ">":
		return func(v float64) bool { return v > n }, nil
	case ">=":
		return func(v float64) bool { return v >= n }, nil
	case "==":
		return func(v float64) bool { return v == n }, nil
	case "!=":
		return func(v float64) bool { return v != n }, nil
	}
	return nil, fmt.Errorf("%s: argument %d is %q; the comparisons are < <= > >= == !=", c.Name, i+1, s)
}

// bounds reads two arguments: more than the first, up to the second. Without the second, or with inf, there is no upper end.
func bounds(c eval.Call, i int) (low, high float64, err error) {
	if low, err = args.Needed(c, i); err != nil {
		return 0, 0, err
	}
	if s, there := args.Text(c, i+1); !there || s == "inf" || s == "undef" {
		return low, math.Inf(1), nil
	}
	high, err = args.Number(c, i+1, 0)
	return low, high, err
}

// within binds html_range(fact, more than, up to).
func within(c eval.Call) (eval.Check, error) {
	name, _ := args.Text(c, 0)
	low, high, err := bounds(c, 1)
	return any(func(d *render.Document) bool {
		v, there := d.Value(name)
		return there && v > low && v <= high
	}), err
}

// imageOnly binds html_image_only(more than, up to): a document of that length with an image.
func imageOnly(c eval.Call) (eval.Check, error) {
	low, high, err := bounds(c, 0)
	return any(func(d *render.Document) bool {
		_, image := d.Inside("img")
		v, _ := d.Value("length")
		return image && v > low && v <= high
	}), err
}

// imageRatio binds html_image_ratio(more than, up to): text by the area of images.
func imageRatio(c eval.Call) (eval.Check, error) {
	low, high, err := bounds(c, 0)
	return any(func(d *render.Document) bool {
		area, _ := d.Value("image_area")
		text, _ := d.Value("non_space_len")
		return area > 0 && text/area > low && text/area <= high
	}), err
}

// lists are the lists of texts that rules may look at, by name.
var lists = map[string]render.List{"anchor": render.Anchor, "title": render.Title, "comment": render.Comment, "script": render.Script}

// match binds html_text_match(list, pattern) and its opposite: some text matches, or some does not.
func match(c eval.Call) (eval.Check, error) {
	name, _ := args.Text(c, 0)
	list, known := lists[name]
	if !known {
		return nil, fmt.Errorf("%s: %q is no list of texts; there are anchor, title, comment and script", c.Name, name)
	}
	p, err := args.Pattern(c, 1)
	if err != nil {
		return nil, err
	}
	want := c.Name == "html_text_match"
	return eval.Tries(func(m *view.Mail, t *pattern.Trial) bool {
		return slices.ContainsFunc(m.HTML(), func(d *render.Document) bool { return hits(t, d, list, p, want) })
	}), nil
}

// hits tells whether some text matches, or some does not. Once the time is over it is neither.
func hits(t *pattern.Trial, d *render.Document, list render.List, p *pattern.Pattern, want bool) bool {
	for _, w := range d.Texts(list) {
		if t.Match(p, w.Text) == want && !t.Cut() {
			return true
		}
	}
	return false
}

// title binds html_title_subject_ratio(ratio): a title that is longer than so many times the Subject.
func title(c eval.Call) (eval.Check, error) {
	ratio, err := args.Needed(c, 0)
	return func(m *view.Mail) int {
		subject, _ := m.Get("Subject")
		if subject == "" {
			return 0
		}
		for _, d := range m.HTML() {
			for _, w := range d.Texts(render.Title) {
				if float64(w.Length)/float64(len(subject)) > ratio {
					return 1
				}
			}
		}
		return 0
	}, err
}

// frame is the type of links in frames within the text.
var frame = uri.Tag("iframe")

// iframe hits where a frame within the text loads a page.
func iframe(m *view.Mail) int {
	for _, t := range m.Texts() {
		if t.Links == nil {
			continue
		}
		for _, l := range t.Links.Links() {
			if l.Types&frame != 0 {
				return 1
			}
		}
	}
	return 0
}
