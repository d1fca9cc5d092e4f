package part

// The tags that CMS's outer layers have.
const (
	tagOctets            = 0x04
	tagOID               = 0x06
	tagOctetsConstructed = 0x24
	tagSequence          = 0x30
	tagContext0          = 0xa0
)

// berElement is one element of BER (X.690), the encoding that S/MIME programs write with indefinite lengths.
type berElement struct {
	tag     byte
	content []byte
}

// element reads the element that b begins with. rest is what follows it. Tags above 30 don't occur in what we read.
func element(b []byte) (e berElement, rest []byte, ok bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return e, nil, false
	}
	e.tag = b[0]
	n, head, ok := berLength(b[1:])
	if !ok {
		return e, nil, false
	}
	b = b[1+head:]
	if n < 0 {
		return openElement(e, b)
	}
	n = min(n, len(b)) // QUIRK: cut off content is still content
	e.content = b[:n]
	return e, b[n:], true
}

// berLength reads a length; -1 is the indefinite one.
func berLength(b []byte) (n, head int, ok bool) {
	c := b[0]
	switch {
	case c < 0x80:
		return int(c), 1, true
	case c == 0x80:
		return -1, 1, true
	case c > 0x84 || len(b) < int(c&0x7f)+1:
		return 0, 0, false
	}
	for _, d := range b[1 : 1+c&0x7f] {
		n = n<<8 | int(d)
	}
	return n, 1 + int(c&0x7f), true
}

// maxBERDepth bounds how deep elements of indefinite length may nest.
const maxBERDepth = 16

// openElement finds the end of an element of indefinite length: two zero bytes among its children. Where they are
// missing the content runs to the end.
func openElement(e berElement, b []byte) (berElement, []byte, bool) {
	n := openLength(b, 0)
	if n < 0 {
		e.content = b
		return e, nil, true
	}
	e.content = b[:n]
	return e, b[n+2:], true
}

// openLength gives the length of the children before their end mark, -1 where that is missing.
func openLength(b []byte, depth int) int {
	whole := len(b)
	for len(b) >= 2 && depth < maxBERDepth {
		if b[0] == 0 && b[1] == 0 {
			return whole - len(b)
		}
		n, head, ok := berLength(b[1:])
		if !ok || b[0]&0x1f == 0x1f {
			return -1
		}
		b = b[1+head:]
		if n < 0 {
			if n = openLength(b, depth+1); n < 0 {
				return -1
			}
			n += 2
		}
		b = b[min(n, len(b)):]
	}
	return -1
}

// descend reads an element that must have the tag, and gives its content.
func descend(b []byte, tag byte) ([]byte, bool) {
	e, _, ok := element(b)
	if !ok || e.tag != tag {
		return nil, false
	}
	return e.content, true
}

// octetString joins the pieces of an octet string, which may nest (X.690 section 8.7).
func octetString(b []byte, depth int) ([]byte, bool) {
	e, _, ok := element(b)
	switch {
	case !ok || depth > 8:
		return nil, false
	case e.tag == tagOctets:
		return e.content, true
	case e.tag != tagOctetsConstructed:
		return nil, false
	}
	var out []byte
	for b = e.content; len(b) >= 2; {
		piece, ok := octetString(b, depth+1)
		if !ok {
			return out, len(out) > 0
		}
		out = append(out, piece...)
		_, b, _ = element(b)
	}
	return out, true
}
