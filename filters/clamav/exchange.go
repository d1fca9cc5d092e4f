package clamav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/baruwa-enterprise/clamd/protocol"

	"weir/filters/scanner"
)

// engine is clamd's protocol (clamd(8)): one command a connection, ended by a newline; clamd answers with one line and
// closes.
type engine struct{}

// maxReply bounds an answer, in bytes. Names of signatures have a hundred.
const maxReply = 4096

var (
	instream = []byte("n" + protocol.Instream.String() + "\n")
	theEnd   = make([]byte, 4) // a chunk of length 0
)

// Scan streams a piece as one chunk and reads the answer.
func (engine) Scan(c net.Conn, p *scanner.Piece) (scanner.Verdict, error) {
	if p.Len() > 1<<32-1 {
		return scanner.Verdict{}, scanner.ErrTooLarge
	}
	start := append(make([]byte, 0, 16), instream...)
	if p.Len() > 0 {
		start = binary.BigEndian.AppendUint32(start, uint32(p.Len()))
	}
	s := scanner.Send(c, start, p, theEnd)
	reply, err := wholeReply(s)
	if fault := s.End(); reply == "" {
		return scanner.Verdict{}, errors.Join(err, fault)
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

// wholeReply reads all that clamd says until it closes, also where it closes before it has read all. A reply with an
// error is good enough to say what is wrong, or that something was found, but not to call anything clean.
func wholeReply(s *scanner.Stream) (string, error) {
	text, err := read(s)
	switch {
	case err != nil:
		return text, fmt.Errorf("%w: %w", scanner.ErrReply, err)
	case text == "":
		return "", fmt.Errorf("%w: it closed without a word", scanner.ErrReply)
	case s.Early():
		return text, fmt.Errorf("%w: %q, before it had the whole of it", scanner.ErrReply, clip(text))
	}
	return text, nil
}

// read reads to the end, within bounds.
func read(r io.Reader) (string, error) {
	var buf [maxReply]byte
	n := 0
	for n < len(buf) {
		more, err := r.Read(buf[n:])
		n += more
		switch {
		case err == io.EOF:
			return string(buf[:n]), nil
		case err != nil:
			return string(buf[:n]), err
		}
	}
	return string(buf[:n]), fmt.Errorf("more than %d bytes", maxReply)
}
