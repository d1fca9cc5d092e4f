package spamd

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"weir/gateway"
	"weir/gateway/crowd"
	"weir/gateway/spool"
)

// Options are what a Server needs. All must be set.
type Options struct {
	Config  func() *Config      // of the moment; Listen, SocketMode and MaxConnections are those of the first
	MaxSize func() int64        // of a mail, in bytes; 0: largest
	Spool   *spool.Pool         // where mails are kept while they are judged
	Log     func() *slog.Logger // for what is wrong with clients and with the door; verdicts are the gateway's to log
}

// largest mail in bytes, where the config sets no limit.
const largest = 128 << 20

// Server is the door. It must be made by New, and may serve several listeners.
type Server struct {
	Options
	gateway *gateway.Gateway
	room    chan struct{} // one for each connection
	ctx     context.Context
	cancel  context.CancelFunc

	talks crowd.Crowd[*talk]
}

// New makes a server that judges and teaches by g.
func New(g *gateway.Gateway, o Options) *Server {
	s := &Server{Options: o, gateway: g, room: make(chan struct{}, o.Config().MaxConnections)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Serve takes connections from l until Shutdown or Close, which are no errors. It closes l.
func (s *Server) Serve(l net.Listener) error {
	s.openSocket(l)
	held := false // room for the next connection
	defer func() {
		if held {
			<-s.room
		}
	}()
	wait := func() bool {
		if held {
			return true
		}
		select {
		case s.room <- struct{}{}:
			held = true
		case <-s.ctx.Done():
		}
		return held
	}
	err := s.talks.Accept(l, "spamd", s.Log, wait, func(c net.Conn) {
		held = false
		serve := s.enter(c)
		go func() {
			defer func() { <-s.room }()
			serve()
		}()
	})
	if err != nil {
		err = fmt.Errorf("spamd: %w", err)
	}
	return err
}

// openSocket lets those in who may connect to a unix socket.
func (s *Server) openSocket(l net.Listener) {
	mode, err := s.Config().mode()
	if a := l.Addr(); err == nil && a.Network() == "unix" {
		if err := os.Chmod(a.String(), mode); err != nil {
			s.Log().Error("spamd: the mode of a socket can't be set", "socket", a.String(), "error", err)
		}
	}
}

// limit is the size of the largest mail.
func (s *Server) limit() int64 {
	if n := s.MaxSize(); n > 0 {
		return n
	}
	return largest
}

// Sessions tells how many connections are open.
func (s *Server) Sessions() int { return s.talks.Len() }

// Shutdown takes no new connections and waits for those in progress, until ctx ends. Clients that have not said a word
// are hung up on.
func (s *Server) Shutdown(ctx context.Context) error {
	s.talks.Stop()
	return s.talks.Drain(ctx, 0, (*talk).hurry)
}

// Close cuts off what is left, and returns when nothing is judged any more.
func (s *Server) Close() error {
	s.cancel()
	s.talks.Stop()
	s.talks.Each(func(t *talk) { _ = t.conn.Close() })
	s.talks.Wait()
	return nil
}
