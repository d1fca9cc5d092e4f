package scanner

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// backend is one scanner. What is not said to be atomic is guarded by Pool.mu.
type backend struct {
	Target
	bit    uint64 // which of the pool's it is
	nudge  chan struct{}
	busy   int
	health health
	counts counters
}

// counters are what was answered.
type counters struct{ clean, found, failed atomic.Uint64 }

func (c *counters) note(v Verdict, err error) {
	switch {
	case err != nil:
		c.failed.Add(1)
	case v.State == Found:
		c.found.Add(1)
	default:
		c.clean.Add(1)
	}
}

// take chooses a scanner that was not tried yet, and waits where all are busy. Whoever takes one gives it back.
func (p *Pool) take(ctx context.Context, tried uint64) (*backend, error) {
	for {
		p.mu.Lock()
		b, worthwhile := p.choose(tried)
		if b != nil {
			b.busy++
			p.mu.Unlock()
			return b, nil
		}
		if !worthwhile {
			err := p.downLocked(tried)
			p.mu.Unlock()
			return nil, err
		}
		if p.changed == nil {
			p.changed = make(chan struct{})
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("all scanners are busy: %w", ctx.Err())
		}
	}
}

// choose finds the least busy scanner of those that are well. worthwhile: there is none now, but one may come.
func (p *Pool) choose(tried uint64) (best *backend, worthwhile bool) {
	for _, b := range p.backends {
		if tried&b.bit != 0 || !b.health.hopeful() {
			continue
		}
		if worthwhile = true; !b.health.usable() || b.busy >= p.bears(b) {
			continue
		}
		if best == nil || b.busy*p.bears(best) < best.busy*p.bears(b) {
			best = b
		}
	}
	return best, worthwhile
}

// bears is how many scans at once a scanner gets: never more than it says it bears.
func (p *Pool) bears(b *backend) int {
	said := b.health.condition.Scans
	switch {
	case p.Scans > 0 && said > 0:
		return min(p.Scans, said)
	case p.Scans > 0:
		return p.Scans
	case said > 0:
		return said
	}
	return DefaultScans
}

// downLocked says why there is nobody to ask.
func (p *Pool) downLocked(tried uint64) error {
	var all []error
	for _, b := range p.backends {
		if tried&b.bit == 0 {
			all = append(all, fmt.Errorf("%s: %w: %s", b.Name, ErrDown, b.health.detail))
		}
	}
	if len(all) == 0 {
		return ErrDown
	}
	return errors.Join(all...)
}

// giveBack ends a use. Of a scanner that failed it is found out how it is, unless the fault is the piece's or the
// client's.
func (p *Pool) giveBack(ctx context.Context, b *backend, v Verdict, err error) {
	canceled := errors.Is(ctx.Err(), context.Canceled)
	if !canceled || err == nil {
		b.counts.note(v, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b.busy--
	if err != nil && !errors.Is(err, ErrTooLarge) && !canceled && b.health.usable() {
		b.health.turn(suspect, err.Error(), p.pace)
		b.wake()
	}
	p.tell()
}

// wake has the scanner probed at once.
func (b *backend) wake() {
	select {
	case b.nudge <- struct{}{}:
	default:
	}
}

// tell lets those who wait look again. p.mu is held.
func (p *Pool) tell() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}
