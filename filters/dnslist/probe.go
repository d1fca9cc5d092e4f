package dnslist

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"weir/filters"
)

// startProbe begins a probe, unless one is under way, and returns what is closed when it ends.
func (s *Set) startProbe(l *list) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.health.running != nil {
		return l.health.running
	}
	done := make(chan struct{})
	if !s.enter() {
		close(done)
		return done
	}
	l.health.running, l.health.tried = done, now()
	go func() {
		defer s.leave()
		s.probe(l)
		s.wake()
		close(done)
	}()
	return done
}

// probe asks both questions of RFC 5782 section 5 and notes what they say of the list. It is called with running set.
func (s *Set) probe(l *list) {
	ctx, cancel := context.WithTimeout(filters.WithFresh(s.ctx), s.pace.limit)
	defer cancel()
	began := now()
	to, detail := s.tryList(ctx, l)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.running = nil
	if s.ctx.Err() != nil {
		return
	}
	if to == well {
		l.health.good = began
	}
	l.health.turn(to, detail, now(), s.pace)
}

// tryList asks both questions at once.
func (s *Set) tryList(ctx context.Context, l *list) (state, string) {
	var must, mustNot probed
	var both sync.WaitGroup
	both.Go(func() { must.ask(ctx, s, l.listed) })
	both.Go(func() { mustNot.ask(ctx, s, l.unlisted) })
	both.Wait()
	switch {
	case must.err != nil || mustNot.err != nil:
		return silent, first(must.err, mustNot.err).Error()
	case must.means == refused || mustNot.means == refused:
		return refusing, fmt.Sprintf("%v for %s, %v for %s", must.answer, l.listed, mustNot.answer, l.unlisted)
	case must.means == strange || mustNot.means == strange:
		return odd, fmt.Sprintf("%v for %s, %v for %s", must.answer, l.listed, mustNot.answer, l.unlisted)
	case mustNot.means == listed:
		return everything, fmt.Sprintf("%v for %s", mustNot.answer, l.unlisted)
	case must.means == absent && l.listed != "":
		return empty, "nothing for " + l.listed
	}
	return well, ""
}

// probed is the answer to one of the two questions.
type probed struct {
	answer []netip.Addr
	means  meaning
	err    error
}

func (p *probed) ask(ctx context.Context, s *Set, name string) {
	if name == "" {
		return
	}
	p.answer, p.err = lookup(ctx, s.resolver, name)
	p.means = means(p.answer)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
