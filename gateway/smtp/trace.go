package smtp

import (
	"bytes"
	"strings"
	"time"

	"weir/gateway"
)

// Bounds on loops (RFC 5321 section 6.3, CASES B22).
const (
	maxReceived    = 100 // Received fields of any host
	maxOwnReceived = 9   // that we wrote ourselves
)

// loops tells whether a message has gone through so many hosts, or so often through us, that it must be in a loop.
func loops(raw []byte, hostname string) bool {
	all, own := 0, 0
	by := []byte("by " + strings.ToLower(hostname) + " ")
	for len(raw) > 0 && raw[0] != '\r' && raw[0] != '\n' {
		field := firstField(raw)
		raw = raw[len(field):]
		if len(field) < 9 || !bytes.EqualFold(field[:9], []byte("Received:")) {
			continue
		}
		all++
		if len(field) < 4096 && containsFold(field, by) {
			own++
		}
	}
	return all > maxReceived || own > maxOwnReceived
}

// firstField is the field at the start of raw with the lines that continue it.
func firstField(raw []byte) []byte {
	end := 0
	for {
		nl := bytes.IndexByte(raw[end:], '\n')
		if nl < 0 {
			return raw
		}
		end += nl + 1
		if end == len(raw) || raw[end] != ' ' && raw[end] != '\t' {
			return raw[:end]
		}
	}
}

// containsFold looks for word, in lower case, in a field whose line ends count as spaces.
func containsFold(field, word []byte) bool {
	flat := bytes.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == '\t' || r == ';' {
			return ' '
		}
		return r
	}, bytes.ToLower(field))
	return bytes.Contains(bytes.Join(bytes.Fields(flat), []byte(" ")), word)
}

// received is the value of our trace field (RFC 5321 section 4.4), folded with "\n\t". The recipient is named only
// where there is one, so that no recipient learns of another.
func (s *session) received() string {
	env := s.mail.tx.Envelope()
	b := make([]byte, 0, 256)
	b = append(b, "from "...)
	b = appendWord(b, env.Helo)
	b = append(b, " ("...)
	if env.Client.Name != "" {
		b = append(appendWord(b, env.Client.Name), ' ')
	}
	b = appendAddress(b, env.Client.Addr.IsValid(), env.Client.Addr.Is6(), env.Client.Addr.String())
	b = append(b, ")\n\t"...)
	if env.Client.TLS != "" {
		b = append(append(append(append(append(b, "(using "...), env.Client.TLS...), " with "...), env.Client.Cipher...), ")\n\t"...)
	}
	b = append(appendWord(append(b, "by "...), s.hostname), " (Weir) with "...)
	b = append(append(append(b, s.protocol()...), " id "...), env.ID...)
	if len(s.mail.rcpts) == 1 {
		b = append(appendPath(append(b, "\n\tfor <"...), s.mail.rcpts[0]), '>')
	}
	b = append(b, ";\n\t"...)
	return string(env.Time.AppendFormat(b, time.RFC1123Z))
}

func appendAddress(b []byte, known, v6 bool, addr string) []byte {
	switch {
	case !known:
		return append(b, "unknown"...)
	case v6:
		b = append(b, "[IPv6:"...)
	default:
		b = append(b, '[')
	}
	return append(append(b, addr...), ']')
}

// appendWord writes a name that others chose so that it stays one word of the field.
func appendWord(b []byte, s string) []byte {
	if s == "" {
		return append(b, "unknown"...)
	}
	for i := 0; i < len(s) && i < 255; i++ {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f || c == '(' || c == ')' || c == ';' || c == '\\' || c == '"' || c == '<' || c == '>':
			b = append(b, '?')
		default:
			b = append(b, c)
		}
	}
	return b
}

// appendPath writes an address, which holds no control characters (cutPath).
func appendPath(b []byte, s string) []byte {
	if len(s) > 600 {
		s = s[:600]
	}
	return append(b, s...)
}

// protocol is the word after "with" (RFC 3848, RFC 6531 section 4.3).
func (s *session) protocol() string {
	env := s.mail.tx.Envelope()
	word := "ESMTP"
	switch {
	case s.mail.params.SMTPUTF8:
		word = "UTF8SMTP"
	case !s.esmtp || s.who.xforward.proto == "SMTP" || s.who.xclient.proto == "SMTP":
		return "SMTP"
	}
	if env.Client.TLS != "" {
		word += "S"
	}
	if env.Client.Auth != "" {
		word += "A"
	}
	return word
}

// traceEdit is our Received field as the report lists it.
func traceEdit(value string) gateway.Edit {
	return gateway.Edit{Op: gateway.Add, Name: "Received", Value: value}
}

// traceChunk is our Received field as it goes on.
func traceChunk(value string) []byte {
	return []byte("Received: " + strings.ReplaceAll(value, "\n", "\r\n") + "\r\n")
}
