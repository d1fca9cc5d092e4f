package filtertest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/filters"
)

// Store is a memory of entries for tests, with a clock of the test's own. It has no streams and tables: filters that
// use those are tested with a real store. It keeps TTLs, not budgets. The zero value is empty; Now must be set.
type Store struct {
	Now   func() time.Time
	Err   error // given to every operation; nil: the store works
	Trips int   // calls of Do so far

	mu      sync.Mutex
	entries map[string]*entry
}

type entry struct {
	first, last, ends time.Time
	times             int
	values            []float64
	tokens            float64
	members           []uint64
	data              []byte
}

// Do runs the operations in order.
func (s *Store) Do(_ context.Context, b *filters.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Trips++
	for _, op := range b.Ops {
		err := op.Check()
		if err == nil {
			err = s.Err
		}
		if op.Fail(err); err == nil {
			s.one(op)
		}
	}
	for _, op := range b.Ops {
		if op.Failure() != nil {
			return op.Failure()
		}
	}
	return nil
}

// Replica is empty, and nothing is known of its table.
func (s *Store) Replica(filters.Table) *filters.Replica { return &filters.Replica{} }

// Len counts the living entries of a family, or of all where name is "".
func (s *Store) Len(name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range s.entries {
		if family, _, _ := strings.Cut(key, "\x00"); (name == "" || family == name) && e.ends.After(s.Now()) {
			n++
		}
	}
	return n
}

func (s *Store) one(op filters.Op) {
	e, ok := op.(filters.EntryOp)
	if !ok {
		op.Fail(fmt.Errorf("%w: filtertest.Store has no %T", filters.ErrBadOperation, op))
		return
	}
	family, name := e.Target()
	key := family.Name + "\x00" + strings.ToLower(name.Who) + "\x00" + strings.ToLower(name.With) + "\x00" + name.What
	now := s.Now()
	known := s.entries[key]
	if known != nil && !known.ends.After(now) {
		known = nil
	}
	next := s.apply(op, known, now)
	switch {
	case !e.Writes():
	case next == nil:
		delete(s.entries, key)
	default:
		if known == nil || family.Slide {
			next.ends = now.Add(family.TTL)
		}
		if s.entries == nil {
			s.entries = map[string]*entry{}
		}
		s.entries[key] = next
	}
}

// apply gives the entry after an operation; nil: there is none.
func (s *Store) apply(op filters.Op, known *entry, now time.Time) *entry {
	e := entry{first: now, last: now}
	if known != nil {
		e = *known
	}
	switch op := op.(type) {
	case *filters.Sight:
		if op.New = known == nil && op.Mark; known != nil {
			op.First, op.Last, op.Times = e.first, e.last, e.times
		}
		if op.Mark {
			e.last, e.times = now, e.times+1
			op.First, op.Times = e.first, e.times
		}
	case *filters.Counter:
		count(op, &e, known != nil, now)
	case *filters.Taking:
		take(op, &e, known != nil, now)
	case *filters.Set:
		for _, m := range op.Add {
			e.members = append(slices.DeleteFunc(slices.Clone(e.members), func(x uint64) bool { return x == m }), m)
		}
		if hold := max(op.Hold, 0); hold > 0 && len(e.members) > hold {
			e.members = e.members[len(e.members)-hold:]
		}
		op.Members = e.members
	case *filters.Value:
		if op.Found = known != nil; op.Remove {
			return nil
		}
		if op.Put {
			e.data = op.Data
		}
		op.Data = e.data
	}
	return &e
}

func count(op *filters.Counter, e *entry, known bool, now time.Time) {
	values := make([]float64, max(len(e.values), len(op.Add)))
	copy(values, e.values)
	for i := range values {
		if op.HalfLife > 0 {
			values[i] *= math.Exp2(-now.Sub(e.last).Seconds() / op.HalfLife.Seconds())
		}
		if i < len(op.Add) {
			values[i] += op.Add[i]
		}
		if op.Cap > 0 {
			values[i] = max(min(values[i], op.Cap), -op.Cap)
		}
	}
	if e.values, e.last = values, now; known || len(op.Add) > 0 {
		op.Values = values
	}
}

func take(op *filters.Taking, e *entry, known bool, now time.Time) {
	tokens := op.Burst
	if known {
		tokens = min(op.Burst, e.tokens+now.Sub(e.last).Seconds()*op.Rate)
	}
	if op.OK = tokens >= op.Cost; op.OK {
		tokens -= op.Cost
	} else if op.Cost > op.Burst || op.Rate == 0 {
		op.Wait = -1
	} else {
		op.Wait = time.Duration((op.Cost - tokens) / op.Rate * float64(time.Second))
	}
	op.Left, e.tokens, e.last = tokens, tokens, now
}
