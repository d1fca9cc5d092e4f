package milter

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/emersion/go-milter"

	"weir/gateway"
)

// Bounds on what mail servers take.
const (
	maxReply  = 500 // bytes of a reply's text: RFC 5321 section 4.5.3.1.5 allows 512 for the line
	maxReason = 200
)

// reply has the mail server give its client our own words (SMFIR_REPLYCODE). A percent sign is doubled, since Sendmail takes the
// text for a format.
func (s *session) reply(r gateway.Reply) {
	t := strings.ReplaceAll(text(r.Text, maxReply/2), "%", "%%")
	s.wire.put(byte(milter.ActReplyCode), strconv.Itoa(r.Code)+" "+r.Enhanced+" "+t)
}

// text is one line of printable ASCII.
func text(s string, most int) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s[:min(len(s), most)])
}

// edit has the mail server change the header as the gateway wants it.
//
// Fields are named by their place among those of their name. It is counted anew after each change, and servers differ in whether
// a deleted field still counts; so it goes from the last to the first (CASES B20). What is added goes on top, each before the one that
// was added before it.
func (s *session) edit(edits []gateway.Edit) {
	for i := range edits {
		if edits[i].Op != gateway.Add {
			s.inner(edits)
			break
		}
	}
	for _, e := range slices.Backward(edits) {
		if e.Op == gateway.Add {
			s.field(milter.ActInsertHeader, 0, e.Name, e.Value)
		}
	}
}

// inner changes and removes fields that are there.
func (s *session) inner(edits []gateway.Edit) {
	list := slices.DeleteFunc(slices.Clone(edits), func(e gateway.Edit) bool { return e.Op == gateway.Add })
	slices.SortStableFunc(list, func(a, b gateway.Edit) int { return b.Index - a.Index })
	for _, e := range list {
		s.field(milter.ActChangeHeader, e.Index, e.Name, e.Value)
	}
}

// field writes a field's number, name and value. No value takes the field away.
func (s *session) field(act milter.ModifyActCode, index int, name, value string) {
	at := s.wire.begin(byte(act))
	b := binary.BigEndian.AppendUint32(s.wire.out, uint32(index))
	b = append(appendText(b, name), 0)
	if value != "" && s.agreed.has(milter.OptHeaderLeadingSpace) {
		b = append(b, ' ')
	}
	s.wire.out = append(appendValue(b, value), 0)
	s.wire.end(at)
}

// appendValue writes a value that can't leave its field, whatever is in it: lines after the first begin with white space, and one
// of white space alone, which ends the header for some readers, is left out. Folds are LF here.
func appendValue(b []byte, value string) []byte {
	first := true
	for line := range strings.SplitSeq(value, "\n") {
		if !first && strings.Trim(line, " \t\r\x00") == "" {
			continue
		}
		if !first {
			b = append(b, '\n')
			if line[0] != ' ' && line[0] != '\t' {
				b = append(b, '\t')
			}
		}
		b, first = appendText(b, line), false
	}
	return b
}

// appendText leaves out what ends a string or a line.
func appendText(b []byte, s string) []byte {
	if strings.IndexByte(s, 0) < 0 && strings.IndexByte(s, '\r') < 0 {
		return append(b, s...)
	}
	for i := 0; i < len(s); i++ {
		if s[i] != 0 && s[i] != '\r' {
			b = append(b, s[i])
		}
	}
	return b
}

// replaceBody has the mail server put another body in the place of the message's, in pieces that it takes (SMFIR_REPLBODY). Lines
// end with CRLF.
func (s *session) replaceBody(body [][]byte) {
	for _, b := range body {
		for len(b) > 0 {
			n := min(len(b), milter.MaxBodyChunk)
			at := s.wire.begin(byte(milter.ActReplBody))
			s.wire.out = append(s.wire.out, b[:n]...)
			s.wire.end(at)
			b = b[n:]
		}
	}
}
