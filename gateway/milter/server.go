package milter

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"weir/gateway"
	"weir/gateway/crowd"
	"weir/gateway/spool"
	"weir/message"
)

// Quarantine keeps mail for a person to look at. It has it safely on disk when Store returns (invariant I1).
type Quarantine interface {
	Store(r *gateway.Report, env *message.Envelope, rcpts []string, chunks [][]byte) (id string, err error)
}

// Options are what a Server works with. Config must be set.
type Options struct {
	Config     func() *Config      // of the moment; a connection keeps the one that it began with
	MaxSize    func() int64        // bytes of a message, after line ends are CRLF; larger ones are refused. 0 or nil: no limit
	Spool      *spool.Pool         // where messages are kept while they come in; nil: in memory up to 1 MB, then in the temporary folder
	Quarantine Quarantine          // nil: mail that a policy wants quarantined is put off, unless the mail server holds it
	Log        func() *slog.Logger // for faults of the door itself; nil: none. Verdicts are the gateway's to log
}

// Server serves milter connections. It is safe for use by many goroutines.
type Server struct {
	Options
	gateway *gateway.Gateway
	ctx     context.Context
	cancel  context.CancelFunc

	sessions  crowd.Crowd[*session]
	lingering atomic.Bool
	warned    atomic.Int64 // that there are too many connections: when, in seconds
}

// New makes a server that has mail judged by gw. It fails where nothing can be written into the spool's folder.
func New(gw *gateway.Gateway, o Options) (*Server, error) {
	if o.Spool == nil {
		o.Spool = spool.NewPool("", 1<<20)
	}
	if o.MaxSize == nil {
		o.MaxSize = func() int64 { return 0 }
	}
	if o.Log == nil {
		silent := slog.New(slog.DiscardHandler)
		o.Log = func() *slog.Logger { return silent }
	}
	if err := o.Spool.Check(); err != nil {
		return nil, err
	}
	s := &Server{Options: o, gateway: gw}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Serve takes connections from l until Shutdown or Close, which are no errors. It closes l. A unix socket gets the mode and the
// group of the config.
func (s *Server) Serve(l net.Listener) error {
	if err := s.own(l); err != nil {
		_ = l.Close()
		return err
	}
	return s.sessions.Accept(l, "milter", s.Log, nil, s.begin)
}

// own gives a unix socket its mode and group.
func (s *Server) own(l net.Listener) error {
	u, ok := l.Addr().(*net.UnixAddr)
	if !ok || u.Name == "" || u.Name[0] == '@' {
		return nil
	}
	mode, err := s.Config().mode()
	if err != nil {
		return err
	}
	group, err := s.Config().group()
	if err == nil && group >= 0 {
		err = os.Chown(u.Name, -1, group)
	}
	if err == nil {
		err = os.Chmod(u.Name, mode)
	}
	if err != nil {
		return fmt.Errorf("milter.listen: the socket can't be opened to others: %w", err)
	}
	return nil
}

// begin serves a connection on a goroutine of its own. One too many is closed: the protocol has no word before the
// negotiation, and a mail server that finds no filter puts its mail off, unless it is told otherwise.
func (s *Server) begin(c net.Conn) {
	ses := newSession(s, c)
	if !ses.cfg.serves(c.RemoteAddr()) {
		s.Log().Warn("milter: a client is not in milter.allowed", "peer", c.RemoteAddr().String())
		_ = c.Close()
		return
	}
	if !s.sessions.Add(ses, s.admits(ses)) {
		_ = c.Close()
		return
	}
	go func() {
		defer s.sessions.End(ses)
		ses.serve()
	}()
}

// admits tells whether there is room for a connection, and lets it know that it is to linger.
func (s *Server) admits(ses *session) func(open int) bool {
	return func(open int) bool {
		if open >= ses.cfg.MaxConnections {
			s.full(ses.cfg.MaxConnections)
			return false
		}
		if s.lingering.Load() {
			ses.linger()
		}
		return true
	}
}

// full says so in the log, once a minute.
func (s *Server) full(limit int) {
	now := time.Now().Unix()
	if last := s.warned.Load(); now-last > 60 && s.warned.CompareAndSwap(last, now) {
		s.Log().Warn("milter: too many connections: milter.max_connections allows no more", "max", limit)
	}
}

// Sessions tells how many connections are open.
func (s *Server) Sessions() int { return s.sessions.Len() }

// Linger lets every connection serve its SMTP session to the end, with all the messages that come: a mail server whose filter
// goes away in the middle puts mail off. A connection without a session, as there may be
// one after QUIT_NC, ends when it has been silent for a second. Listeners are the caller's to close.
func (s *Server) Linger() {
	s.lingering.Store(true)
	s.sessions.Each((*session).linger)
}

// Shutdown stops gently: no new connections; messages in progress come to their end, and a connection ends when it has been
// silent for a second between two messages. When ctx or timeouts.drain ends, connections that wait for their mail server are cut
// off, which puts its mail off. It then waits for verdicts, until ctx ends, and returns its error if some are left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stopListening()
	return s.sessions.Drain(ctx, s.Config().Timeouts.Drain.D(), (*session).hurry)
}

// Close stops at once: connections are cut, and mail servers put their mail off.
func (s *Server) Close() error {
	s.stopListening()
	s.cancel()
	s.sessions.Each(func(ses *session) { _ = ses.wire.conn.Close() })
	s.sessions.Wait()
	return nil
}

func (s *Server) stopListening() {
	s.sessions.Stop()
	s.sessions.Each((*session).drain)
}
