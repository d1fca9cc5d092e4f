package dnslist

import (
	"context"
	"fmt"
	"sync"
	"time"

	"weir/filters"
)

// Config is what the filters of lists have in common: a part of their tables.
type Config struct {
	Filter string // its name
	Kinds  []Kind // what its lists can be asked about
	Zones  Zones
	Budget time.Duration // longest wait for all answers about one subject of mail
	Max    float64       // what symbols above 0 add up to at most
	Least  float64       // what symbols below 0 add up to at least
}

// Set is the lists of one filter. It is safe for use by many goroutines.
type Set struct {
	Config
	lists    []*list
	byKind   map[Kind][]*list
	resolver filters.Resolver
	pace     pace

	ctx    context.Context
	cancel context.CancelFunc
	nudge  chan struct{}
	keep   sync.Once

	mu     sync.Mutex
	closed bool
	all    sync.WaitGroup // goroutines that probe
}

// New checks the zones and makes a Set of those that are on. Nothing is asked before a mail needs it. Where the gateway is
// offline the set is empty. It must be closed.
func New(c Config, env filters.Env) (*Set, error) {
	s := &Set{Config: c, byKind: map[Kind][]*list{}, resolver: env.Resolver, pace: usual, nudge: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, name := range c.Zones.names() {
		if err := c.Zones.check(name, c.Kinds); err != nil {
			return nil, err
		}
		z := c.Zones[name]
		if z.Enabled && z.hasKey() && !env.Offline && env.Resolver != nil {
			s.add(newList(c.Filter, name, z))
		}
	}
	if c.Budget <= 0 || c.Budget > time.Minute {
		return nil, fmt.Errorf("budget must be from 1ms to 1m")
	}
	if c.Max < 0 || c.Least > 0 {
		return nil, fmt.Errorf("max_score must be 0 or more, min_score 0 or less")
	}
	return s, nil
}

func (s *Set) add(l *list) {
	s.lists = append(s.lists, l)
	for _, k := range l.zone.Ask {
		s.byKind[k] = append(s.byKind[k], l)
	}
}

// Asks tells whether any list is asked about a kind.
func (s *Set) Asks(k Kind) bool { return len(s.byKind[k]) > 0 }

// Close ends all probes and waits for them.
func (s *Set) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.all.Wait()
	return nil
}

// enter notes a goroutine; false: the set is closed.
func (s *Set) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.all.Add(1)
	return true
}

func (s *Set) leave() { s.all.Done() }

// wake lets the keeper look at the lists again.
func (s *Set) wake() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// begin starts the keeper, with the first question.
func (s *Set) begin() {
	s.keep.Do(func() {
		if s.enter() {
			go s.keeper()
		}
	})
}

// keeper probes lists when they are due: those that are off, until they are well again, and those that are used.
func (s *Set) keeper() {
	defer s.leave()
	timer := time.NewTimer(s.pace.idle)
	defer timer.Stop()
	for {
		timer.Reset(s.probeDue())
		select {
		case <-s.ctx.Done():
			return
		case <-timer.C:
		case <-s.nudge:
		}
	}
}

// probeDue starts the probes that are due and tells when to look again.
func (s *Set) probeDue() time.Duration {
	next := s.pace.idle
	for _, l := range s.lists {
		l.mu.Lock()
		in, ok := l.health.due(now(), s.pace)
		l.mu.Unlock()
		switch {
		case ok && in <= 0:
			s.startProbe(l)
		case ok:
			next = min(next, in)
		}
	}
	return next
}

// Troubles lists the lists that are off.
func (s *Set) Troubles() (all []filters.Trouble) {
	for _, l := range s.lists {
		if t := l.trouble(); t != nil {
			all = append(all, *t)
		}
	}
	return all
}

// Counts lists what was answered about mail: listed, clean, unknown_code (in 127.0.0.0/8, but not configured), refused
// (and other answers that never count), failed, skipped (the list was off).
func (s *Set) Counts() (all []filters.Count) {
	for _, l := range s.lists {
		all = append(all, l.counts.all(l.name)...)
	}
	return all
}

// Probe tries every list now.
func (s *Set) Probe(ctx context.Context) []filters.Trouble {
	all := make([]filters.Trouble, len(s.lists))
	var each sync.WaitGroup
	for i, l := range s.lists {
		each.Go(func() {
			all[i] = filters.Trouble{Subject: l.name, Text: "the DNS list " + l.name + " (" + l.zone.Zone + ") is well"}
			select {
			case <-s.startProbe(l):
			case <-ctx.Done():
			}
			if t := l.trouble(); t != nil {
				all[i] = *t
			}
		})
	}
	each.Wait()
	return all
}
