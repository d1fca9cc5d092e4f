package scanner

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// state is what is known of a scanner's health.
type state uint8

const (
	unproved state = iota // not probed yet: used, since the first mail must not wait for it
	well                  // the last probe was as it must be
	suspect               // a scan failed, and a probe is on its way: mail waits for it, or goes to others
	refused               // nobody listens
	silent                // it does not answer in time
	failing               // it answers with errors
)

// stateWords are the kinds of filters.Trouble, in metrics and logs.
var stateWords = [...]string{"unproved", "well", "suspect", "refused", "silent", "failing"}

// advice says what each trouble means and what to do.
var advice = [...]string{
	refused: "nobody listens there: is it running, and may Weir open its socket?",
	silent:  "takes connections and does not answer: it hangs, or the machine is overloaded",
	failing: "answers with errors: its own log says why",
}

// pace is how often scanners are probed. Tests use a quicker one.
type pace struct {
	well   time.Duration // between probes of one that is well
	retry  time.Duration // first wait after a failed probe; doubled each time
	longer time.Duration // longest wait
	limit  time.Duration // for one probe
}

var usual = pace{well: 15 * time.Second, retry: 250 * time.Millisecond, longer: 10 * time.Second, limit: 3 * time.Second}

// health is guarded by Pool.mu.
type health struct {
	state     state
	since     time.Time
	detail    string // what was seen
	wait      time.Duration
	condition Condition // of the last good probe
	asked     time.Time // when that was
}

// usable tells whether mail may go there now.
func (h *health) usable() bool { return h.state == well || h.state == unproved }

// hopeful tells whether it is worth waiting for.
func (h *health) hopeful() bool { return h.usable() || h.state == suspect }

func (h *health) turn(to state, detail string, p pace) {
	if h.state != to {
		h.state, h.since = to, time.Now()
	}
	h.detail = detail
	switch {
	case to == well:
		h.wait = 0
	case to == suspect:
	case h.wait == 0:
		h.wait = p.retry
	default:
		h.wait = min(2*h.wait, p.longer)
	}
}

// keep probes a scanner for as long as the pool lives.
func (p *Pool) keep(b *backend) {
	for p.ctx.Err() == nil {
		pause := p.probe(p.ctx, b)
		timer := time.NewTimer(pause)
		select {
		case <-p.ctx.Done():
		case <-timer.C:
		case <-b.nudge:
		}
		timer.Stop()
	}
}

// probe tries a scanner, notes how it is, and tells when to look again.
func (p *Pool) probe(ctx context.Context, b *backend) time.Duration {
	p.mu.Lock()
	idle := b.busy == 0 // a scan of ours would wait behind the others, and say nothing of its health
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, p.pace.limit)
	defer cancel()
	var ends []func()
	condition, err := p.Engine.Probe(func() (net.Conn, error) {
		c, end, err := p.dial(ctx, b)
		if err == nil {
			ends = append(ends, end)
		}
		return c, err
	}, idle)
	for _, end := range ends {
		end()
	}
	return p.note(b, condition, inTime(ctx, err))
}

func (p *Pool) note(b *backend, condition Condition, err error) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.tell()
	switch {
	case p.ctx.Err() != nil:
		return p.pace.longer
	case err != nil:
		b.health.turn(kindOf(err), err.Error(), p.pace)
		return b.health.wait
	}
	if b.health.condition.Version != condition.Version {
		p.cache.clear()
	}
	b.health.condition, b.health.asked = condition, time.Now()
	b.health.turn(well, "", p.pace)
	return p.pace.well
}

// kindOf sorts faults into the states.
func kindOf(err error) state {
	switch {
	case errors.Is(err, errSilent):
		return silent
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return refused
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return refused
	}
	return failing
}

// isOld tells whether a scanner's database is older than it may be.
func (p *Pool) isOld(b *backend) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.oldLocked(&b.health)
}

func (p *Pool) oldLocked(h *health) bool {
	return p.MaxAge > 0 && !h.condition.Dated.IsZero() && p.Clock().Sub(h.condition.Dated) > p.MaxAge
}

// probeAll tries every scanner now, all at once.
func (p *Pool) probeAll(ctx context.Context) {
	var each sync.WaitGroup
	for _, b := range p.backends {
		each.Go(func() { p.probe(ctx, b) })
	}
	each.Wait()
}
