package header

// AppendQ decodes the Q encoding (RFC 2047 section 4.2) of an encoded word; what is no escape is kept.
func AppendQ(out []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '_':
			c = ' '
		case c == '=' && i+2 < len(text) && unhex(text[i+1]) >= 0 && unhex(text[i+2]) >= 0:
			c = byte(unhex(text[i+1])<<4 | unhex(text[i+2]))
			i += 2
		}
		out = append(out, c)
	}
	return out
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// group is an unfinished base64 group: up to three digits.
type group struct {
	bits uint32
	n    int
}

// append decodes base64 text. ok is false where something other than base64 was skipped.
func (g *group) append(out []byte, text string) (_ []byte, ok bool) {
	ok = true
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '=' {
			out = g.close(out)
			continue
		}
		v := unbase64(c)
		if v < 0 {
			ok = ok && (c == ' ' || c == '\t')
			continue
		}
		g.bits = g.bits<<6 | uint32(v)
		if g.n++; g.n == 4 {
			out = append(out, byte(g.bits>>16), byte(g.bits>>8), byte(g.bits))
			*g = group{}
		}
	}
	return out, ok
}

// close writes what an unfinished group holds.
func (g *group) close(out []byte) []byte {
	switch g.n {
	case 2:
		out = append(out, byte(g.bits>>4))
	case 3:
		out = append(out, byte(g.bits>>10), byte(g.bits>>2))
	}
	*g = group{}
	return out
}

func unbase64(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+', c == '-':
		return 62
	case c == '/', c == '_':
		return 63
	}
	return -1
}
