package smtp

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"

	"weir/gateway/relay"
	"weir/message"
)

// session is one connection. All of it belongs to the goroutine that serves it, but for what turn guards.
type session struct {
	server   *Server
	cfg      *live
	conn     *conn
	ctx      context.Context
	hostname string
	visit    visit
	who      identity

	helo   string // "" before HELO or EHLO
	esmtp  bool   // the client said EHLO
	offer  offer
	mail   *mail // the open transaction; nil: none
	errors int   // commands refused with 5xx since the last accepted message
	junk   int   // commands that moved no mail since then
	over   bool  // end after the current command
	rude   bool  // the client may still be sending: linger so that it reads the last reply
	turn   turn
}

// turn is whose turn it is, for those who want to end the session from outside.
type turn struct {
	mu       sync.Mutex
	idle     bool // waiting for a command, with no transaction open
	draining bool // end when idle
	hurried  bool // end when waiting for the client at all
}

func newSession(s *Server, cfg *live, c net.Conn) *session {
	return &session{server: s, cfg: cfg, conn: newConn(c, cfg.Timeouts.Write.D()), hostname: s.judge.Hostname()}
}

// drain ends the session when it is idle.
func (s *session) drain() {
	s.turn.mu.Lock()
	defer s.turn.mu.Unlock()
	s.turn.draining = true
	if s.turn.idle {
		_ = s.conn.tcp.SetReadDeadline(time.Unix(1, 0))
	}
}

// hurry ends the session when it waits for its client.
func (s *session) hurry() {
	s.turn.mu.Lock()
	defer s.turn.mu.Unlock()
	s.turn.draining, s.turn.hurried = true, true
	_ = s.conn.tcp.SetReadDeadline(time.Unix(1, 0))
}

// await sets the deadline of the next reads. idle says that nothing is lost by ending the session now.
func (s *session) await(until time.Time, idle bool) error {
	s.turn.mu.Lock()
	defer s.turn.mu.Unlock()
	if s.turn.hurried || idle && s.turn.draining {
		return errDraining
	}
	s.turn.idle = idle
	return s.conn.tcp.SetReadDeadline(until)
}

// ending tells whether the server wants this session to end.
func (s *session) ending() bool {
	s.turn.mu.Lock()
	defer s.turn.mu.Unlock()
	s.turn.idle = false
	return s.turn.draining
}

// serve is the life of a session.
func (s *session) serve() {
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithCancel(s.server.ctx)
	defer cancel()
	defer s.leave()
	if !s.arrive() {
		return
	}
	for !s.over {
		line, err := s.next()
		if err != nil {
			s.lost(err)
			return
		}
		s.command(line)
	}
}

// leave ends whatever is open, sends the last replies and closes.
func (s *session) leave() {
	s.reset()
	if s.visit != nil {
		s.visit.Close()
	}
	if s.conn.flush() == nil && s.rude {
		s.conn.linger(time.Second)
	}
	_ = s.conn.Close()
	if s.conn.Conn != s.conn.tcp {
		_ = s.conn.tcp.Close()
	}
	s.conn.r, s.conn.w = 0, 0
	s.conn.shrink()
	s.who.release(&s.server.limits)
}

// next waits for a command line. Replies are sent before it waits.
func (s *session) next() ([]byte, error) {
	if !s.conn.hasLine() {
		if err := s.conn.flush(); err != nil {
			return nil, err
		}
		s.conn.shrink()
		if err := s.await(time.Now().Add(s.cfg.Timeouts.Command.D()), s.mail == nil); err != nil {
			return nil, err
		}
	}
	return s.conn.line(int(s.cfg.MaxCommand))
}

// lost says goodbye according to what went wrong.
func (s *session) lost(err error) {
	switch {
	case err == errTooLong:
		s.refuse(LongCommand, local(500, "5.5.2", "Command line too long"))
		s.rude = true
	case err == errDraining, isTimeout(err) && s.ending():
		s.reply(local(421, "4.3.2", s.hostname+" is shutting down, try again later"))
	case isTimeout(err), err == errTooSlow:
		s.refuse(TooSlow, local(421, "4.4.2", s.hostname+" timeout, closing"))
	case err == io.EOF: // the client hung up: its right outside a mail
	default:
		s.server.Log.Debug("smtp: connection lost", "ip", s.who.base.Addr, "error", err)
	}
}

// command runs one command line.
func (s *session) command(line []byte) {
	verb, arg, ok := s.split(line)
	if !ok {
		s.reply(local(500, "5.5.2", "Command not understood: bare CR or LF, NUL, control or broken UTF-8 characters"))
		s.mayEnd()
		return
	}
	v := verbs[verb]
	if v == nil {
		s.reply(local(500, "5.5.1", "Command not known"))
		s.mayEnd()
		return
	}
	if v.junk {
		s.junk++
	}
	if (v.last || !s.esmtp && verb != "QUIT") && s.sentAhead() {
		return
	}
	v.do(s, arg)
	s.mayEnd()
}

// sentAhead cuts off a client that sent more where it must wait for our answer: RFC 2920 section 3.1 where it said
// EHLO, everywhere where it did not.
func (s *session) sentAhead() bool {
	if len(s.conn.pending()) == 0 {
		return false
	}
	s.desynchronized()
	return true
}

// desynchronized ends the session of a client that does not wait for answers (CASES A05, A06).
func (s *session) desynchronized() {
	s.refuse(Pipelining, local(554, "5.5.0", "Protocol error: sent data before it was asked for"))
	s.over, s.rude = true, true
}

// split takes a command line apart: verb in capitals, and the rest without surrounding space. Lines end with CRLF; a
// bare LF is taken where message data may have it too.
func (s *session) split(line []byte) (verb, arg string, ok bool) {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	} else if s.cfg.BareLF == RejectBare {
		return "", "", false
	}
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", "", false
		}
	}
	if !utf8.Valid(line) {
		return "", "", false
	}
	verb, arg = splitVerb(line)
	return verb, arg, true
}

// splitVerb cuts at the first space and makes the verb's letters capital.
func splitVerb(line []byte) (verb, arg string) {
	n := 0
	for n < len(line) && line[n] != ' ' && line[n] != '\t' {
		n++
	}
	if n > maxVerb {
		return "", ""
	}
	var up [maxVerb]byte
	for i, c := range line[:n] {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		up[i] = c
	}
	rest := line[n:]
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		rest = rest[1:]
	}
	for len(rest) > 0 && (rest[len(rest)-1] == ' ' || rest[len(rest)-1] == '\t') {
		rest = rest[:len(rest)-1]
	}
	return string(up[:n]), string(rest)
}

// mayEnd ends the session after too many errors or too much idle talk (CASES A21).
func (s *session) mayEnd() {
	if s.over || s.errors < s.cfg.MaxErrors && s.junk <= s.cfg.MaxJunk {
		return
	}
	s.refuse(TooManyWrong, local(421, "4.7.0", s.hostname+" too many errors or idle commands, closing"))
	s.over, s.rude = true, true
}

// reply queues an answer; it is sent when no whole command waits.
func (s *session) reply(r relay.Reply) {
	if r.Code/100 == 5 {
		s.errors++
	}
	s.conn.out = appendReply(s.conn.out, r)
	if len(s.conn.out) > smallBuffer {
		if s.conn.flush() != nil {
			s.over = true
		}
	}
}

// refuse is reply for clients that break a rule: it is counted and logged.
func (s *session) refuse(why Refusal, r relay.Reply) {
	s.note(why)
	s.reply(r)
}

func (s *session) note(why Refusal) {
	s.server.Watcher.Refused(why, s.who.base.Addr.String())
	s.server.Log.Info("smtp: client refused", "why", string(why), "ip", s.who.base.Addr)
}

// identity is who the client is, from all who may tell: the socket, PROXY, XCLIENT, XFORWARD.
type identity struct {
	peer     netip.Addr     // at the other end of the socket
	base     message.Client // by socket or PROXY, and TLS
	noMail   bool           // PROXY LOCAL or UNKNOWN: the proxy's own connection
	xclient  attributes     // until STARTTLS
	xforward attributes     // until the transaction's end
	shown    message.Client // what the gateway has been told
	helo     string         // likewise
	place    netip.Prefix   // counted under, if counted
	counted  bool
}

// release gives the place among the client's connections back.
func (i *identity) release(l *limits) {
	if i.counted {
		l.leaveClient(i.place)
		i.counted = false
	}
}
