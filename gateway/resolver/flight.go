package resolver

import (
	"context"
	"errors"
	"time"

	"weir/filters"
)

// flight is one question under way. All who want its answer wait for it; it ends by itself, or when the last of them
// has given up.
type flight struct {
	waiting int                // guarded by the part's lock
	cancel  context.CancelFunc // gives the question up
	done    chan struct{}
	answer  *answer // once done
}

// pending is an answer, or the flight that will bring it.
type pending struct {
	answer *answer
	part   *part
	key    key
	flight *flight
}

// lookup gives an answer from the cache, from a question under way, or from the network.
func (r *Resolver) lookup(ctx context.Context, name string, qtype uint16) *answer {
	p := r.begin(ctx, name, qtype)
	return r.await(ctx, &p)
}

// begin looks for an answer and, where there is none, asks for it; it does not wait.
func (r *Resolver) begin(ctx context.Context, name string, qtype uint16) pending {
	name, ok := canonical(name)
	if !ok {
		r.stats.impossible.Add(1)
		return pending{answer: &answer{kind: impossible}}
	}
	k := key{name, qtype}
	p := r.cache.part(k)
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.get(k, r.now()); a != nil && !filters.IsFresh(ctx) {
		r.stats.hits.Add(1)
		return pending{answer: a}
	}
	f := p.flights[k]
	if f == nil {
		var a *answer
		if f, a = r.depart(ctx, k); a != nil {
			return pending{answer: a}
		}
		p.flights[k] = f
	} else {
		r.stats.shared.Add(1)
	}
	f.waiting++
	return pending{part: p, key: k, flight: f}
}

// depart starts a question, unless nobody could wait for its answer or the message has asked enough.
func (r *Resolver) depart(ctx context.Context, k key) (*flight, *answer) {
	if ctx.Err() != nil {
		return nil, gaveUp(ctx)
	}
	asks := filters.QuestionsOf(ctx)
	if !asks.Take() {
		r.stats.spent.Add(1)
		return nil, &answer{kind: spent}
	}
	s := r.settings.Load()
	patience := s.patience()
	if end, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(end))
	}
	f := &flight{done: make(chan struct{})}
	var mine context.Context
	mine, f.cancel = context.WithTimeout(filters.WithQuestions(r.life, asks), s.patience()+grace)
	if !r.launch(func() { r.fly(mine, s, k, f, patience/time.Duration(s.Attempts)) }) {
		f.cancel()
		return nil, &answer{kind: given}
	}
	return f, nil
}

// await waits for a flight. The last one to leave before its end gives it up.
func (r *Resolver) await(ctx context.Context, w *pending) *answer {
	if w.answer != nil {
		return w.answer
	}
	f, p := w.flight, w.part
	select {
	case <-f.done:
		return f.answer
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-f.done: // both at once
		return f.answer
	default:
	}
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if p.flights[w.key] == f {
			delete(p.flights, w.key)
		}
	}
	return gaveUp(ctx)
}

// gaveUp is the answer for somebody who did not wait for it.
func gaveUp(ctx context.Context) *answer {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &answer{kind: timeout}
	}
	return &answer{kind: given}
}

// fly asks and hands the answer to the cache and to all who wait. try is how long the first try may take.
func (r *Resolver) fly(ctx context.Context, s *settings, k key, f *flight, try time.Duration) {
	began := time.Now()
	defer f.cancel()
	a := r.board(ctx, s, k, try)
	if r.hooks.Answered != nil {
		r.hooks.Answered(a.kind.String(), time.Since(began))
	}
	p := r.cache.part(k)
	p.mu.Lock()
	if p.flights[k] == f {
		delete(p.flights, k)
		if ttl := s.keep(a); ttl > 0 {
			p.put(k, a, r.now().Add(ttl))
		}
	}
	f.answer = a
	close(f.done)
	p.mu.Unlock()
}

// board waits for one of the places of the questions under way, and asks.
func (r *Resolver) board(ctx context.Context, s *settings, k key, try time.Duration) *answer {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return &answer{kind: given}
		}
		return &answer{kind: overloaded}
	}
	return r.ask(ctx, s, k, try)
}

// keep tells how long an answer is kept; 0: not at all.
func (s *settings) keep(a *answer) time.Duration {
	switch a.kind {
	case found:
		return min(max(a.ttl, s.MinTTL.D()), s.MaxTTL.D())
	case absent:
		if a.ttl == 0 {
			return s.FailureTTL.D() // without a SOA nobody says for how long (RFC 2308 section 5)
		}
		return min(max(a.ttl, s.MinTTL.D()), s.NegativeTTL.D())
	case servfail, refused, timeout, malformed, truncated, chain:
		return s.FailureTTL.D()
	}
	return 0
}
