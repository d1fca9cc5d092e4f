package bayes

import (
	"context"
	"sync"
	"time"

	"weir/filters"
	"weir/scoring/bayes"
)

// memory is what this gateway has in memory of what was learned: the store's copy of the counts, which follows by
// itself, and the linear model, which is fitted anew after something was learned.
type memory struct {
	store   filters.Store
	replica *filters.Replica

	mu     sync.Mutex
	sample sample
	linear *bayes.Linear
	fitted filters.Version // the table's version when linear was fitted
	busy   chan struct{}   // closed when the fitting on its way ends; nil: none is
	next   time.Time       // no fitting before this
	closed bool
	stop   context.CancelFunc
	ctx    context.Context
}

// Fitting takes at most about a tenth of one core: the pause after one is ten times as long as it took, from half a second on.
const (
	leastPause = 500 * time.Millisecond
	pauseTimes = 10
)

// How long a message waits for the linear model to be fitted. It waits only after a pause in learning or at the start;
// while others wait or learning goes on, the model that is there serves. At the start there is none: a scan from the
// command line would judge its first mails by the counts alone.
const (
	patience      = time.Second
	firstPatience = 3 * time.Second
)

func newMemory(s filters.Store) *memory {
	m := &memory{store: s, replica: s.Replica(site.table)}
	m.ctx, m.stop = context.WithCancel(context.Background())
	return m
}

func (m *memory) close() {
	m.mu.Lock()
	m.closed = true
	busy := m.busy
	m.mu.Unlock()
	m.stop()
	if busy != nil {
		<-busy
	}
}

// model gives what to judge by.
func (m *memory) model(ctx context.Context) (bayes.Model[filters.View], filters.ReplicaState) {
	state := m.replica.State()
	for end := time.Now().Add(patience); !state.Known && time.Now().Before(end) && ctx.Err() == nil; state = m.replica.State() {
		time.Sleep(5 * time.Millisecond)
	}
	return bayes.Model[filters.View]{Table: m.replica.View(), Linear: m.current(ctx, state.Version)}, state
}

// current gives the linear model, fitted to all that was learned up to a version if that can be had soon.
func (m *memory) current(ctx context.Context, v filters.Version) *bayes.Linear {
	m.mu.Lock()
	if m.fitted == v || m.closed || m.busy == nil && time.Now().Before(m.next) {
		defer m.mu.Unlock()
		return m.linear
	}
	mine := m.busy == nil
	if mine {
		m.busy = make(chan struct{})
		go m.fit(v)
	}
	busy, have := m.busy, m.linear
	m.mu.Unlock()
	if !mine && have != nil {
		return have
	}
	limit := patience
	if have == nil {
		limit = firstPatience
	}
	select {
	case <-busy:
	case <-ctx.Done():
	case <-time.After(limit):
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.linear
}

// fit brings the sample up to date and fits the linear model to it.
func (m *memory) fit(v filters.Version) {
	began := time.Now()
	list, err := m.sample.update(m.ctx, m.store, site, v)
	var l *bayes.Linear
	if err == nil {
		l = bayes.Fit(list)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err == nil {
		m.linear, m.fitted = l, v
	}
	m.next = time.Now().Add(max(leastPause, pauseTimes*time.Since(began)))
	close(m.busy)
	m.busy = nil
}
