package relay

import (
	"bytes"
	"context"
	"errors"
)

// errLineEnd is content with a bare CR or LF. It never goes out: a hop that takes "\n.\n" for the end would be fed a
// second mail by whoever wrote the first (SMTP smuggling, CASES A02). The spool has normalised line ends long before,
// so this is a fault of ours.
var errLineEnd = errors.New("relay: the content has a bare CR or LF; it is not sent")

const (
	blockSize = 64 << 10 // bytes looked at together
	sendSize  = 64 << 10 // bytes collected for a write; the last ones go together with the dot
	sendParts = 256      // pieces collected for a write
)

var (
	stuffing = []byte(".")
	endLine  = []byte("\r\n.\r\n")
)

// stuffer writes content as RFC 5321 section 4.5.2 has it: a dot before each dot that begins a line, and a line with a
// dot at the end. Content is not copied: pieces of it are gathered and written together (writev), except through TLS.
type stuffer struct {
	c    *conn
	ctx  context.Context
	last byte // the last byte so far; LF at the beginning
	cr   bool // the last byte is a CR whose LF is to come
	size int  // bytes gathered in c.vec
}

// all gathers all chunks and writes all but the last part.
func (s *stuffer) all(chunks [][]byte) error {
	s.c.vec, s.last = s.c.vec[:0], '\n'
	for _, chunk := range chunks {
		for len(chunk) > 0 {
			n := min(len(chunk), blockSize)
			if err := s.block(chunk[:n]); err != nil {
				return err
			}
			chunk = chunk[n:]
		}
	}
	if s.cr {
		return errLineEnd
	}
	return nil
}

// block checks a block's line ends, then gathers it with its dots doubled.
func (s *stuffer) block(b []byte) error {
	if !s.proper(b) {
		return errLineEnd
	}
	if s.size+len(b) > sendSize {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if b[0] == '.' && s.last == '\n' {
		if err := s.add(stuffing); err != nil {
			return err
		}
	}
	s.last = b[len(b)-1]
	return s.stuff(b)
}

// stuff splits b before each dot that follows a line end.
func (s *stuffer) stuff(b []byte) error {
	for {
		i := bytes.Index(b, lineDot)
		if i < 0 {
			return s.add(b)
		}
		if err := s.add(b[:i+1]); err != nil {
			return err
		}
		if err := s.add(stuffing); err != nil {
			return err
		}
		b = b[i+1:]
	}
}

var lineDot = []byte("\n.")

// proper tells whether every LF in b follows a CR and every CR goes before an LF, across blocks too: each LF has its CR,
// and there is no CR more (but the last byte, whose LF begins the next block).
func (s *stuffer) proper(b []byte) bool {
	lfs, from := 0, 0
	for {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 {
			break
		}
		if at := from + i; at > 0 && b[at-1] != '\r' || at == 0 && !s.cr {
			return false
		}
		lfs, from = lfs+1, from+i+1
	}
	crs := bytes.Count(b, []byte{'\r'})
	if s.cr {
		crs++
		if b[0] != '\n' {
			return false
		}
	}
	s.cr = b[len(b)-1] == '\r'
	if s.cr {
		crs--
	}
	return crs == lfs
}

// add gathers one piece.
func (s *stuffer) add(p []byte) error {
	s.c.vec, s.size = append(s.c.vec, p), s.size+len(p)
	if len(s.c.vec) >= sendParts {
		return s.flush()
	}
	return nil
}

// dot ends the content and writes what is left of it in one go with the dot.
func (s *stuffer) dot() error {
	end := endLine
	if s.last == '\n' {
		end = endLine[2:]
	}
	s.c.vec = append(s.c.vec, end)
	return s.flush()
}

// flush writes what is gathered. An error means that not all of it was handed over.
func (s *stuffer) flush() error {
	c := s.c
	if len(c.vec) == 0 {
		return nil
	}
	if err := c.deadline(s.ctx, c.hop.cfg.Timeouts.Block.D()); err != nil {
		return err
	}
	err := c.writeAll()
	clear(c.vec)
	c.vec, s.size = c.vec[:0], 0
	return err
}

// writeAll writes c.vec: with one system call on a socket, and in few records through TLS.
func (c *conn) writeAll() error {
	if !c.secure {
		c.rest = c.vec
		_, err := c.rest.WriteTo(c.raw)
		return err
	}
	c.copy = c.copy[:0]
	for _, p := range c.vec {
		c.copy = append(c.copy, p...)
	}
	_, err := c.now.Write(c.copy)
	return err
}

// eightBit tells whether the content has a byte beyond ASCII.
func eightBit(chunks [][]byte) bool {
	for _, chunk := range chunks {
		for _, b := range chunk {
			if b >= 0x80 {
				return true
			}
		}
	}
	return false
}
