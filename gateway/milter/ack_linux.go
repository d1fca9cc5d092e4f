package milter

import (
	"net"

	"golang.org/x/sys/unix"
)

// quickAck gives a function that has the kernel acknowledge at once what was read from a TCP connection.
//
// A mail server may write a packet and then another one, before it waits for us. With Nagle's algorithm on its side the
// second stays there until the first is acknowledged, and our kernel waits up to 40 ms for something to send with the
// acknowledgement. We have nothing to say to the first, so we say that.
func quickAck(c net.Conn) func() {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	set := func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_QUICKACK, 1) }
	return func() { _ = raw.Control(set) }
}
