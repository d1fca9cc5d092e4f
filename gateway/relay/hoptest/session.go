package hoptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"
)

var errEnd = errors.New("hoptest: session ended")

// session is one connection.
type session struct {
	s       *Server
	conn    net.Conn // as accepted
	now     net.Conn // conn, or TLS over it
	in      *bufio.Reader
	quit    chan struct{}
	stopped bool // guarded by s.mu
	tls     bool
	helo    string
	forward []string
	mail    *Message
}

func newSession(s *Server, c net.Conn) *session {
	return &session{s: s, conn: c, now: c, in: bufio.NewReaderSize(c, 1<<15), quit: make(chan struct{})}
}

// stop is called under s.mu.
func (c *session) stop() {
	if !c.stopped {
		c.stopped = true
		close(c.quit)
		c.conn.Close()
	}
}

func (c *session) run() {
	defer c.conn.Close()
	if c.act("CONNECT", "", "220 hop.example.com ESMTP") != nil {
		return
	}
	for c.command() == nil {
	}
}

// act does what the script says at point; reply is what a good server says.
func (c *session) act(point, arg, reply string) error {
	return c.perform(c.s.next(point, arg), reply)
}

func (c *session) perform(a Action, reply string) error {
	if !c.sleep(a.delay) {
		return errEnd
	}
	out := a.bytes
	if out == nil {
		out = []byte(reply + "\r\n")
	}
	if a.silent {
		out = nil
	}
	if err := c.write(out, a.pieces); err != nil {
		return err
	}
	return c.finish(a.end)
}

func (c *session) sleep(d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-c.quit:
		return false
	}
}

func (c *session) write(out []byte, pause time.Duration) error {
	if pause == 0 && len(out) > 0 {
		_, err := c.now.Write(out)
		return err
	}
	for i := range out {
		if _, err := c.now.Write(out[i : i+1]); err != nil {
			return err
		}
		if !c.sleep(pause) {
			return errEnd
		}
	}
	return nil
}

func (c *session) finish(e end) error {
	switch e {
	case goOn:
		return nil
	case hanging:
		<-c.quit
	case resetting:
		if t, ok := c.conn.(*net.TCPConn); ok {
			t.SetLinger(0)
		}
	}
	return errEnd
}

// line reads one line with its end.
func (c *session) line() ([]byte, error) {
	idle := c.s.options().Idle
	if idle == 0 {
		idle = time.Minute
	}
	c.conn.SetReadDeadline(time.Now().Add(idle))
	line, err := c.in.ReadBytes('\n')
	c.s.keep(line)
	return line, err
}

func (s *Server) keep(line []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opts.Discard {
		s.bytes = append(s.bytes, line...)
	}
}

func (s *Server) note(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.opts.Discard {
		s.commands = append(s.commands, command)
	}
}

func (c *session) command() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	text := strings.TrimRight(string(line), "\r\n")
	c.s.note(text)
	verb, arg, _ := strings.Cut(text, " ")
	verb = strings.ToUpper(verb)
	if do, ok := verbs[verb]; ok {
		return do(c, verb, arg)
	}
	return c.act(verb, "", "500 5.5.2 unknown command")
}

var verbs = map[string]func(c *session, verb, arg string) error{
	"HELO": (*session).hello, "EHLO": (*session).hello, "LHLO": (*session).hello,
	"MAIL": (*session).from, "RCPT": (*session).to, "DATA": (*session).data, "STARTTLS": (*session).startTLS,
	"RSET": (*session).reset, "NOOP": (*session).noop, "QUIT": (*session).bye,
	"XCLIENT": (*session).xclient, "XFORWARD": (*session).xforward,
}

func (c *session) hello(verb, arg string) error {
	c.helo, c.mail = arg, nil
	lines := []string{"hop.example.com"}
	if verb != "HELO" {
		lines = append(lines, c.caps()...)
	}
	for i := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		lines[i] = "250" + sep + lines[i]
	}
	return c.act(verb, "", strings.Join(lines, "\r\n"))
}

func (c *session) caps() []string {
	caps := c.s.options().Caps
	if caps == nil {
		caps = DefaultCaps
	}
	var out []string
	for _, s := range caps {
		if s != "STARTTLS" || !c.tls {
			out = append(out, s)
		}
	}
	return out
}

func (c *session) reset(string, string) error { c.mail = nil; return c.act("RSET", "", "250 2.0.0 ok") }
func (c *session) noop(string, string) error  { return c.act("NOOP", "", "250 2.0.0 ok") }

func (c *session) bye(string, string) error {
	c.act("QUIT", "", "221 2.0.0 bye")
	return errEnd
}

func (c *session) xclient(_, arg string) error {
	c.forward, c.mail = append(c.forward, "XCLIENT "+arg), nil
	return c.act("XCLIENT", "", "220 hop.example.com ESMTP")
}

func (c *session) xforward(_, arg string) error {
	c.forward = append(c.forward, "XFORWARD "+arg)
	return c.act("XFORWARD", "", "250 2.0.0 ok")
}

func (c *session) startTLS(string, string) error {
	o := c.s.options()
	if err := c.perform(c.s.next("STARTTLS", ""), "220 2.0.0 go on"+injected(o.Inject)); err != nil {
		return err
	}
	if o.BadTLS {
		c.conn.Read(make([]byte, 1)) // the client's hello has begun
		c.conn.Write([]byte("this is no TLS\r\n"))
		return errEnd
	}
	t := tls.Server(c.conn, c.s.tlsConfig())
	if err := t.Handshake(); err != nil {
		return err
	}
	c.now, c.in, c.tls, c.helo, c.mail = t, bufio.NewReader(t), true, "", nil
	return nil
}

// injected puts s after the reply's own line end; perform adds the last CRLF.
func injected(s string) string {
	if s == "" {
		return ""
	}
	return "\r\n" + strings.TrimSuffix(s, "\r\n")
}

// path takes the address out of "FROM:<a@b> X=Y".
func path(arg string) (addr, rest string) {
	_, rest, _ = strings.Cut(arg, ":")
	rest = strings.TrimSpace(rest)
	end := strings.LastIndexByte(rest, '>')
	if end < 1 || rest[0] != '<' {
		return rest, rest
	}
	return rest[1:end], rest
}

func (c *session) from(_, arg string) error {
	addr, rest := path(arg)
	a := c.s.next("MAIL", addr)
	if c.mail != nil {
		return c.perform(a, "503 5.5.1 nested MAIL")
	}
	if accepts(a) {
		c.mail = &Message{Helo: c.helo, MailArgs: rest, From: addr, Forward: append([]string(nil), c.forward...), TLS: c.tls}
	}
	return c.perform(a, "250 2.1.0 ok")
}

func (c *session) to(_, arg string) error {
	addr, rest := path(arg)
	a := c.s.next("RCPT", addr)
	if c.mail == nil {
		return c.perform(a, "503 5.5.1 MAIL first")
	}
	if accepts(a) {
		c.mail.Rcpts, c.mail.RcptArgs = append(c.mail.Rcpts, addr), append(c.mail.RcptArgs, rest)
	}
	return c.perform(a, "250 2.1.5 ok")
}

// accepts tells whether the action is a positive reply.
func accepts(a Action) bool {
	return !a.silent && (a.bytes == nil || a.bytes[0] == '2')
}

func (c *session) data(string, string) error {
	if c.mail == nil || len(c.mail.Rcpts) == 0 {
		return c.act("DATA", "", "503 5.5.1 no valid recipients")
	}
	a := c.s.next("DATA", "")
	if err := c.perform(a, "354 go on"); err != nil || a.bytes != nil && a.bytes[0] != '3' {
		return err
	}
	m := c.mail
	c.mail = nil
	defer func() { c.forward = withoutXFORWARD(c.forward) }()
	if err := c.content(m); err != nil {
		return err
	}
	return c.dot(m)
}

func withoutXFORWARD(lines []string) []string {
	var kept []string
	for _, l := range lines {
		if !strings.HasPrefix(l, "XFORWARD") {
			kept = append(kept, l)
		}
	}
	return kept
}

func (c *session) content(m *Message) error {
	a := c.s.next("CONTENT", "")
	idle := a.end == goOn && a.delay == 0 && a.bytes == nil
	discard, size := c.s.options().Discard, 0
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			return nil
		}
		size += len(line)
		if !discard {
			m.Content = append(m.Content, bytes.TrimPrefix(line, []byte("."))...)
		}
		if !idle && size >= a.at {
			if err := c.during(a); err != nil {
				return err
			}
			idle = true
		}
	}
}

// during does a CONTENT action: a pause, or an end.
func (c *session) during(a Action) error {
	if a.bytes == nil {
		a.silent = true
	}
	return c.perform(a, "")
}

func (c *session) dot(m *Message) error {
	if !c.s.options().LMTP {
		a := c.s.next("DOT", "")
		if accepts(a) {
			m.Accepted = m.Rcpts
		}
		c.s.add(m)
		return c.perform(a, "250 2.0.0 queued")
	}
	return c.dots(m)
}

func (c *session) dots(m *Message) error {
	actions := make([]Action, len(m.Rcpts))
	for i, r := range m.Rcpts {
		actions[i] = c.s.next("DOT", r)
		if accepts(actions[i]) {
			m.Accepted = append(m.Accepted, r)
		}
	}
	c.s.add(m)
	for _, a := range actions {
		if err := c.perform(a, "250 2.0.0 delivered"); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) add(m *Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if !s.opts.Discard {
		s.messages = append(s.messages, *m)
	}
}
