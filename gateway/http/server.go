// Package http is the door for clients that speak Rspamd's HTTP protocol: rspamc, Haraka's plugin, Dovecot's imapsieve
// recipes, curl. docs/http.md tells an admin how.
//
// One door does what Rspamd's scanning port and its controller do. POST /checkv2 has one mail judged: what the client
// knows of its way here stands in request headers, and the reply tells the verdict in Rspamd's words, with the header
// edits of the SMTP proxy in the block that milters and Haraka carry out. POST /learnspam and /learnham teach: a lesson
// is answered when the store has it. Many may be on their way at once: what waits for the store at the same time is
// written together, so that clients do not wait for each other's disk.
//
// The door only translates. It never calls a filter and never scores.
//
// Nothing that a client says opens a file: Rspamd's headers File, Path and Shm are not read, since whoever reaches the
// port could have any file read with them.
package http

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"weir/filters"
	"weir/gateway"
	"weir/gateway/password"
	"weir/gateway/spool"
	"weir/message"
)

// House is what is behind the door (gateway.Gateway).
type House interface {
	Judge(ctx context.Context, env *message.Envelope, raw []byte, use func(*gateway.Outcome)) *gateway.Refusal
	Teach(ctx context.Context, env message.Envelope, raw []byte, c filters.Class, who string) (filters.Taught, error)
}

// Options are what a Server needs.
type Options struct {
	Config  func() *Config      // of the moment; see Config for what is only read at the start
	MaxSize func() int64        // of a message, in bytes; 0: largest
	Log     func() *slog.Logger //
	Spool   *spool.Pool         // holds messages while they are under way
	Tally   *Tally              // what /stat tells
	Metrics http.Handler        // what /metrics tells; nil: there is nothing at that path
}

const (
	largest    = 128 << 20        // bytes of a message, where the config sets no limit; as weir learn
	patience   = 30 * time.Second // how long a request waits to be one of MaxMessages
	teachTime  = 30 * time.Second // for one lesson
	writeTime  = 30 * time.Second // for the client to take the reply
	headerSize = 64 << 10
)

// Server is the door. It must be made by New, and serves any number of listeners.
type Server struct {
	Options
	house   House
	keeper  *password.Keeper
	room    chan struct{} // one for each message under way
	patient time.Duration // patience, but for tests
	http    *http.Server
	ctx     context.Context // of mails and lessons: they go on when their client has gone
	cancel  context.CancelFunc
	open    atomic.Int64 // connections
	linger  atomic.Bool  // each answer is the last of its connection
	mu      sync.Mutex
	closed  bool           // no handler begins any more
	running sync.WaitGroup // of handlers
}

// New makes a server in front of h.
func New(h House, o Options) *Server {
	c := o.Config()
	s := &Server{Options: o, house: h, keeper: password.NewKeeper(), room: make(chan struct{}, c.MaxMessages), patient: patience}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler: s.handler(), MaxHeaderBytes: headerSize,
		ReadHeaderTimeout: c.HeaderTime.D(), ReadTimeout: c.ReadTime.D(), IdleTimeout: c.IdleTime.D(),
		ConnState: s.count,
		ErrorLog:  slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // clients that break off are no news
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

// count follows how many connections there are.
func (s *Server) count(_ net.Conn, now http.ConnState) {
	switch now {
	case http.StateNew:
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	}
}

// Sessions tells how many connections are open.
func (s *Server) Sessions() int { return int(s.open.Load()) }

// Linger answers one more request on each connection, and says with the answer that it is the last: the client's next one
// goes to whoever listens then. Listeners are the caller's to close.
func (s *Server) Linger() { s.linger.Store(true) }

// Shutdown takes no new requests and waits for those in progress, until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error { return s.http.Shutdown(ctx) }

// Close cuts off what is left, and returns when nothing is judged or taught any more.
func (s *Server) Close() error {
	s.cancel()
	err := s.http.Close()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.running.Wait()
	return err
}

// counted lets Close wait for requests, and says of each answer what it is. No client may hold a connection by not reading:
// a small answer must be taken within the time that a verdict has.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.begin() {
			return
		}
		defer s.running.Done()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
		w.Header()["X-Content-Type-Options"] = nosniff
		w.Header()["Cache-Control"] = noStore
		if s.linger.Load() {
			w.Header()["Connection"] = lastOne
		}
		next.ServeHTTP(w, r)
	})
}

// Values of headers. They are not changed.
var nosniff, noStore, lastOne = []string{"nosniff"}, []string{"no-store"}, []string{"close"}

// begin counts a handler; false: it is too late for one.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Add(1)
	}
	return !s.closed
}

// enter waits until there is room for one more message.
func (s *Server) enter(ctx context.Context) (release func(), ok bool) {
	select {
	case s.room <- struct{}{}:
		return s.leave, true
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, s.patient)
	defer cancel()
	select {
	case s.room <- struct{}{}:
		return s.leave, true
	case <-ctx.Done():
		return nil, false
	}
}

func (s *Server) leave() { <-s.room }
