package view

import (
	"bytes"

	"weir/rules/view/alias"
)

type rawKey struct{}

// RawBody is the text parts as they are, decoded from their transfer encoding only, in chunks of 2 to 4 kB. Lines end in LF.
func (m *Mail) RawBody() []string {
	return Once(m, rawKey{}, func() []string {
		var out []string
		left := maxTexts
		for _, t := range m.Texts() {
			if !t.Raw {
				continue
			}
			text, cut := cutText(t.Source, maxRawPart, false, '\n', '>', ' ')
			if cut {
				m.leftOut("text of a part beyond 500 kB")
			}
			if len(text) > left {
				text = text[:left]
				m.leftOut("text beyond 1 MB")
			}
			left -= len(text)
			out = chunks(out, text)
		}
		return out
	})
}

// chunks cuts a text at a line end, a > or a blank between 2 and 4 kB.
func chunks(out []string, text []byte) []string {
	if len(text) <= pieceSize {
		return append(out, alias.String(text))
	}
	for len(text) > 2*pieceSize {
		n := pieceSize
		for _, c := range []byte("\n> ") {
			if i := bytes.IndexByte(text[pieceSize:2*pieceSize], c); i >= 0 {
				n = pieceSize + i
				break
			}
		}
		out = append(out, alias.String(text[:n+1]))
		text = text[n+1:]
	}
	if len(text) == 0 {
		return out
	}
	return append(out, alias.String(text))
}

type fullKey struct{}

// Full is the message as it came, with lines that end in LF, without the fields that the gateway takes out.
func (m *Mail) Full() []byte {
	return Once(m, fullKey{}, func() []byte {
		raw := m.Message.Raw
		if len(raw) > maxFull {
			m.leftOut("message beyond 500 kB for full rules")
			raw = raw[:maxFull]
		}
		stripped := m.Message.Stripped()
		if len(stripped) == 0 {
			return unixEnds(raw)
		}
		buf, at := make([]byte, 0, len(raw)), 0
		for _, i := range stripped {
			field := m.Message.Header.Fields[i].Raw
			start := alias.Offset(m.Message.Raw, field)
			if start < at || start > len(raw) {
				continue
			}
			buf = append(buf, raw[at:start]...)
			at = min(start+len(field), len(raw))
		}
		return unixEnds(append(buf, raw[at:]...))
	})
}

// unixEnds turns CRLF into LF, so that a rule finds the same in a mail as it came and in a stored one.
func unixEnds(text []byte) []byte {
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}
