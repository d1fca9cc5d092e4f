//go:build unix

package spamd

import (
	"net"
	"syscall"
)

// waiting tells whether bytes wait to be read on a connection. It does not wait itself.
func waiting(c net.Conn) (more bool) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	var one [1]byte
	_ = raw.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		more = err == nil && n > 0
	})
	return more
}
