package field

import (
	"bytes"

	"weir/rules/ascii"
	"weir/rules/view/alias"
	"weir/rules/view/relay"
)

// eachLine calls yield with each field of the header with its name, or of one side of a border of trust.
func (h *Header) eachLine(t *Target, yield func(v []byte)) {
	lines := h.lines
	if t.forms&raw != 0 {
		lines = h.rawLines
	}
	if t.source == all {
		lines(func(v []byte) bool { yield(v); return true })
		return
	}
	path := h.path()
	if path == nil {
		return
	}
	kind := kinds[t.name]
	border, n := path.Last(kind)+1, -1
	above := kind == relay.Trusted || kind == relay.Internal
	if above && border < 0 {
		return
	}
	lines(func(v []byte) bool {
		received := len(v) >= 9 && ascii.EqualFold(alias.String(v[:9]), "Received:")
		if received {
			n++
		}
		if above == (n < border) || n == border {
			yield(v)
		}
		return !(above && n == border)
	})
}

// lines yields each field as Name: value, decoded and on one line, up to SpamAssassin's bound for all together.
func (h *Header) lines(yield func(v []byte) bool) {
	var buf []byte
	size := 0
	for i := range h.fields {
		f := &h.fields[i]
		text := h.decoded(f)
		if size += len(f.Name) + len(text) + 3; size > maxAll {
			h.truncated = true
			return
		}
		buf = append(append(append(append(buf[:0], f.Name...), ": "...), text...), '\n')
		if !yield(buf) {
			return
		}
	}
}

// rawLines yields each field as it came, also lines that are none.
func (h *Header) rawLines(yield func(v []byte) bool) {
	var buf []byte
	rest := h.head[:min(len(h.head), maxHeader)]
	for at := h.m0(); len(rest) > 0; {
		n := wholeField(rest)
		if v := rest[:n]; v[0] != ' ' && v[0] != '\t' && !h.stripped(at) && len(bytes.TrimRight(v, "\r\n")) > 0 {
			buf = appendUnix(buf[:0], v)
			if !yield(buf) {
				return
			}
		}
		rest, at = rest[n:], at+n
	}
}

// m0 is the index of the header's first byte in the message.
func (h *Header) m0() int { return h.body - len(h.head) }

// wholeField gives the length of a field with the lines that continue it.
func wholeField(text []byte) int {
	n := lineEnd(text, 0)
	for n < len(text) && (text[n] == ' ' || text[n] == '\t') {
		n = lineEnd(text, n)
	}
	return n
}

// stripped tells whether the field that begins at an index of the message is one that the gateway takes out.
func (h *Header) stripped(at int) bool {
	for _, i := range h.m.Stripped() {
		if alias.Offset(h.m.Raw, h.m.Header.Fields[i].Raw) == at {
			return true
		}
	}
	return false
}
