// Package header splits and decodes a header block: the message's own, or a part's.
package header

// Field is one header field as received.
type Field struct {
	Raw   []byte // all of its bytes with folding and line ends
	Name  string // in the sender's case, without white space before the colon; "" for a line that is no field
	Colon int    // index of the colon in Raw; -1 for a line that is no field
}

// Header is a header block's fields in order. The zero value is empty.
type Header struct {
	Fields []Field
}
