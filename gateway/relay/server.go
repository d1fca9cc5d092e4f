package relay

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"weir/message"
)

// server is a Hop that speaks SMTP or LMTP.
type server struct {
	cfg     HopConfig
	name    string
	helo    string
	hooks   Hooks
	tls     *tls.Config
	dialer  net.Dialer
	targets []*target

	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup // probes
	asking  singleflight.Group
	known   atomic.Pointer[knownCaps]

	pool
}

// knownCaps is what was offered last, and when.
type knownCaps struct {
	Caps
	at time.Time
}

// newServer makes a hop from a checked config; nothing is connected yet.
func newServer(cfg HopConfig, hostname string, hooks Hooks) (*server, error) {
	cfg = cfg.WithDefaults()
	t, err := tlsConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("next hop %s: tls_ca: %w", cfg.Address[0], err)
	}
	s := &server{cfg: cfg, helo: or(or(cfg.Helo, hostname), "localhost"), hooks: hooks, tls: t}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.active = map[*conn]struct{}{}
	s.limit, s.keep = cfg.IdleMax, cfg.IdleTime.D()
	for _, a := range cfg.Address {
		addr, err := parseAddress(a, cfg.Protocol)
		if err != nil {
			return nil, err
		}
		s.targets = append(s.targets, &target{address: addr, hop: s})
	}
	s.name = s.targets[0].name
	return s, nil
}

func newConn(s *server, t *target, raw net.Conn) *conn {
	c := &conn{now: raw, raw: raw, r: bufio.NewReaderSize(raw, replyLine), hop: s, target: t}
	c.peek.watch(raw)
	return c
}

// Name is the first address.
func (s *server) Name() string { return s.name }

// Ready is true while at least one address is not given up.
func (s *server) Ready() bool {
	for _, t := range s.targets {
		if t.usable() {
			return true
		}
	}
	return false
}

// Close ends all connections, those in use too.
func (s *server) Close() error {
	s.cancel()
	for _, t := range s.targets {
		t.stop()
	}
	s.shut()
	s.running.Wait()
	return nil
}

// Caps gives the offers of a connection that is open, else those seen a short while ago, else it asks. An idle
// connection that the hop has closed is a sign of its restart: what it offered no longer counts (CASES B14).
func (s *server) Caps(ctx context.Context) (Caps, error) {
	if caps, ok := s.idleCaps(); ok {
		return caps, nil
	}
	if k := s.known.Load(); k != nil && time.Since(k.at) < s.cfg.CapsFresh.D() {
		return k.Caps, nil
	}
	select {
	case r := <-s.asking.DoChan("", s.ask):
		return r.Val.(Caps), r.Err
	case <-ctx.Done():
		return s.lastCaps(), ctx.Err()
	}
}

func (s *server) lastCaps() Caps {
	if k := s.known.Load(); k != nil {
		return k.Caps
	}
	return Caps{}
}

// ask opens a connection, for the pool; where that fails it gives what was known last, with the error.
func (s *server) ask() (any, error) {
	if !s.enter() {
		return s.lastCaps(), errClosed
	}
	defer s.running.Done()
	c, err := s.dial(s.ctx)
	if err != nil {
		return s.lastCaps(), err
	}
	caps := c.offers.Caps
	s.put(c)
	return caps, nil
}

func (s *server) learn(c Caps) { s.known.Store(&knownCaps{c, time.Now()}) }

// forget makes what is known stale.
func (s *server) forget() {
	if k := s.known.Load(); k != nil {
		s.known.Store(&knownCaps{Caps: k.Caps})
	}
}

// dial opens a connection to the first address that answers, within Timeouts.Connect in all.
func (s *server) dial(ctx context.Context) (*conn, error) {
	end := time.Now().Add(s.cfg.Timeouts.Connect.D())
	err := errDown
	for i, t := range s.targets {
		if !t.usable() {
			continue
		}
		share := time.Until(end) / time.Duration(len(s.targets)-i)
		c, failed := s.try(ctx, t, share)
		if failed == nil {
			return c, nil
		}
		err = failed
		if ctx.Err() != nil || errors.Is(err, errClosed) {
			break
		}
	}
	return nil, err
}

func (s *server) try(ctx context.Context, t *target, d time.Duration) (*conn, error) {
	step, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	c, err := t.open(step)
	switch {
	case err == nil:
		t.succeeded()
	case ctx.Err() == nil && !errors.Is(err, errClosed): // the client's leaving is not the hop's fault
		t.failed(err)
	}
	return c, err
}

// Begin starts a transaction; the hop hears of it at the first Rcpt.
func (s *server) Begin(_ context.Context, env *message.Envelope, p MailParams) (Delivery, Reply) {
	if bad := checkMail(env.From, p); bad.Code != 0 {
		return nil, bad
	}
	if !s.Ready() {
		return nil, replyDown
	}
	return &delivery{hop: s, env: env, params: p}, Reply{Code: 250, Enhanced: "2.1.0", Text: "ok", Local: true}
}
