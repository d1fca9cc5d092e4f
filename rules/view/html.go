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

// HTML lists the documents of the message in its order. What only other readings of an ambiguous message show is not among
// them: functions about the form of HTML judge the message as rules read it. Body, RawBody and Links have its text.
func (m *Mail) HTML() []*render.Document {
	var out []*render.Document
	for _, t := range m.Texts() {
		if t.HTML != nil && t.Part != nil {
			out = append(out, t.HTML)
		}
	}
	return out
}
