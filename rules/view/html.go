package view

import "weir/rules/view/render"

// collector takes the links of a document.
func (m *Mail) collector(t *Text) render.Collector { return nil }

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
