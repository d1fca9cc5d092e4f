package scanner

import (
	"net"
	"sync/atomic"
)

// inOneGo is how much is written before anybody listens for the answer, in bytes: less than a socket's buffer.
const inOneGo = 32 << 10

// Stream is a piece on its way to a scanner, and the answer that comes back. It is read while the piece is sent, since a
// scanner may refuse a piece half way and close: what it said must not be lost behind a broken pipe.
type Stream struct {
	conn  net.Conn
	whole atomic.Bool // all is on its way, but the end of it perhaps
	heard bool
	early bool
	ended chan struct{} // sending is over; err is set
	err   error
}

// Send sends start, the piece from where it is, and end. For a large piece the end is not written before all else is.
func Send(c net.Conn, start []byte, p *Piece, end []byte) *Stream {
	s := &Stream{conn: c, ended: make(chan struct{})}
	if p.Len() <= inOneGo {
		s.send(net.Buffers{start, p.Head, p.Body, end}, nil)
	} else {
		go s.send(net.Buffers{start, p.Head, p.Body}, end)
	}
	return s
}

func (s *Stream) send(bufs net.Buffers, end []byte) {
	defer close(s.ended)
	if end == nil {
		s.whole.Store(true)
	}
	if _, s.err = bufs.WriteTo(s.conn); s.err == nil && end != nil {
		s.whole.Store(true)
		_, s.err = s.conn.Write(end)
	}
}

// Read reads the answer.
func (s *Stream) Read(b []byte) (int, error) {
	n, err := s.conn.Read(b)
	if n > 0 && !s.heard {
		s.heard, s.early = true, !s.whole.Load()
	}
	return n, err
}

// Early tells whether the answer began before the scanner can have had all of the piece: whatever it says then, it is
// not that the piece is clean.
func (s *Stream) Early() bool { return s.early }

// End closes the connection and waits until nothing is read from the piece any more. The error is that of sending.
func (s *Stream) End() error {
	_ = s.conn.Close()
	<-s.ended
	return s.err
}
