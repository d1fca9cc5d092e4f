package smtp

import (
	"strconv"
	"strings"

	"weir/gateway/relay"
)

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
