package spamd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"weir/gateway"
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

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	talks     map[*talk]struct{}
	draining  bool
	running   sync.WaitGroup
}

// New makes a server that judges and teaches by g.
func New(g *gateway.Gateway, o Options) *Server {
	s := &Server{Options: o, gateway: g, room: make(chan struct{}, o.Config().MaxConnections),
		listeners: map[net.Listener]struct{}{}, talks: map[*talk]struct{}{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Serve takes connections from l until Shutdown or Close, which are no errors. It closes l.
func (s *Server) Serve(l net.Listener) error {
	defer s.unlisten(l)
	if !s.listen(l) {
		return nil
	}
	s.openSocket(l)
	for wait := time.Duration(0); ; {
		select {
		case s.room <- struct{}{}:
		case <-s.ctx.Done():
			return nil
		}
		c, err := l.Accept()
		if err == nil {
			wait = 0
			serve := s.enter(c)
			go func() {
				defer func() { <-s.room }()
				serve()
			}()
			continue
		}
		<-s.room
		switch {
		case s.stopped():
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("spamd: %w", err)
		}
		wait = min(max(2*wait, 5*time.Millisecond), time.Second) // out of file descriptors, mostly: it passes
		s.Log().Warn("spamd: accept failed", "error", err, "wait", wait)
		time.Sleep(wait)
	}
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

func (s *Server) listen(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining {
		s.listeners[l] = struct{}{}
	}
	return !s.draining
}

func (s *Server) unlisten(l net.Listener) {
	s.mu.Lock()
	delete(s.listeners, l)
	s.mu.Unlock()
	_ = l.Close()
}

func (s *Server) stopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// limit is the size of the largest mail.
func (s *Server) limit() int64 {
	if n := s.MaxSize(); n > 0 {
		return n
	}
	return largest
}

// begin notes a connection; false: it is too late for one.
func (s *Server) begin(t *talk) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining {
		s.talks[t] = struct{}{}
		s.running.Add(1)
	}
	return !s.draining
}

func (s *Server) end(t *talk) {
	s.mu.Lock()
	delete(s.talks, t)
	s.mu.Unlock()
	s.running.Done()
}

// Sessions tells how many connections are open.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.talks)
}

// Shutdown takes no new connections and waits for those in progress, until ctx ends. Clients that have not said a word
// are hung up on.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop((*talk).hurry)
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close cuts off what is left, and returns when nothing is judged any more.
func (s *Server) Close() error {
	s.cancel()
	s.stop(func(t *talk) { _ = t.conn.Close() })
	s.running.Wait()
	return nil
}

func (s *Server) stop(each func(*talk)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	for l := range s.listeners {
		_ = l.Close()
	}
	for t := range s.talks {
		each(t)
	}
}
