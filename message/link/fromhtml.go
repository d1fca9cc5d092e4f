package link

import (
	"strings"

	"weir/message/html"
)

// FromHTML appends the links of a rendered HTML document to dst: its links, forms, images and other things that are
// loaded, and those in its visible text. Relative ones are resolved by <base>, or left out where there is none.
func FromHTML(dst []Link, d *html.Document) []Link {
	f := Finder{Links: dst}
	f.HTML(d)
	return f.Links
}

// HTML finds the links of a document, as FromHTML does.
func (f *Finder) HTML(d *html.Document) {
	for i := range d.Links {
		f.href(d, &d.Links[i])
	}
	for _, form := range d.Forms {
		f.reference(d, form.Action, Href)
	}
	f.reference(d, d.MetaGoto, Href)
	f.reference(d, d.Base, Href)
	for i := range d.Images {
		f.reference(d, d.Images[i].Src, Img)
	}
	for _, src := range d.Loads {
		f.reference(d, src, Img)
	}
	f.Text(d.Text, Text)
}

// href keeps an HTML link with what its reader sees of it.
func (f *Finder) href(d *html.Document, h *html.Link) {
	l, ok := resolve(d, h.Href)
	if !ok {
		return
	}
	l.Source, l.Shown = Href, h.Text
	if h.Hidden {
		l.Flags |= Unseen
	}
	if shown, ok := shownDomain(h.Text); ok && l.Host != "" && shown != l.Domain && l.Scheme != "mailto" {
		l.Flags |= Mismatch
	}
	f.Add(l)
}

func (f *Finder) reference(d *html.Document, raw string, src Source) {
	if raw == "" || len(raw) > 4 && (equalFold(raw[:4], "cid:") || src == Img && len(raw) > 5 && equalFold(raw[:5], "data:")) {
		return
	}
	l, ok := resolve(d, raw)
	if !ok {
		return
	}
	l.Source = src
	f.Add(l)
}

// resolve parses an address in a document. Unlike in text, "example.com/x" without a scheme is relative to the base.
func resolve(d *html.Document, raw string) (Link, bool) {
	if raw = clean(raw); raw == "" || raw[0] == '#' {
		return Link{}, false
	}
	scheme, _ := cutScheme(raw)
	if scheme != "" && strings.IndexByte(scheme, '.') < 0 || strings.HasPrefix(raw, "//") || strings.HasPrefix(raw, `\\`) {
		return Parse(raw)
	}
	if d.Base == "" {
		return Parse(raw) // QUIRK: mail programs take www.example.com for a host, the standard for a file
	}
	base, ok := Parse(d.Base)
	if !ok {
		return Parse(raw)
	}
	return Parse(against(&base, raw))
}

// against resolves a relative reference; dot segments are kept, since only host and text of a path matter to filters.
func against(base *Link, raw string) string {
	origin := base.URL[:len(base.URL)-len(base.Path)]
	switch raw[0] {
	case '/', '\\':
		return origin + raw
	case '?':
		path, _, _ := strings.Cut(base.Path, "?")
		return origin + path + raw
	}
	path, _, _ := strings.Cut(base.Path, "?")
	return origin + path[:strings.LastIndexByte(path, '/')+1] + ensureSlash(path) + raw
}

// ensureSlash is the slash between a host and a relative path where the base has no path.
func ensureSlash(path string) string {
	if path == "" {
		return "/"
	}
	return ""
}

// shownDomain reads a link's visible text as the URL that it pretends to be; false if it is other text.
func shownDomain(text string) (string, bool) {
	if text == "" || len(text) > 2048 || strings.IndexByte(text, '.') < 0 || strings.IndexByte(text, '@') >= 0 || strings.IndexByte(text, ' ') >= 0 {
		return "", false
	}
	l, ok := Parse(strings.TrimRight(text, ".,;:!?…»›>"))
	if !ok || l.Host == "" || l.Domain == "" {
		return "", false
	}
	return l.Domain, true
}
