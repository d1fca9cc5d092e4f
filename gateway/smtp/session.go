package smtp

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
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
		s.guarded(line)
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
