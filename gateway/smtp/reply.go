package smtp

import (
	"strconv"
	"strings"

	"weir/gateway"
	"weir/gateway/relay"
)

// Bounds of a reply that we send: RFC 5321 section 4.5.3.1.5 allows 512 bytes a line.
const (
	maxReplyText  = 400
	maxReplyLines = 12
)

// appendReply writes a reply of one or more lines. Every line carries the enhanced code (RFC 2034 section 4). Bytes
// that are not printable ASCII become "?", whoever wrote the text.
func appendReply(b []byte, r relay.Reply) []byte {
	text, rest, more := strings.Cut(r.Text, "\n")
	for n := 1; ; n++ {
		last := !more || n == maxReplyLines
		b = strconv.AppendInt(b, int64(r.Code), 10)
		if last {
			b = append(b, ' ')
		} else {
			b = append(b, '-')
		}
		if r.Enhanced != "" {
			b = append(append(b, r.Enhanced...), ' ')
		}
		b = append(appendPrintable(b, text, maxReplyText), '\r', '\n')
		if last {
			return b
		}
		text, rest, more = strings.Cut(rest, "\n")
	}
}

// appendPrintable writes at most max bytes of s as printable ASCII.
func appendPrintable(b []byte, s string, max int) []byte {
	for i := 0; i < len(s) && i < max; i++ {
		if c := s[i]; c >= ' ' && c <= '~' {
			b = append(b, c)
		} else if c != '\r' {
			b = append(b, '?')
		}
	}
	return b
}

// withID appends our reference id to the last line of what the next hop said, so that both ends' logs can be joined.
func withID(r relay.Reply, id string) relay.Reply {
	if id == "" || strings.Contains(r.Text, id) {
		return r
	}
	if lines := strings.SplitN(r.Text, "\n", maxReplyLines+1); len(lines) > maxReplyLines {
		r.Text = strings.Join(lines[:maxReplyLines], "\n")
	}
	start := strings.LastIndexByte(r.Text, '\n') + 1
	if len(r.Text)-start > maxReplyText-40 {
		r.Text = r.Text[:start+maxReplyText-40]
	}
	r.Text = strings.TrimRight(r.Text, " ") + " [" + id + "]"
	return r
}

// refused translates the gateway's refusal.
func refused(r *gateway.Refusal) relay.Reply {
	return relay.Reply{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text, Local: true}
}

// local makes a reply of our own.
func local(code int, enhanced, text string) relay.Reply {
	return relay.Reply{Code: code, Enhanced: enhanced, Text: text, Local: true}
}
