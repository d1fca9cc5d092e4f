package relay

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	errDown   = errors.New("relay: the next hop is down; it is probed until it answers")
	errClosed = errors.New("relay: the next hop is closed")
)

// target is one address of a hop, with its breaker: after some failures in a row the address is left alone, and a probe
// looks now and then whether it answers again. Mails are not used as probes; meanwhile they go to the other addresses,
// or are refused at once.
type target struct {
	address
	hop *server

	mu       sync.Mutex
	failures int
	answered bool // since the start: one that never did is given up at its first failure
	down     bool
	wait     time.Duration
	timer    *time.Timer
}

func (t *target) usable() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.down
}

// succeeded closes the breaker.
func (t *target) succeeded() {
	t.mu.Lock()
	was := t.down
	t.failures, t.answered, t.down, t.wait = 0, true, false, 0
	t.mu.Unlock()
	if was {
		t.hop.hooks.state(t.hop.name, t.name, false)
	}
}

// failed counts, and opens the breaker when it is enough.
func (t *target) failed(why error) {
	t.hop.hooks.failed(t.hop.name, t.name, why)
	t.mu.Lock()
	t.failures++
	opens := !t.down && (!t.answered || t.failures >= t.hop.cfg.BreakerFailures)
	if opens {
		t.down, t.wait = true, t.hop.cfg.BreakerWait.D()
		t.arm()
	}
	t.mu.Unlock()
	if opens {
		t.hop.hooks.state(t.hop.name, t.name, true)
	}
}

// arm plans the next probe; t.mu is held.
func (t *target) arm() {
	t.timer = time.AfterFunc(t.wait, t.probe)
	t.wait = min(2*t.wait, t.hop.cfg.BreakerMax.D())
}

// probe is the breaker's half-open state: one connection decides.
func (t *target) probe() {
	if !t.hop.enter() {
		return
	}
	defer t.hop.running.Done()
	ctx, cancel := context.WithTimeout(t.hop.ctx, t.hop.cfg.Timeouts.Connect.D())
	defer cancel()
	c, err := t.open(ctx)
	if err == nil {
		t.succeeded()
		t.hop.put(c)
		return
	}
	t.hop.hooks.failed(t.hop.name, t.name, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hop.ctx.Err() == nil {
		t.arm()
	}
}

// stop ends probing.
func (t *target) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer != nil {
		t.timer.Stop()
	}
}

// open makes a connection ready for MAIL.
func (t *target) open(ctx context.Context) (*conn, error) {
	start := time.Now()
	c, err := t.secured(ctx, t.hop.wantsTLS(t))
	if errors.Is(err, errTLS) && t.hop.cfg.TLS == TLSOpportunistic {
		c, err = t.secured(ctx, false)
	}
	if err != nil {
		return nil, err
	}
	t.hop.learn(c.offers.Caps)
	t.hop.hooks.opened(t.hop.name, t.name, time.Since(start))
	return c, nil
}

func (t *target) secured(ctx context.Context, withTLS bool) (*conn, error) {
	c, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, c.interrupt)
	err = c.prepare(ctx, withTLS)
	if err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		stop()
		t.hop.drop(c)
		return nil, err
	}
	return c, nil
}

func (t *target) dial(ctx context.Context) (*conn, error) {
	raw, err := t.hop.dialer.DialContext(ctx, t.network, t.addr)
	if err != nil {
		return nil, err
	}
	c := newConn(t.hop, t, raw)
	if err := t.hop.track(c); err != nil {
		raw.Close()
		return nil, err
	}
	return c, nil
}

func (c *conn) prepare(ctx context.Context, withTLS bool) error {
	if err := c.deadline(ctx, c.hop.cfg.Timeouts.Connect.D()); err != nil {
		return err
	}
	if err := c.greet(ctx); err != nil {
		return err
	}
	if withTLS && c.offers.startTLS {
		return c.startTLS(ctx)
	}
	if c.hop.cfg.TLS == TLSRequired {
		return errNoTLS
	}
	return nil
}
