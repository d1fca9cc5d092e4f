// Package anomaly names what is odd about a message's form.
//
// Parsers never fail and never log: they note an anomaly and go on with the most tolerant reading. The filters
// filters/mime and filters/headers turn each anomaly into a documented, scored symbol.
package anomaly

import (
	"strings"
	"unicode/utf8"
)

// maxDetail bounds a note's detail, in bytes.
const maxDetail = 200

// Note is one anomaly that was seen, with how often and the first place's detail (printable, at most 200 bytes).
type Note struct {
	Kind   Kind
	Count  int
	Detail string
}

// Set collects anomalies of one message. The zero value is empty and ready. It is not safe for concurrent use: it is
// filled while a message is parsed and only read afterwards.
type Set struct {
	notes []Note
}

// Add notes an anomaly. The first detail of a kind is kept, cut to 200 bytes and made printable; later ones only count.
// A nil Set notes nothing.
func (s *Set) Add(k Kind, detail string) {
	if s == nil || s.again(k) {
		return
	}
	s.notes = append(s.notes, Note{Kind: k, Count: 1, Detail: printable(detail)})
}

// AddBytes is Add for a detail that is part of the message: it costs an allocation the first time only.
func (s *Set) AddBytes(k Kind, detail []byte) {
	if s == nil || s.again(k) {
		return
	}
	if len(detail) > 2*maxDetail {
		detail = detail[:2*maxDetail]
	}
	s.notes = append(s.notes, Note{Kind: k, Count: 1, Detail: printable(string(detail))})
}

// again counts a kind that is already noted.
func (s *Set) again(k Kind) bool {
	for i := range s.notes {
		if s.notes[i].Kind == k {
			s.notes[i].Count++
			return true
		}
	}
	return false
}

// Merge adds all notes of other, in their order.
func (s *Set) Merge(other *Set) {
	for _, n := range other.All() {
		if s.again(n.Kind) {
			s.notes[s.index(n.Kind)].Count += n.Count - 1
			continue
		}
		s.notes = append(s.notes, n)
	}
}

func (s *Set) index(k Kind) int {
	for i := range s.notes {
		if s.notes[i].Kind == k {
			return i
		}
	}
	return -1
}

// All gives the notes in the order of their first sight. The slice must not be changed.
func (s *Set) All() []Note {
	if s == nil {
		return nil
	}
	return s.notes
}

// Has tells whether a kind was noted.
func (s *Set) Has(k Kind) bool { return s != nil && s.index(k) >= 0 }

// printable cuts s to maxDetail bytes and replaces what a terminal or a log line could not show as it is: a run of
// white space and line ends by one space.
func printable(s string) string {
	out := make([]byte, 0, min(len(s), maxDetail))
	for _, r := range strings.Trim(s, " \t\r\n") {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			if n := len(out); n < maxDetail && out[n-1] != ' ' {
				out = append(out, ' ')
			}
			continue
		}
		if r < ' ' || r == 0x7f || r == utf8.RuneError || (r >= 0x80 && r < 0xa0) || invisible(r) {
			r = '?'
		}
		if len(out)+utf8.RuneLen(r) > maxDetail {
			break
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

// invisible tells whether r changes the direction of text, breaks a line or shows nothing.
func invisible(r rune) bool {
	return (r >= 0x200b && r <= 0x200f) || (r >= 0x2028 && r <= 0x202e) || (r >= 0x2060 && r <= 0x206f) || r == 0xfeff
}
