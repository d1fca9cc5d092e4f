//go:build unix

package relay

import (
	"net"
	"syscall"
)

// peeker looks whether anything waits to be read on a socket, without reading it. It does not allocate.
type peeker struct {
	raw  syscall.RawConn
	look func(fd uintptr) bool
	err  error
	buf  [1]byte
}

func (p *peeker) watch(c net.Conn) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	p.raw = raw
	p.look = func(fd uintptr) bool {
		_, _, p.err = syscall.Recvfrom(int(fd), p.buf[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	}
}

// quiet is true where nothing waits: no byte, no end, no error.
func (p *peeker) quiet() bool {
	if p.raw == nil {
		return true
	}
	if err := p.raw.Read(p.look); err != nil {
		return false
	}
	return p.err == syscall.EAGAIN || p.err == syscall.EWOULDBLOCK
}
