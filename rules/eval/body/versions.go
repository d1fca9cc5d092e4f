package body

import (
	"slices"
	"strings"
	"unicode"

	"weir/rules/ascii"
	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
	"weir/rules/view/mime"
)

// difference is how the versions of a mail's text differ.
type difference struct {
	percent    float64 // of the words of the HTML, that the plain text lacks; the most of all alternatives
	html, text float64 // different words; of the last alternative
}

type differenceKey struct{}

// versions binds the functions that compare the versions of a text.
func versions(c eval.Call) (eval.Check, error) {
	of := func(m *view.Mail) difference {
		return view.Once(m, differenceKey{}, func() difference { return compare(m) })
	}
	if c.Name == "multipart_alternative_difference" {
		r, err := args.Between(c, 0)
		return func(m *view.Mail) int { return args.Yes(r.Above(of(m).percent)) }, err
	}
	ratio, least, err := args.Two(c, 0)
	return func(m *view.Mail) int {
		d := of(m)
		return args.Yes(d.html > least && d.html > 0 && d.text/d.html > ratio)
	}, err
}

// compare compares the versions in each multipart/alternative.
func compare(m *view.Mail) (d difference) {
	tree := m.Parts()
	if !slices.ContainsFunc(tree.Parts, alternative) || invitation(tree.Root) {
		return d
	}
	texts := map[*mime.Part]*view.Text{}
	for _, t := range m.Texts() {
		if t.Part != nil {
			texts[t.Part] = t
		}
	}
	for _, p := range tree.Parts {
		if alternative(p) {
			d.compare(p, texts)
		}
	}
	return d
}

func alternative(p *mime.Part) bool {
	rest, ok := strings.CutPrefix(p.Type, "multipart/alternative")
	return ok && (rest == "" || !ascii.Word(rest[0]))
}

// invitation tells of a mail of HTML and a calendar, whose HTML has no other version.
func invitation(root *mime.Part) bool {
	return root.Type == "multipart/alternative" && len(root.Children) == 2 &&
		root.Children[0].Type == "text/html" && len(root.Children[0].Children) == 0 &&
		root.Children[1].Type == "text/calendar" && len(root.Children[1].Children) == 0
}

// compare compares the versions of one alternative.
func (d *difference) compare(p *mime.Part, texts map[*mime.Part]*view.Text) {
	html, plain := map[string]int{}, map[string]int{}
	collect(p, texts, html, plain)
	if len(html) == 0 {
		return
	}
	d.html, d.text = float64(len(html)), float64(len(plain))
	lacking := 0
	for w, n := range html {
		if n > plain[w] {
			lacking++
		}
	}
	d.percent = max(d.percent, 100*float64(lacking)/float64(len(html)))
}

// collect counts the words of all texts at and below a part.
func collect(p *mime.Part, texts map[*mime.Part]*view.Text, html, plain map[string]int) {
	if t := texts[p]; t != nil && t.Shown {
		switch {
		case p.Effective() != "text/html":
			count(plain, string(t.Plain), t.Wide)
		case t.HTML != nil:
			count(html, string(t.HTML.Text()), t.Wide)
			if _, picture := t.HTML.Inside("img"); picture && len(html) == 0 {
				html["\n"] = 1 // it shows a picture in place of words
			}
		}
	}
	for _, c := range p.Children {
		collect(c, texts, html, plain)
	}
}

// count counts words: what is between white space and has a letter or a digit in it. Of texts that were not decoded only
// ASCII is known.
func count(words map[string]int, text string, wide bool) {
	for w := range strings.FieldsFuncSeq(text, func(c rune) bool { return blank(c, wide) }) {
		if strings.ContainsFunc(w, func(c rune) bool { return inWord(c, wide) }) {
			words[w]++
		}
	}
}

func blank(c rune, wide bool) bool {
	return c == ' ' || c >= '\t' && c <= '\r' || wide && c >= 0x80 && unicode.IsSpace(c)
}

func inWord(c rune, wide bool) bool {
	if c < 0x80 {
		return ascii.Word(byte(c))
	}
	return wide && (unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c))
}
