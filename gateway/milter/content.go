package milter

import (
	"bytes"
	"errors"

	"github.com/emersion/go-milter"

	"weir/gateway/spool"
)

var errSize = errors.New("milter: message too large")

// header takes a field (SMFIC_HEADER): its name, and its value with LF where it is folded. With HDR_LEADSPC the value
// begins right behind the colon; without it, one space is gone, which is the one that nearly all mail has.
func (s *session) header(data []byte) {
	if s.mail == nil {
		s.putOff(milter.OptNoHeaderReply)
		return
	}
	name, value := cString(data)
	value = bytes.TrimSuffix(value, []byte{0})
	b := append(s.line[:0], name...)
	b = append(b, ':')
	if !s.agreed.has(milter.OptHeaderLeadingSpace) {
		b = append(b, ' ')
	}
	s.line = append(folded(b, value), '\n')
	s.mail.text.write(s.line)
	if cap(s.line) > smallBuffer {
		s.line = nil
	}
	s.goOn(milter.OptNoHeaderReply)
}

// folded appends a value whose lines after the first begin with white space, so that none of them is a field of its own
// or ends the header.
func folded(b, value []byte) []byte {
	value = bytes.TrimRight(value, "\r\n")
	for {
		nl := bytes.IndexByte(value, '\n')
		if nl < 0 {
			return append(b, value...)
		}
		b, value = append(b, value[:nl+1]...), value[nl+1:]
		if value[0] != ' ' && value[0] != '\t' {
			b = append(b, '\t')
		}
	}
}

// endOfHeader is the empty line (SMFIC_EOH).
func (s *session) endOfHeader() {
	if s.mail == nil {
		s.putOff(milter.OptNoEOHReply)
		return
	}
	s.mail.text.write([]byte("\n"))
	s.goOn(milter.OptNoEOHReply)
}

// body takes a piece of the body (SMFIC_BODY). When nothing more of it is needed the mail server may spare us the rest.
func (s *session) body(data []byte) {
	m := s.mail
	if m == nil {
		s.putOff(milter.OptNoBodyReply)
		return
	}
	m.text.write(data)
	if m.text.err != nil && s.agreed.has(milter.OptSkip) {
		m.skipped = true
		s.wire.put(byte(milter.ActSkip))
		return
	}
	s.goOn(milter.OptNoBodyReply)
}

// ends writes mail text to the spool with every line end a CRLF, by the rules of the SMTP door (smtp.bare_lf =
// "normalize"), so that a mail is judged alike behind both: a bare LF becomes CRLF; CRs in front of an LF become one line end
// with it; any other run of CRs becomes one space. The zero value must be given a spool.
type ends struct {
	to    *spool.Buffer
	limit int64 // bytes; 0: none
	total int64 // bytes, kept or not
	cr    bool  // there were CRs that belong to what follows
	last  byte  // written
	err   error // first thing that is wrong; nothing is kept from then on
}

var crlf = []byte("\r\n")

// write takes the next piece. Each byte of it is looked for in both kinds of line end once.
func (e *ends) write(p []byte) {
	run, i, cr, lf := 0, 0, -1, -1 // p[run:i] is understood and not kept yet
	for i < len(p) {
		if e.cr {
			i = e.afterCR(p, i)
			run = i
			continue
		}
		cr, lf = index(p, '\r', i, cr), index(p, '\n', i, lf)
		switch {
		case cr+1 == lf && lf < len(p):
			i = lf + 1
		case lf < cr:
			e.keep(p[run:lf])
			e.keep(crlf)
			i = lf + 1
			run = i
		case cr == len(p):
			i = len(p)
		default:
			e.keep(p[run:cr])
			e.cr, i = true, cr+1
			run = i
		}
	}
	e.keep(p[run:i])
}

// index finds c in p from i on; len(p) where there is none. known is what it said for an earlier i.
func index(p []byte, c byte, i, known int) int {
	if known >= i {
		return known
	}
	if n := bytes.IndexByte(p[i:], c); n >= 0 {
		return i + n
	}
	return len(p)
}

// afterCR decides what CRs before p[i] were, and gives the place behind what belongs to them.
func (e *ends) afterCR(p []byte, i int) int {
	switch p[i] {
	case '\r':
		return i + 1
	case '\n':
		e.cr = false
		e.keep(crlf)
		return i + 1
	}
	e.cr = false
	e.keep([]byte{' '})
	return i
}

// finish gives the last line its end, which it has in SMTP.
func (e *ends) finish() {
	if e.cr {
		e.cr = false
		e.keep([]byte{' '})
	}
	if e.total > 0 && e.last != '\n' {
		e.keep(crlf)
	}
}

// keep writes to the spool unless something is wrong.
func (e *ends) keep(p []byte) {
	if len(p) == 0 {
		return
	}
	e.total += int64(len(p))
	e.last = p[len(p)-1]
	if e.err == nil && e.limit > 0 && e.total > e.limit {
		e.err = errSize
	}
	if e.err != nil {
		return
	}
	_, e.err = e.to.Write(p)
}
