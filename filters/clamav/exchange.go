package clamav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"

	"github.com/baruwa-enterprise/clamd/protocol"

	"weir/filters/scanner"
)

// engine is clamd's protocol (clamd(8)): one command a connection, ended by a newline; clamd answers with one line and
// closes.
type engine struct{}

// maxReply bounds an answer, in bytes. Names of signatures have a hundred.
const maxReply = 4096

// inOneGo is how much is written before anybody listens for the answer: less than a socket's buffer.
const inOneGo = 32 << 10

var (
	instream = []byte("n" + protocol.Instream.String() + "\n")
	theEnd   = make([]byte, 4) // a chunk of length 0
)

// Scan streams a piece as one chunk and reads the answer.
func (engine) Scan(c net.Conn, p *scanner.Piece) (scanner.Verdict, error) {
	if p.Len() > 1<<32-1 {
		return scanner.Verdict{}, scanner.ErrTooLarge
	}
	s := &stream{conn: c, piece: p, ended: make(chan struct{})}
	if p.Len() <= inOneGo {
		s.send()
	} else {
		go s.send()
	}
	reply, err := s.reply()
	if reply == "" {
		return scanner.Verdict{}, errors.Join(err, s.err)
	}
	v, fault := parse(reply)
	switch {
	case fault != nil:
		return scanner.Verdict{}, fault
	case v.State == scanner.Clean && err != nil:
		return scanner.Verdict{}, err
	}
	return v, nil
}

// stream is a scan under way.
type stream struct {
	conn  net.Conn
	piece *scanner.Piece
	whole atomic.Bool   // all is sent but the end
	ended chan struct{} // send is over; err is set
	err   error
}

// send writes the piece from where it is. The end is not written before all else is, so that an answer that comes early
// is known as one.
func (s *stream) send() {
	defer close(s.ended)
	if s.piece.Len() == 0 {
		s.whole.Store(true)
		_, s.err = s.conn.Write(append(instream[:len(instream):len(instream)], theEnd...))
		return
	}
	start := binary.BigEndian.AppendUint32(append(make([]byte, 0, 32), instream...), uint32(s.piece.Len()))
	bufs := net.Buffers{start, s.piece.Head, s.piece.Body}
	if s.piece.Len() <= inOneGo {
		s.whole.Store(true)
		bufs = append(bufs, theEnd)
	}
	if _, s.err = bufs.WriteTo(s.conn); s.err == nil && !s.whole.Swap(true) {
		_, s.err = s.conn.Write(theEnd)
	}
}

// reply reads all that clamd says until it closes, also where it has closed before it read all. A reply with an error is
// good enough to say what is wrong, but not to call anything clean.
func (s *stream) reply() (string, error) {
	text, early, err := s.read()
	_ = s.conn.Close() // send ends, if it still waits
	<-s.ended
	switch {
	case err != nil:
		return text, fmt.Errorf("%w: %w", scanner.ErrReply, err)
	case text == "":
		return "", fmt.Errorf("%w: it closed without a word", scanner.ErrReply)
	case early:
		return text, fmt.Errorf("%w: %q, before it had the whole of it", scanner.ErrReply, clip(text))
	}
	return text, nil
}

// read reads to the end. early: it began before all was sent.
func (s *stream) read() (text string, early bool, err error) {
	var buf [maxReply]byte
	n, err := s.conn.Read(buf[:])
	early = !s.whole.Load()
	for err == nil && n < len(buf) {
		var more int
		more, err = s.conn.Read(buf[n:])
		n += more
	}
	switch {
	case err == nil:
		err = fmt.Errorf("more than %d bytes", maxReply)
	case err == io.EOF:
		err = nil
	}
	return string(buf[:n]), early, err
}
