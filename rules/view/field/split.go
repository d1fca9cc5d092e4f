package field

import (
	"bytes"

	"weir/rules/ascii"
	"weir/rules/view/alias"
)

// split finds the fields in the bytes of a message.
func (h *Header) split(raw []byte) {
	start := mboxLine(raw)
	h.crlf = endsCRLF(raw, start)
	h.fields = make([]Field, 0, usualFields)
	s := splitter{h: h, raw: raw, at: start, from: -1, start: start}
	s.run()
	h.head = raw[start:h.body]
}

// usualFields is how many fields most mail has, at most.
const usualFields = 28

// mboxLine gives the length of the line that mbox files put in front of a mail: From, white space, no colon.
func mboxLine(raw []byte) int {
	if !bytes.HasPrefix(raw, []byte("From")) {
		return 0
	}
	i := 4
	for i < len(raw) && ascii.Space(raw[i]) && raw[i] != '\n' {
		i++
	}
	end := lineEnd(raw, 0)
	switch {
	case i == 4 && (i == len(raw) || raw[i] != '\n'):
		return 0
	case i == 5 && i < len(raw) && raw[i] == ':':
		return 0
	}
	return end
}

// lineEnd gives the index behind the line that begins at i.
func lineEnd(raw []byte, i int) int {
	if n := bytes.IndexByte(raw[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(raw)
}

// endsCRLF tells whether the first line or the last ends in CRLF.
func endsCRLF(raw []byte, start int) bool {
	if bytes.HasSuffix(raw[start:lineEnd(raw, start)], []byte("\r\n")) {
		return true
	}
	return bytes.HasSuffix(raw[start:], []byte("\r\n"))
}

// splitter walks through the lines of a header.
type splitter struct {
	h     *Header
	raw   []byte
	start int  // the header begins here
	at    int  // the line at hand begins here
	from  int  // the field at hand begins here; -1 there is none
	odd   int  // lines that can begin no field
	begun bool // a line that can was found
}

// maxOdd is the number of odd lines that a header may have: the next one is the body's.
const maxOdd = 3

func (s *splitter) run() {
	for s.at < len(s.raw) {
		end := lineEnd(s.raw, s.at)
		line := s.raw[s.at:end]
		if line[0] != ' ' && line[0] != '\t' {
			s.close()
			switch {
			case s.empty(line):
				s.h.body = end
				return
			case s.bodyBegins(line):
				s.h.body, s.h.open = s.at, true
				return
			}
			s.from = s.at
		} else if s.from < 0 {
			s.from = s.at
		}
		s.at = end
	}
	s.close()
	s.h.body, s.h.open = len(s.raw), true
}

// empty tells whether a line ends the header.
func (s *splitter) empty(line []byte) bool {
	return line[0] == '\n' || s.h.crlf && len(line) == 2 && line[0] == '\r' && line[1] == '\n'
}

// bodyBegins tells whether a line can't be the header's any more.
func (s *splitter) bodyBegins(line []byte) bool {
	if bytes.HasPrefix(line, []byte("--")) {
		return true
	}
	if startsField(line) {
		s.begun = true
		return false
	}
	s.odd++
	s.h.lost = s.odd > maxOdd && !s.begun
	return s.odd > maxOdd
}

// startsField tells whether a line begins with a name of printable ASCII and a colon.
func startsField(line []byte) bool {
	i := 0
	for i < len(line) && line[i] > ' ' && line[i] < 0x7f && line[i] != ':' {
		i++
	}
	if i == 0 {
		return false
	}
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	return i < len(line) && line[i] == ':'
}

// close ends the field at hand. Lines without a colon are none.
func (s *splitter) close() {
	if s.from < 0 {
		return
	}
	from, whole := s.from, s.raw[s.from:s.at]
	s.from = -1
	colon := bytes.IndexByte(whole, ':')
	if colon < 0 || s.at-s.start > maxHeader {
		return
	}
	name := bytes.TrimRight(whole[:colon], " \t")
	s.h.fields = append(s.h.fields, s.h.field(alias.String(name), whole[colon+1:], from))
}

// appendUnix writes a text with LF in place of CRLF.
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
