package smtp

import (
	"errors"
	"strconv"

	"weir/gateway/relay"
)

// newContent begins the content of the open transaction.
func (s *session) newContent(dots bool) *content {
	m := s.mail
	m.buf = s.server.spool.Get(m.params.Size)
	return &content{buf: m.buf, limit: s.sizeLimit(), long: int64(s.cfg.MaxLine), reject: s.cfg.BareLF == RejectBare, dots: dots, start: afterOK}
}

// dataVerb takes a message that ends with a dot (RFC 5321 section 4.1.1.4).
func (s *session) dataVerb(arg string) {
	if r := s.mayData(); !r.OK() {
		s.reply(r)
		return
	}
	if arg != "" {
		s.reply(local(501, "5.5.4", "DATA has no parameters"))
		return
	}
	if s.conn.talked() {
		s.desynchronized()
		return
	}
	s.reply(local(354, "", "Send the message, end it with CRLF.CRLF"))
	if err := s.conn.flush(); err != nil {
		s.over = true
		return
	}
	c := s.newContent(true)
	if err := s.untilDot(c); err != nil {
		s.broken(err)
		return
	}
	s.complete(c)
}

func (s *session) mayData() relay.Reply {
	switch m := s.mail; {
	case m == nil:
		return local(503, "5.5.1", "Say MAIL first")
	case m.chunks != nil:
		return local(503, "5.5.1", "The message has begun with BDAT")
	case len(m.rcpts) == 0:
		return local(554, "5.5.1", "No valid recipients")
	}
	return fine
}

// untilDot reads message data to its end. Data that is refused anyway is read and forgotten, within a bound.
func (s *session) untilDot(c *content) error {
	s.conn.grow()
	p := s.newPace()
	for {
		n, done := c.scan(s.conn.pending())
		s.conn.r += n
		switch {
		case c.err == errBare:
			return errBare
		case done:
			return nil
		case c.limit > 0 && c.total > 2*c.limit+1<<20:
			return errSize
		}
		if err := p.fill(c.lone && s.conn.w == s.conn.r); err != nil {
			return err
		}
	}
}

// broken ends the session in mid-message: there is no way to tell where the next command begins.
func (s *session) broken(err error) {
	switch err {
	case errBare:
		s.refuse(BareLineEnd, local(550, "5.5.2", "Lines must end with CRLF, a bare CR or LF is not allowed (RFC 5321 section 2.3.8)"))
	case errSize:
		s.refuse(TooBig, tooBig)
	default:
		s.lost(err)
	}
	s.over, s.rude = true, true
}

// unfit is the answer to content that can't be taken. Its end is known, so the session goes on.
func (s *session) unfit(err error) relay.Reply {
	switch {
	case errors.Is(err, errSize):
		s.note(TooBig)
		return tooBig
	case errors.Is(err, errLongLine):
		s.note(LongLine)
		return local(500, "5.6.0", "Line too long, at most "+strconv.FormatInt(int64(s.cfg.MaxLine), 10)+" bytes")
	}
	s.note(SpoolFull)
	s.server.Log.Error("smtp: a message could not be spooled, its client was told 452", "error", err)
	return local(452, "4.3.1", "Not enough storage, try again later")
}
