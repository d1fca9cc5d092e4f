// Package http is the door for clients that speak Rspamd's HTTP protocol: for now its half that teaches, as rspamc
// learn_spam, Dovecot's imapsieve recipes and curl use it. docs/http.md tells an admin how.
//
// A lesson is answered when the store has it. Many may be on their way at once: what waits for the store at the same
// time is written together, so that clients do not wait for each other's disk.
//
// Nothing that a client says opens a file: Rspamd's headers File, Path and Shm are not read.
package http

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"weir/filters"
	"weir/message"
)

// Teacher learns mail (gateway.Gateway).
type Teacher interface {
	Teach(ctx context.Context, env message.Envelope, raw []byte, c filters.Class, who string) (filters.Taught, error)
}

// Options are what a Server needs.
type Options struct {
	Config  func() *Config      // of the moment; Listen and the times are those of the first
	MaxSize func() int64        // of a message, in bytes; 0: largest
	Log     func() *slog.Logger //
}

const (
	largest    = 128 << 20        // bytes of a message, where the config sets no limit; as weir learn
	atOnce     = 16               // messages in memory
	patience   = 30 * time.Second // how long a request waits to be one of them
	teachTime  = 30 * time.Second // for one lesson
	headerSize = 64 << 10
)

// Server is the door. It must be made by New, and serves one listener.
type Server struct {
	Options
	teacher Teacher
	room    chan struct{} // one for each message in memory
	http    *http.Server
	ctx     context.Context // of lessons: they go on when their client has gone
	cancel  context.CancelFunc
	mu      sync.Mutex
	closed  bool           // no handler begins any more
	running sync.WaitGroup // of handlers
}

// New makes a server that teaches by t.
func New(t Teacher, o Options) *Server {
	c := o.Config()
	s := &Server{Options: o, teacher: t, room: make(chan struct{}, atOnce)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler: s.handler(), MaxHeaderBytes: headerSize,
		ReadHeaderTimeout: c.HeaderTime.D(), ReadTimeout: c.ReadTime.D(), IdleTimeout: c.IdleTime.D(),
		WriteTimeout: c.ReadTime.D() + patience + teachTime + 10*time.Second,
		ErrorLog:     slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // clients that break off are no news
	}
	return s
}

// Serve answers on ln until Shutdown or Close, which is no error.
func (s *Server) Serve(ln net.Listener) error {
	err := s.http.Serve(netutil.LimitListener(ln, s.Config().MaxConnections))
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("http: %w", err)
	}
	return nil
}

// Shutdown takes no new requests and waits for those in progress, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

// Close cuts off what is left, and returns when nothing teaches any more.
func (s *Server) Close() error {
	s.cancel()
	err := s.http.Close()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	return err
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", pong)
	mux.HandleFunc("POST /ping", pong)
	mux.HandleFunc("POST /learnspam", func(w http.ResponseWriter, r *http.Request) { s.learn(w, r, filters.Spam) })
	mux.HandleFunc("POST /learnham", func(w http.ResponseWriter, r *http.Request) { s.learn(w, r, filters.Ham) })
	mux.HandleFunc("/learnspam", onlyPost)
	mux.HandleFunc("/learnham", onlyPost)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "there is nothing at this path")
	})
	return s.counted(mux)
}

// counted lets Close wait for requests, and says of each answer what it is.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.begin() {
			return
		}
		defer s.running.Done()
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// begin counts a handler; false: it is too late for one.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

func pong(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("pong\r\n"))
}

func onlyPost(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Allow", http.MethodPost)
	refuse(w, http.StatusMethodNotAllowed, "send the message with POST")
}
