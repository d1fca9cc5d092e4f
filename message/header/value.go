package header

import (
	"bytes"
	"strings"
)

// Value returns the field's value: unfolded (RFC 5322 section 2.2.3) and without white space around it, not decoded.
// A line that is no field is its own value.
func (f *Field) Value() string {
	v := bytes.Trim(f.Raw[f.Colon+1:], " \t\r\n")
	if bytes.IndexByte(v, '\n') < 0 && bytes.IndexByte(v, '\r') < 0 {
		return view(v)
	}
	return unfold(v)
}

// unfold takes the line ends out. White space around a fold stays, as the RFC says. A CR or LF that is no fold (a bare
// CR) becomes a space, so that no value ever holds a line end.
func unfold(v []byte) string {
	var b strings.Builder
	b.Grow(len(v))
	for len(v) > 0 {
		i := bytes.IndexAny(v, "\r\n")
		if i < 0 {
			b.Write(v)
			break
		}
		b.Write(v[:i])
		v = v[i+1:]
		for len(v) > 0 && (v[0] == '\r' || v[0] == '\n') {
			v = v[1:]
		}
		if len(v) > 0 && v[0] != ' ' && v[0] != '\t' {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
