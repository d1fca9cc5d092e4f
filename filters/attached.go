package filters

import "weir/message/link"

// Objection says what is wrong with one part of a message, so that the gateway may take it out of the mail.
type Objection struct {
	Part   int    `json:"part"`            // index into Message.Parts
	Path   []int  `json:"path"`            // from the root down: the index among the children, at each level; empty: the root itself
	Name   string `json:"name,omitempty"`  // the part's file name, "" none
	Inner  string `json:"inner,omitempty"` // the file within it that this is about: "a.zip > b.exe"; "" the part itself
	Symbol string `json:"symbol"`          // what was found
	Why    string `json:"why"`             // for a person
}

// Attached is what a filter found in a message's attachments, for those that read on. The zero value: nothing.
type Attached struct {
	Links      []link.Link // addresses in documents, pictures and archives; PartIdx tells the part
	Objections []Objection // parts that are forbidden
}

// With gives what both found.
func (a Attached) With(b Attached) Attached {
	if len(b.Links) > 0 {
		a.Links = append(a.Links[:len(a.Links):len(a.Links)], b.Links...)
	}
	if len(b.Objections) > 0 {
		a.Objections = append(a.Objections[:len(a.Objections):len(a.Objections)], b.Objections...)
	}
	return a
}

// WithAttached gives the view with what filters found in attachments.
func (f Findings) WithAttached(a Attached) Findings {
	f.attached = a
	return f
}

// Attached is what the filters named in After found in attachments.
func (f Findings) Attached() Attached { return f.attached }
