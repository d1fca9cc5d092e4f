package spamd

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"weir/gateway/spool"
)

// mail is the content as it is judged.
type mail struct {
	buf *spool.Buffer
	raw []byte // valid until buf is closed
	top []byte // the line "From …" of an mbox before it, which is no part of it
	lf  bool   // it came with LF line ends, and goes back so
}

// readMail reads the mail. After an error nothing is left to be closed.
func (s *Server) readMail(in *bufio.Reader, r *request) (m mail, err error) {
	limit := s.limit()
	switch {
	case r.zlib && r.length < 0:
		return m, unavailable("Compress requires Content-length header")
	case r.length > limit:
		return m, tooLarge(limit)
	}
	m.buf = s.Spool.Get(max(r.length, 0))
	if r.zlib {
		err = inflate(m.buf, in, r.length, limit)
	} else {
		err = receive(m.buf, in, r.length, limit)
	}
	if err == nil {
		err = s.wire(&m)
	}
	if err != nil {
		_ = m.buf.Close()
		return mail{}, asFault(err)
	}
	m.cutTop()
	return m, nil
}

// cutTop takes off the line that procmail and Exim put before a mail, as in an mbox. It goes back on top.
func (m *mail) cutTop() {
	if bytes.HasPrefix(m.raw, []byte("From ")) {
		end := bytes.IndexByte(m.raw, '\n') + 1
		m.top, m.raw = m.raw[:end], m.raw[end:]
	}
}

// back is the mail as it goes back, of its chunks.
func (m *mail) back(chunks [][]byte) content {
	if len(m.top) > 0 {
		chunks = append([][]byte{m.top}, chunks...)
	}
	return content{chunks, m.lf}
}

func tooLarge(limit int64) *fault {
	return &fault{exData, fmt.Sprintf("(the message is larger than %d bytes)", limit)}
}

// receive copies a mail of length bytes; -1: up to the end of the connection.
func receive(to io.Writer, in *bufio.Reader, length, limit int64) error {
	want := length
	if length < 0 {
		want = limit + 1
	}
	n, err := copyN(to, in, want)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case length >= 0 && n < length:
		return mismatch(length, n)
	case n > limit:
		return tooLarge(limit)
	}
	return nil
}

// copyN is io.CopyN without a buffer of its own.
func copyN(to io.Writer, in *bufio.Reader, want int64) (n int64, err error) {
	for n < want {
		if _, err = in.Peek(1); err != nil {
			return n, err
		}
		p, _ := in.Peek(int(min(int64(in.Buffered()), want-n)))
		if _, err = to.Write(p); err != nil {
			return n, err
		}
		n += int64(len(p))
		_, _ = in.Discard(len(p))
	}
	return n, nil
}

// mismatch is told where more or less came than was announced: what is behind the announced end would not be judged.
func mismatch(want, got int64) *fault {
	return protocol("(Content-Length mismatch: Expected %d bytes, got %d bytes)", want, got)
}

// inflate copies a compressed mail, of which length bytes come. It stops at limit bytes, however much they would become.
func inflate(to io.Writer, in *bufio.Reader, length, limit int64) error {
	packed := &io.LimitedReader{R: in, N: length}
	buffered := bufio.NewReaderSize(packed, 4<<10)
	z, err := zlib.NewReader(buffered)
	if err != nil {
		return zlibFault(err)
	}
	n, err := io.Copy(to, io.LimitReader(z, limit+1))
	switch {
	case n > limit:
		return tooLarge(limit)
	case err != nil:
		return zlibFault(err)
	}
	if left := packed.N + int64(buffered.Buffered()); left > 0 {
		return mismatch(length, length-left)
	}
	return nil
}

// zlibFault tells a stream that is broken from a connection that is, and from a disk that is full.
func zlibFault(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return unavailable("zlib: failed to find end of zlib stream")
	case errors.Is(err, zlib.ErrHeader), errors.Is(err, zlib.ErrChecksum), errors.Is(err, zlib.ErrDictionary), errors.As(err, &corrupt):
		return unavailable("zlib: this is no zlib stream")
	}
	return err
}

// wire gives the mail the line ends that it had when it was mailed, by the rule of gateway.WireEnds, within the spool.
func (s *Server) wire(m *mail) error {
	raw, err := m.buf.Bytes()
	if err != nil {
		return err
	}
	m.raw = raw
	lines := bytes.Count(raw, []byte("\n"))
	if lines == 0 || bytes.Contains(raw, []byte("\r\n")) {
		return nil
	}
	to := s.Spool.Get(int64(len(raw) + lines))
	for rest := raw; len(rest) > 0 && err == nil; {
		line, after, found := bytes.Cut(rest, []byte("\n"))
		if _, err = to.Write(line); found && err == nil {
			_, err = to.Write(crlf)
		}
		rest = after
	}
	if err == nil {
		m.raw, err = to.Bytes()
	}
	if err != nil {
		_ = to.Close()
		return err
	}
	_ = m.buf.Close()
	m.buf, m.lf = to, true
	return nil
}

var crlf = []byte("\r\n")

// asFault makes an answer of an error of reading or keeping a mail. That the client is gone has none.
func asFault(err error) error {
	var f *fault
	var broken *net.OpError
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &fault{exTimeout, "(the message did not come in time)"}
	case errors.As(err, &broken):
		return err
	}
	return &unkept{fault{exTempFail, "(the message could not be kept)"}, err}
}

// unkept is a fault of our own, of which the log is told more than the client.
type unkept struct {
	fault
	cause error
}

// Unwrap gives what the client is told.
func (u *unkept) Unwrap() []error { return []error{&u.fault, u.cause} }
