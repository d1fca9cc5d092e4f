package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// go-redis v9.23 believes every length in a reply: "$99999999999999" makes it ask for that much memory, which ends the
// process, and nested lists are read by recursion. So the bytes of a connection are looked at on their way: what is no
// reply of a Redis in its right mind is an error before the client sees it.

const (
	maxBulk  = 64 << 20 // bytes of one string
	maxList  = 4 << 20  // elements of one list
	maxLine  = 64 << 10 // bytes of one line
	maxDepth = 32       // lists in lists
)

// ErrGarbage says that what a server sent is no reply.
var ErrGarbage = errors.New("redis: what came is no reply of a Redis")

// dialer connects, with TLS where it is wanted, and guards the connection.
func dialer(config *tls.Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	plain := &net.Dialer{Timeout: time.Second, KeepAlive: time.Minute}
	if config != nil {
		secure := tls.Dialer{NetDialer: plain, Config: config}
		return func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := secure.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &guard{Conn: c}, nil
		}
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := plain.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if sys, ok := c.(syscall.Conn); ok {
			return &plainGuard{guard{Conn: c}, sys}, nil
		}
		return &guard{Conn: c}, nil
	}
}

// plainGuard lets go-redis see whether a connection without TLS was closed while it was idle.
type plainGuard struct {
	guard
	sys syscall.Conn
}

// SyscallConn gives the socket.
func (g *plainGuard) SyscallConn() (syscall.RawConn, error) { return g.sys.SyscallConn() }

// guard is a connection whose replies are looked at.
type guard struct {
	net.Conn
	replies frames
}

// Read reads what was found in order.
func (g *guard) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	if bad := g.replies.look(b[:n]); bad != nil {
		return 0, bad
	}
	return n, err
}

// frames follows the framing of RESP2 and RESP3, byte for byte, in constant memory.
type frames struct {
	kind   byte  // framing of the line that is read; 0: a line begins
	length int   // bytes of the line so far
	number int64 // its number, of a string or a list
	minus  bool
	skip   int64 // bytes of a string that are still to come, with its CR LF
	left   [maxDepth]int64
	depth  int // lists that are open
	bad    error
}

// look goes through some bytes.
func (f *frames) look(b []byte) error {
	for len(b) > 0 && f.bad == nil {
		if f.skip > 0 {
			n := min(f.skip, int64(len(b)))
			f.skip, b = f.skip-n, b[n:]
			if f.skip == 0 {
				f.element()
			}
			continue
		}
		f.bad = f.one(b[0])
		b = b[1:]
	}
	return f.bad
}

// one takes one byte of a line.
func (f *frames) one(c byte) error {
	if f.kind == 0 {
		if framing(c) != 0 {
			f.kind, f.length, f.number, f.minus = framing(c), 0, 0, false
			return nil
		}
		return fmt.Errorf("%w: a reply that begins with %q", ErrGarbage, c)
	}
	if c == '\n' {
		return f.line()
	}
	if f.length++; f.length > maxLine {
		return fmt.Errorf("%w: a line of more than %d bytes", ErrGarbage, maxLine)
	}
	if f.kind == '+' || c == '\r' {
		return nil
	}
	return f.digit(c)
}

// framing tells how a kind of reply is framed: '+' by its line, '$' as a string, '*' as a list, '%' as a list of pairs,
// 0: it is no kind we know. Sentinels are spoken to in RESP3.
func framing(c byte) byte {
	switch c {
	case '+', '-', ':', '_', ',', '#', '(':
		return '+'
	case '$', '!', '=':
		return '$'
	case '*', '~', '>':
		return '*'
	case '%':
		return '%'
	}
	return 0
}

func (f *frames) digit(c byte) error {
	if c == '-' && f.length == 1 {
		f.minus = true
		return nil
	}
	if c < '0' || c > '9' {
		return fmt.Errorf("%w: a length with %q", ErrGarbage, c)
	}
	if f.number = 10*f.number + int64(c-'0'); f.number > maxBulk {
		return fmt.Errorf("%w: a length of more than %d", ErrGarbage, maxBulk)
	}
	return nil
}

// line ends a line.
func (f *frames) line() error {
	kind := f.kind
	f.kind = 0
	if f.minus && f.number != 1 {
		return fmt.Errorf("%w: a length of -%d", ErrGarbage, f.number)
	}
	switch {
	case kind == '$' && !f.minus:
		f.skip = f.number + 2
	case kind != '+' && kind != '$' && !f.minus && f.number > 0:
		if kind == '%' {
			f.number *= 2
		}
		if f.number > maxList || f.depth == maxDepth {
			return fmt.Errorf("%w: a list of %d in %d others", ErrGarbage, f.number, f.depth)
		}
		f.left[f.depth] = f.number
		f.depth++
	default:
		f.element()
	}
	return nil
}

// element counts an element that is whole, and the lists it is the last one of.
func (f *frames) element() {
	for f.depth > 0 {
		if f.left[f.depth-1]--; f.left[f.depth-1] > 0 {
			return
		}
		f.depth--
	}
}
