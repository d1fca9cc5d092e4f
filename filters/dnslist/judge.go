package dnslist

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// one asks one question.
func (s *Set) one(ctx context.Context, i int, q *query) verdict {
	none := verdict{query: i}
	answer, err := lookup(ctx, s.resolver, q.name)
	if err != nil {
		s.failed(ctx, q.list, err)
		return none
	}
	switch means(answer) {
	case absent:
		q.list.counts.clean.Add(1)
		none.ok = true
		return none
	case refused:
		q.list.counts.refused.Add(1)
		s.turnOff(q.list, refusing, seen(answer, q.name))
		return none
	case strange:
		q.list.counts.refused.Add(1)
		s.turnOff(q.list, odd, seen(answer, q.name))
		return none
	}
	return s.counted(ctx, i, q.list, answer)
}

func seen(answer []netip.Addr, name string) string { return fmt.Sprintf("%v for %s", answer, name) }

// counted looks whether a listing counts: its code must be configured, and the list must be in order.
func (s *Set) counted(ctx context.Context, i int, l *list, answer []netip.Addr) verdict {
	v := verdict{query: i, ok: true, found: l.matches(answer)}
	if len(v.found) == 0 {
		l.counts.unknown.Add(1)
		return v
	}
	if !s.trusted(ctx, l) {
		return verdict{query: i}
	}
	l.counts.listed.Add(1)
	return v
}

// trusted tells whether a list's last probe was good and is not too old; else it waits for another one.
func (s *Set) trusted(ctx context.Context, l *list) bool {
	l.mu.Lock()
	h := l.health
	l.mu.Unlock()
	age := now().Sub(h.good)
	switch {
	case !h.usable():
		return false
	case h.state == well && age < s.pace.fresh:
		return true
	case h.state == well && age < s.pace.stale:
		s.startProbe(l)
		return true
	}
	select {
	case <-s.startProbe(l):
	case <-ctx.Done():
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.health.state == well
}

// failed notes that a list could not tell. One that does not answer is off at once, since waiting for it costs; for
// other errors a probe is asked, which says whether it was the list or the question.
func (s *Set) failed(ctx context.Context, l *list, err error) {
	l.counts.failed.Add(1)
	if ctx.Err() != nil {
		return // whose fault it was is for late to say
	}
	if dns, ok := err.(*net.DNSError); ok && dns.IsTimeout {
		s.turnOff(l, silent, err.Error())
		return
	}
	l.mu.Lock()
	again := now().Sub(l.health.tried) > s.pace.quiet
	l.mu.Unlock()
	if again {
		s.startProbe(l)
	}
}

// turnOff notes what is wrong with a list, if it is not known yet. It will be probed in the background.
func (s *Set) turnOff(l *list, to state, detail string) {
	l.mu.Lock()
	off := l.health.usable()
	if off {
		l.health.turn(to, detail, now(), s.pace)
	}
	l.mu.Unlock()
	if off {
		s.wake()
	}
}
