//go:build unix

package sockets

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// file gives a copy of the socket for another process. The File method of net's listeners would not do: to hand such a file on
// turns the socket, which both processes share, to blocking, and an Accept that begins just then keeps Retire waiting.
func (l *Listener) file() (*os.File, error) {
	c, ok := l.Listener.(syscall.Conn)
	if !ok {
		return nil, syscall.ENOTSUP
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	var failed error
	err = raw.Control(func(s uintptr) { fd, failed = unix.FcntlInt(s, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), l.Listener.Addr().String()), nil
}
