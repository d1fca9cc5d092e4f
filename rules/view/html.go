package view

import (
	"weir/rules/view/render"
	"weir/rules/view/uri"
)

// collector takes the links of a document.
func (m *Mail) collector(t *Text) render.Collector {
	t.Links = &uri.Collector{}
	return t.Links
}

// HTML lists the documents of the message in its order, those of other readings last.
func (m *Mail) HTML() []*render.Document {
	var out []*render.Document
	for _, t := range m.Texts() {
		if t.HTML != nil {
			out = append(out, t.HTML)
		}
	}
	return out
}
