package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"weir/gateway"
	"weir/gateway/crowd"
	"weir/gateway/spool"
)

// Options are what a Server works with besides its Config. Router must be set.
type Options struct {
	Router     Router
	Quarantine Quarantine   // nil: mail that a policy wants quarantined is put off with 451
	Ledger     Ledger       // nil: a client's retry after a partial delivery duplicates
	Watcher    Watcher      // nil: nobody watches
	Log        *slog.Logger // for faults of the front door itself; nil: none. Verdicts are the gateway's to log
}

// Server serves SMTP sessions. It is safe for use by many goroutines.
type Server struct {
	Options
	judge  judge
	spool  *spool.Pool
	live   atomic.Pointer[live]
	limits limits
	ctx    context.Context
	cancel context.CancelFunc

	sessions crowd.Crowd[*session]
}

// live is what Reload changes: sessions keep the one they began with.
type live struct {
	Config
	tls *tls.Config // nil: TLS is not offered
}

// ErrServerClosed is returned by Serve after Shutdown or Close.
var ErrServerClosed = errors.New("smtp: server closed")

// New makes a server. It fails on values that Validate refuses, an unreadable certificate, and a spool folder in which
// nothing can be written.
func New(cfg Config, gw *gateway.Gateway, opts Options) (*Server, error) {
	return newServer(cfg, gate{gw}, opts)
}

func newServer(cfg Config, j judge, opts Options) (*Server, error) {
	if opts.Router == nil {
		return nil, errors.New("smtp: no router")
	}
	if opts.Watcher == nil {
		opts.Watcher = nobody{}
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Options: opts, judge: j}
	if err := s.Reload(cfg); err != nil {
		return nil, err
	}
	s.spool = spool.NewPool(cfg.SpoolDir, int(cfg.SpoolMemory))
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.spool.Check(); err != nil {
		return nil, fmt.Errorf("smtp.spool_dir: %w", err)
	}
	return s, nil
}

// Reload serves new sessions by cfg: limits, timeouts, certificate. After an error the old values stay in force.
// Listen, SpoolDir and SpoolMemory are not taken over.
func (s *Server) Reload(cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	t, err := cfg.TLS.load()
	if err != nil {
		return err
	}
	s.live.Store(&live{Config: cfg, tls: t})
	return nil
}

// Serve takes connections from l until Shutdown or Close, and returns ErrServerClosed then. It closes l.
func (s *Server) Serve(l net.Listener) error {
	err := s.sessions.Accept(l, "smtp", func() *slog.Logger { return s.Log }, nil, s.begin)
	if err == nil {
		err = ErrServerClosed
	}
	return err
}

// begin serves a connection on a goroutine of its own, or turns it away at once.
func (s *Server) begin(c net.Conn) {
	now := s.live.Load()
	if err := s.limits.enter(now.MaxConnections); err != nil {
		s.turnAway(c, TooMany, "421 4.3.2 Too many connections, try again later\r\n")
		return
	}
	ses := newSession(s, now, c)
	if !s.sessions.Add(ses, nil) {
		s.limits.leave()
		s.turnAway(c, "", "421 4.3.2 Shutting down, try again later\r\n")
		return
	}
	go func() {
		defer s.end(ses)
		ses.serve()
	}()
}

// turnAway tells a client why, without waiting for it: a new connection takes one line at once.
func (s *Server) turnAway(c net.Conn, why Refusal, line string) {
	if why != "" {
		s.Watcher.Refused(why, addrOf(c).Addr().String())
	}
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = c.Write([]byte(line))
	_ = c.Close()
}

func (s *Server) end(ses *session) {
	s.limits.leave()
	s.sessions.End(ses)
}

// Sessions tells how many connections are open.
func (s *Server) Sessions() int { return s.limits.open() }
