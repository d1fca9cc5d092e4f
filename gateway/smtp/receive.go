package smtp

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"weir/gateway/relay"
)

// lonePatience is how long we wait after something that only a wrong server would take for the end of a message. A
// client that means it so is silent then, and is told instead of waiting for a timeout.
const lonePatience = 5 * time.Second

// pace watches that message data comes in fast enough: at least min_rate over each window of timeouts.data, all of it
// within timeouts.message (CASES A17).
type pace struct {
	s      *session
	end    time.Time // of the whole message
	got    int64     // bytes in this window
	window time.Time // its end; the deadline that is set on the socket
}

func (s *session) newPace() pace {
	return pace{s: s, end: time.Now().Add(s.cfg.Timeouts.Message.D())}
}

// fill reads more data. The deadline is set once a window, not once a read.
func (p *pace) fill(lone bool) error {
	for {
		if err := p.begin(lone); err != nil {
			return err
		}
		have := p.s.conn.w - p.s.conn.r
		err := p.s.conn.fill()
		switch {
		case err == nil:
			p.got += int64(p.s.conn.w - p.s.conn.r - have)
			return nil
		case !isTimeout(err):
			return err
		case p.s.hurried():
			return errDraining
		case lone:
			return errBare
		case !p.enough():
			return errTooSlow
		}
		p.window = time.Time{}
	}
}

func (p *pace) begin(lone bool) error {
	if lone {
		p.window = time.Time{}
		return p.s.await(time.Now().Add(lonePatience), false)
	}
	if !p.window.IsZero() {
		return nil
	}
	p.got, p.window = 0, time.Now().Add(p.s.cfg.Timeouts.Data.D())
	if p.end.Before(p.window) {
		p.window = p.end
	}
	return p.s.await(p.window, false)
}

// enough tells whether the window that has just ended brought what it must.
func (p *pace) enough() bool {
	least := int64(p.s.cfg.Timeouts.Data.D().Seconds() * float64(p.s.cfg.MinRate))
	return p.got > 0 && p.got >= least && time.Now().Before(p.end)
}

func (s *session) hurried() bool {
	s.turn.mu.Lock()
	defer s.turn.mu.Unlock()
	return s.turn.hurried
}

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

// bdatVerb takes a chunk of a message (RFC 3030).
func (s *session) bdatVerb(arg string) {
	size, last, ok := parseBDAT(arg)
	if !ok {
		s.refuse(Pipelining, local(501, "5.5.4", "Say BDAT size, or BDAT size LAST"))
		s.over, s.rude = true, true // where the chunk ends is not known: its bytes must not be taken for commands
		return
	}
	if r := s.mayChunk(size, last); !r.OK() {
		s.reply(r)
		s.skipChunk(size)
		return
	}
	m := s.mail
	if m.chunks == nil {
		m.chunks = s.newContent(false)
	}
	if err := s.chunk(m.chunks, size); err != nil {
		s.broken(err)
		return
	}
	s.chunkDone(m.chunks, size, last)
}

// parseBDAT reads "size" or "size LAST". Sizes that no message can have are not understood.
func parseBDAT(arg string) (size int64, last, ok bool) {
	number, rest, _ := strings.Cut(arg, " ")
	last = strings.EqualFold(strings.TrimSpace(rest), "LAST")
	if number == "" || len(number) > 15 || strings.Trim(number, "0123456789") != "" || rest != "" && !last {
		return 0, false, false
	}
	size, err := strconv.ParseInt(number, 10, 64)
	return size, last, err == nil
}

func (s *session) mayChunk(size int64, last bool) relay.Reply {
	switch m := s.mail; {
	case m == nil:
		return local(503, "5.5.1", "Say MAIL first")
	case len(m.rcpts) == 0:
		return local(503, "5.5.1", "No valid recipients")
	case m.chunks == nil && size == 0 && last:
		return local(501, "5.5.4", "The message is empty")
	}
	return fine
}

// skipChunk reads the bytes of a refused chunk, which are not commands, and ends the session if they are too many.
func (s *session) skipChunk(size int64) {
	if limit := s.sizeLimit(); limit > 0 && size > limit {
		s.over, s.rude = true, true
		return
	}
	p := s.newPace()
	for size > 0 {
		if s.conn.w == s.conn.r {
			if err := p.fill(false); err != nil {
				s.broken(err)
				return
			}
		}
		n := int(min(size, int64(s.conn.w-s.conn.r)))
		s.conn.r += n
		size -= int64(n)
	}
}

// chunk reads one chunk into the message. A chunk that makes the message too large is not read to its end, except
// within the bound of untilDot.
func (s *session) chunk(c *content, size int64) error {
	if c.limit > 0 && size > 2*c.limit {
		return errSize
	}
	s.conn.grow()
	p := s.newPace()
	for size > 0 {
		if s.conn.w == s.conn.r {
			if err := p.fill(false); err != nil {
				return err
			}
		}
		b := s.conn.pending()
		b = b[:min(size, int64(len(b)))]
		c.scan(b)
		s.conn.r += len(b)
		size -= int64(len(b))
		if c.err == errBare {
			return errBare
		}
	}
	return nil
}

func (s *session) chunkDone(c *content, size int64, last bool) {
	switch {
	case last:
		c.finish()
		if c.err == errBare {
			s.broken(errBare)
			return
		}
		s.complete(c)
	case c.err != nil:
		s.reply(s.unfit(c.err))
		s.reset()
	default:
		s.reply(local(250, "2.0.0", strconv.FormatInt(size, 10)+" octets received"))
	}
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
