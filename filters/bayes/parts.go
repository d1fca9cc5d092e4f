package bayes

import (
	"strings"

	"weir/message"
	"weir/message/html"
	"weir/message/part"
	"weir/scoring/bayes"
)

// parts takes how the message is built of parts.
func (r *reader) parts(m *message.Message) {
	list := m.Parts()
	r.count(bayes.Form, seed, "parts", len(list))
	for _, p := range list[:min(len(list), maxParts)] {
		if p.Reading == 0 {
			r.part(p)
		}
	}
	for _, n := range m.Notes.All() {
		r.add(bayes.Form, seed.text("odd").number(int(n.Kind)), "oddity", n.Kind.String())
	}
}

func (r *reader) part(p *part.Part) {
	at := seed.text(p.Type)
	r.add(bayes.Form, at.number(min(p.Depth, 3)), p.Type, "")
	r.add(bayes.Form, at.text(p.Charset), p.Type, p.Charset)
	r.add(bayes.Form, at.text(p.Encoding).byte('/'), p.Type, p.Encoding)
	if p.Disposition != "" {
		r.add(bayes.Form, at.text(p.Disposition).byte('d'), p.Type, p.Disposition)
	}
	if p.FileName != "" {
		end := p.FileName[strings.LastIndexByte(p.FileName, '.')+1:]
		r.add(bayes.Form, seed.text("file").text(end[:min(len(end), maxWord)]), "file name ends in", end)
	}
	if doc := p.HTML(); doc != nil {
		r.page(doc)
		r.markup(p.Text())
	}
}

// page takes what an HTML part does, in classes of numbers.
func (r *reader) page(d *html.Document) {
	about := seed.text("html")
	for _, c := range [...]struct {
		what string
		n    int
	}{
		{"links", len(d.Links)}, {"images", len(d.Images)}, {"tags", d.Tags}, {"unclosed tags", d.Unclosed},
		{"text for each tag", len(d.Text) / (d.Tags + 1)}, {"hidden text", len(d.Hidden)}, {"forms", len(d.Forms)}, {"scripts", d.Scripts},
	} {
		r.count(bayes.Page, about, c.what, c.n)
	}
	r.add(bayes.Page, about.text("tricks").number(int(d.Tricks)), "ways to hide text", "")
	for _, i := range d.Images[:min(len(d.Images), 20)] {
		r.add(bayes.Page, about.text("image").number(magnitude(i.Width+1)).number(magnitude(i.Height+1)), "size of an image", "")
	}
}
