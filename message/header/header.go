// Package header splits and decodes a header block: the message's own, or a part's (RFC 5322 section 2.2).
//
// Mail programs disagree on broken headers, and attackers live on that. So there is one canonical view here, chosen so
// that a field that any program might see is seen (a From with a space before its colon is a From), the exact bytes
// of every field are kept beside it, and each oddity is noted.
package header

import (
	"iter"
	"unsafe"
)

// Field is one header field as received.
type Field struct {
	Raw   []byte // all of its bytes with folding and line ends
	Name  string // in the sender's case, without white space before the colon; "" for lines that are no field
	Colon int    // index of the colon in Raw; -1 for lines that are no field
}

// Header is a header block's fields in order. The zero value is empty.
type Header struct {
	Fields []Field
}

// Is tells whether the field has this name, in any case.
func (f *Field) Is(name string) bool { return equalFold(f.Name, name) }

// Get returns the first field of a name, nil if there is none. The name's case doesn't matter.
func (h Header) Get(name string) *Field {
	for i := range h.Fields {
		if equalFold(h.Fields[i].Name, name) {
			return &h.Fields[i]
		}
	}
	return nil
}

// Value returns the value of the first field of a name, "" if there is none. See Field.Value.
func (h Header) Value(name string) string {
	if f := h.Get(name); f != nil {
		return f.Value()
	}
	return ""
}

// All yields every field of a name with its index into Fields, from the top.
func (h Header) All(name string) iter.Seq2[int, *Field] {
	return func(yield func(int, *Field) bool) {
		for i := range h.Fields {
			if equalFold(h.Fields[i].Name, name) && !yield(i, &h.Fields[i]) {
				return
			}
		}
	}
}

// Count tells how many fields have this name.
func (h Header) Count(name string) int {
	n := 0
	for i := range h.Fields {
		if equalFold(h.Fields[i].Name, name) {
			n++
		}
	}
	return n
}

// equalFold compares ASCII strings without regard to case.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// view gives bytes of the message as a string without copying them. The message's bytes never change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
