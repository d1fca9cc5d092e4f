package smtp

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// Errors that end or shape a session.
var (
	errTooLong  = errors.New("smtp: command line too long")
	errTooSlow  = errors.New("smtp: client too slow")
	errDraining = errors.New("smtp: shutting down")
)

const (
	smallBuffer = 4 << 10  // of a session that waits for commands
	bigBuffer   = 64 << 10 // while message data comes in
)

var bigBuffers = sync.Pool{New: func() any { return new([bigBuffer]byte) }}

// conn is the client's connection with one read buffer and one of replies that wait to be sent. buf[r:w] is unread.
type conn struct {
	net.Conn          // what is read and written: the socket, or TLS over it
	tcp      net.Conn // the socket
	buf      []byte
	r, w     int
	small    []byte
	big      *[bigBuffer]byte // borrowed; nil while small serves
	out      []byte
	raw      syscall.RawConn // of tcp, got when first needed; nil where there is none
	write    time.Duration   // time for the client to take replies
}

func newConn(c net.Conn, write time.Duration) *conn {
	small := make([]byte, smallBuffer)
	return &conn{Conn: c, tcp: c, buf: small, small: small, write: write}
}

// pending is what has been read but not used.
func (c *conn) pending() []byte { return c.buf[c.r:c.w] }

// fill reads more, at least one byte. The buffer must not be full of unread bytes.
func (c *conn) fill() error {
	if c.r > 0 {
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	}
	n, err := c.Conn.Read(c.buf[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// hasLine tells whether a whole line is in the buffer.
func (c *conn) hasLine() bool { return bytes.IndexByte(c.pending(), '\n') >= 0 }

// line returns the next line with its LF, valid until the next read. A line of more than limit bytes is errTooLong;
// the buffer is then at an unknown place of that line.
func (c *conn) line(limit int) ([]byte, error) {
	seen := 0
	for {
		if i := bytes.IndexByte(c.pending()[seen:], '\n'); i >= 0 {
			l := c.pending()[:seen+i+1]
			if len(l) > limit {
				return nil, errTooLong
			}
			c.r += len(l)
			return l, nil
		}
		if seen = c.w - c.r; seen >= limit || seen == len(c.buf) {
			return nil, errTooLong
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

// grow borrows a big buffer for message data.
func (c *conn) grow() {
	if c.big == nil {
		c.big = bigBuffers.Get().(*[bigBuffer]byte)
		c.move(c.big[:])
	}
}

// shrink gives the big buffer back, as soon as the small one can hold what is unread.
func (c *conn) shrink() {
	if c.big != nil && c.w-c.r <= len(c.small) {
		c.move(c.small)
		bigBuffers.Put(c.big)
		c.big = nil
	}
}

func (c *conn) move(to []byte) {
	c.w = copy(to, c.pending())
	c.r, c.buf = 0, to
}

// flush sends the replies that wait.
func (c *conn) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_ = c.SetWriteDeadline(time.Now().Add(c.write))
	_, err := c.Conn.Write(c.out)
	if c.out = c.out[:0]; cap(c.out) > smallBuffer {
		c.out = nil
	}
	return err
}

// linger lets the client read the last reply: closing with unread input would reset the connection and with it lose
// the reply. It reads and forgets for a bounded time and size.
func (c *conn) linger(d time.Duration) {
	type closeWriter interface{ CloseWrite() error }
	if t, ok := c.Conn.(closeWriter); ok {
		_ = t.CloseWrite()
	}
	_ = c.SetReadDeadline(time.Now().Add(d))
	for left := 4 << 20; left > 0; left -= c.w {
		c.r, c.w = 0, 0
		if c.fill() != nil {
			return
		}
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
