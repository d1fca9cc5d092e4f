package spamd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"time"
)

// talk is one connection: a request and its answer.
type talk struct {
	s    *Server
	cfg  *Config
	conn net.Conn
	in   *bufio.Reader

	mu    sync.Mutex
	began bool // a request line has come
	late  bool // it is too late for one
}

// readers and writers are kept for the next connections.
var (
	readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, maxLine) }}
	writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 16<<10) }}
)

// ServeConn answers the one request of a connection and closes it. It is for connections that another listener took;
// Serve calls it for its own.
func (s *Server) ServeConn(c net.Conn) { s.enter(c)() }

// enter notes a connection, so that a stop waits for it from now on, and gives what serves it.
func (s *Server) enter(c net.Conn) (serve func()) {
	t := &talk{s: s, cfg: s.Config(), conn: c}
	if !t.cfg.serves(c.RemoteAddr()) {
		s.Log().Warn("spamd: a client is not in spamd.allowed", "ip", host(c))
		return func() { _ = c.Close() }
	}
	if !s.talks.Add(t, nil) {
		return func() { _ = c.Close() }
	}
	return t.live
}

// live is the life of a connection.
func (t *talk) live() {
	defer t.conn.Close()
	defer t.s.talks.End(t)
	t.in = readers.Get().(*bufio.Reader)
	t.in.Reset(t.conn)
	defer func() {
		t.in.Reset(nil)
		readers.Put(t.in)
	}()
	t.serve()
}

// hurry ends the wait for a client that has not begun.
func (t *talk) hurry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.late = true; !t.began {
		_ = t.conn.SetReadDeadline(time.Now())
	}
}

// begin waits for the request's first byte.
func (t *talk) begin() error {
	t.mu.Lock()
	_ = t.conn.SetDeadline(time.Now().Add(t.cfg.HeaderTime.D()))
	if t.late {
		_ = t.conn.SetReadDeadline(time.Now())
	}
	t.mu.Unlock()
	_, err := t.in.Peek(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.began = err == nil
	return err
}

func (t *talk) serve() {
	if t.begin() != nil {
		return // who opens a connection and says nothing looks whether we are alive
	}
	r := &request{}
	err := t.guarded(r)
	if err == nil {
		return
	}
	var f *fault
	if !errors.As(err, &f) {
		return // the client has gone
	}
	var ours *unkept
	if errors.As(err, &ours) {
		t.s.Log().Error("spamd: a mail could not be kept, the client is told to try again", "error", ours.cause)
	} else if f.code != exTempFail {
		t.s.Log().Warn("spamd: a request got no verdict", "ip", host(t.conn), "answer", fmt.Sprint(f.code, " ", f.Error()))
	}
	t.refuse(r, f)
}

// guarded makes an answer of a panic: a fault of ours must not read as a clean mail, nor end the process.
func (t *talk) guarded(r *request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.s.Log().Error("a fault of Weir itself in the spamd door, please report it", "error", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = &fault{exSoftware, "(a fault of the filter, see its log)"}
		}
	}()
	line, err := readLine(t.in)
	if err != nil {
		return err
	}
	got, f := parseLine(line)
	if f != nil {
		return f
	}
	*r = *got
	if r.hasHeaders() {
		if err := r.readHeaders(t.in); err != nil {
			return err
		}
	}
	return t.answer(r)
}

func (t *talk) answer(r *request) error {
	_ = t.conn.SetDeadline(time.Now().Add(t.cfg.ReadTime.D()))
	switch r.verb {
	case "SKIP":
		return nil
	case "PING":
		return t.send(pong(r), content{})
	case "TELL":
		return t.tell(r)
	}
	return t.check(r)
}

// send writes an answer. The client has as long to take it as the mail had to come in.
func (t *talk) send(head string, body content) error {
	_ = t.conn.SetWriteDeadline(time.Now().Add(t.cfg.ReadTime.D()))
	w := writers.Get().(*bufio.Writer)
	w.Reset(t.conn)
	defer func() {
		w.Reset(nil)
		writers.Put(w)
	}()
	_, err := w.WriteString(head)
	return errors.Join(err, body.write(w), w.Flush())
}

// lingerFor bounds how long a client that was refused may go on sending before it hears why.
const lingerFor = 5 * time.Second

// refuse tells why there is no verdict. What the client still sends is read and thrown away for a while: to hang up on
// unread bytes resets the connection, and the client might never see the answer.
func (t *talk) refuse(r *request, f *fault) {
	if t.send(failure(r, f), content{}) != nil {
		return
	}
	if half, ok := t.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = t.conn.SetReadDeadline(time.Now().Add(lingerFor))
	_, _ = io.CopyN(io.Discard, t.conn, t.s.limit())
}

// host is a client's address; "" through a unix socket.
func host(c net.Conn) string {
	if tcp, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().String()
	}
	return ""
}
