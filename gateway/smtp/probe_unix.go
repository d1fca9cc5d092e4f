//go:build unix

package smtp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// peek looks at the socket without reading: how many bytes wait (as far as one peek tells), and whether the client
// has closed or reset the connection with nothing left to read. It does not wait.
func (c *conn) peek() (waiting int, gone bool) {
	if c.raw == nil {
		s, ok := c.tcp.(syscall.Conn)
		if !ok {
			return 0, false
		}
		raw, err := s.SyscallConn()
		if err != nil {
			return 0, true
		}
		c.raw = raw
	}
	var one [1]byte
	var n int
	var err error
	control := c.raw.Control(func(fd uintptr) {
		n, _, err = unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	switch {
	case control != nil:
		return 0, true
	case err == nil:
		return n, n == 0
	case err == unix.EAGAIN, err == unix.EINTR:
		return 0, false
	}
	return 0, true
}
