package rules

import (
	"bytes"
	"unsafe"

	"weir/message/link"
	"weir/message/part"
)

// Bounds on what rules look at; they are SpamAssassin's, since they change what hits.
const (
	maxBodyPart = 50_000    // bytes of one part's rendered text
	maxRawPart  = 500_000   // bytes of one part's text
	maxTexts    = 1_000_000 // bytes of all parts together, for each view
	maxFull     = 500_000   // bytes of the whole message
	pieceSize   = 2048      // a paragraph is cut there, a chunk of rawbody at twice that at most
	maxValue    = 8192      // bytes of one header field's value
	maxURI      = 8192      // bytes of one link
)

// pages is memory for the views of one message, and what was left out of them.
type pages struct {
	buf     []byte
	para    []byte
	value   []byte
	fields  [][]int32 // by slot: the fields of the header
	partial string    // what was left out, for a person; "" nothing
}

// keepBuffers bounds the memory that stays with an idle run.
const keepBuffers = 256 << 10

func (v *pages) forget() {
	if cap(v.buf)+cap(v.para)+cap(v.value) > keepBuffers {
		*v = pages{fields: v.fields}
	}
	for i := range v.fields {
		v.fields[i] = v.fields[i][:0]
	}
	v.partial = ""
}

// short notes that a part of the message is not looked at.
func (v *pages) short(what string) {
	if v.partial == "" {
		v.partial = what
	}
}

// texts calls each with the parts that have text, those of the canonical reading first, while it returns true and
// the budget lasts.
func (r *run) textParts(limit int, each func(p *part.Part, limit int) (used int, more bool)) {
	left := maxTexts
	for _, p := range r.m.Parts() {
		if p.Text() == "" {
			continue
		}
		used, more := each(p, min(limit, left))
		if left -= used; !more {
			return
		}
		if left <= 0 {
			r.view.short("text beyond 1 MB")
			return
		}
	}
}

// cutText cuts a text at a limit, at a line end or one of other behind it if one is near.
func cutText(text string, limit int, other ...byte) (string, bool) {
	if len(text) <= limit {
		return text, false
	}
	near := text[limit:min(len(text), limit+1024)]
	for _, c := range append([]byte{'\n'}, other...) {
		if i := bytes.IndexByte(asBytes(near), c); i >= 0 {
			return text[:limit+i+1], true
		}
	}
	return text[:limit], true
}

// asBytes gives a string's bytes without copying them; they must not be changed.
func asBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// rawBody shows the text parts as they are, in chunks of 2 to 4 kB.
func (r *run) rawBody() {
	r.textParts(maxRawPart, func(p *part.Part, limit int) (int, bool) {
		text, cut := cutText(p.Text(), limit, '>', ' ')
		if cut {
			r.view.short("text of a part beyond 500 kB")
		}
		return len(text), r.chunks(r.unixEnds(asBytes(text)))
	})
}

// chunks cuts a text at a line end, a > or a blank between 2 and 4 kB.
func (r *run) chunks(text []byte) bool {
	for len(text) > 2*pieceSize {
		n := pieceSize
		for _, c := range []byte("\n> ") {
			if i := bytes.IndexByte(text[pieceSize:2*pieceSize], c); i >= 0 {
				n = pieceSize + i
				break
			}
		}
		if !r.look(text[:n+1]) {
			return false
		}
		text = text[n+1:]
	}
	return r.look(text)
}

// unixEnds turns CRLF into LF, so that a rule finds the same in a mail as it came and in a stored one.
func (r *run) unixEnds(text []byte) []byte {
	i := bytes.IndexByte(text, '\r')
	if i < 0 {
		return text
	}
	r.view.buf = appendUnix(append(r.view.buf[:0], text[:i]...), text[i:])
	return r.view.buf
}

func appendUnix(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		if i+1 == len(text) || text[i+1] != '\n' {
			dst = append(dst, '\r')
		}
		text = text[i+1:]
	}
}

// full shows the message as it came, without the fields that the gateway takes out.
func (r *run) full() {
	raw := r.m.Raw
	if len(raw) > maxFull {
		r.view.short("message beyond 500 kB for full rules")
		raw = raw[:maxFull]
	}
	stripped := r.m.Stripped()
	if len(stripped) == 0 {
		r.look(r.unixEnds(raw))
		return
	}
	buf := r.view.buf[:0]
	at := 0
	for _, i := range stripped {
		field := r.m.Header.Fields[i].Raw
		start := offset(r.m.Raw, field)
		if start < at || start > len(raw) {
			continue
		}
		buf = appendUnix(buf, raw[at:start])
		at = min(start+len(field), len(raw))
	}
	r.view.buf = appendUnix(buf, raw[at:])
	r.look(r.view.buf)
}

// offset tells where within whole a slice of it begins; -1 if it is none.
func offset(whole, piece []byte) int {
	if len(piece) == 0 || len(whole) == 0 {
		return -1
	}
	d := uintptr(unsafe.Pointer(unsafe.SliceData(piece))) - uintptr(unsafe.Pointer(unsafe.SliceData(whole)))
	if d >= uintptr(len(whole)) {
		return -1
	}
	return int(d)
}

// uris shows each link: as it was written, unless it was written without a scheme, and as a browser reads it.
func (r *run) uris() {
	links := r.m.Links()
	for i := range links {
		l := &links[i]
		if l.Flags&link.NoScheme == 0 && l.Raw != l.URL && !r.uri(l.Raw) || !r.uri(l.URL) {
			return
		}
	}
}

func (r *run) uri(s string) bool { return r.look(asBytes(s[:min(len(s), maxURI)])) }
