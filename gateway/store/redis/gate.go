package redis

import (
	"context"
	"fmt"
	"sync"
	"time"

	"weir/filters"
)

// gates is the breaker. After three failures in a row a gate closes, and whoever comes is refused at once instead of
// waiting out the budget; meanwhile one goroutine asks the server until it answers. A single server has one gate; a
// cluster has one for each 256 slots, so a dead node does not take the others with it.
type gates struct {
	ask func(ctx context.Context, key string) error // asks for a key
	say func(err error)                             // the first gate closed (err), the last opened (nil)

	mu     sync.Mutex
	gate   []gate
	closed int  // gates that are closed
	asking bool // the goroutine runs
	over   bool // the store is closed
	stop   chan struct{}
	ended  sync.WaitGroup
}

type gate struct {
	failures int
	closed   error  // why; nil: open
	key      string // by which the server is asked
}

const (
	tolerance = 3
	askEvery  = 250 * time.Millisecond
)

func newGates(n int) *gates { return &gates{gate: make([]gate, n), stop: make(chan struct{})} }

// of gives the number of a key's gate.
func (g *gates) of(key string) int {
	if len(g.gate) == 1 {
		return 0
	}
	return int(slot(key)) * len(g.gate) / 16384
}

// pass gives an error where a gate is closed.
func (g *gates) pass(n int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if cause := g.gate[n].closed; cause != nil {
		return fmt.Errorf("%w for a while: %w", filters.ErrStoreDown, cause)
	}
	return nil
}

// passed notes how it went: err is nil, or why the server did not answer.
func (g *gates) passed(n int, key string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := &g.gate[n]
	if err == nil {
		at.failures = 0
		return
	}
	if at.failures++; at.failures < tolerance || at.closed != nil || g.over {
		return
	}
	at.closed, at.key = err, key
	if g.closed++; g.closed == 1 {
		g.say(err)
	}
	if !g.asking {
		g.asking = true
		g.ended.Go(g.askUntilOpen)
	}
}

// askUntilOpen asks for the closed gates' keys in turn until all are open.
func (g *gates) askUntilOpen() {
	for {
		select {
		case <-g.stop:
			return
		case <-time.After(askEvery):
		}
		for n := range g.gate {
			if key, closed := g.keyOf(n); closed {
				g.try(n, key)
			}
		}
		if g.done() {
			return
		}
	}
}

func (g *gates) keyOf(n int) (string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.gate[n].key, g.gate[n].closed != nil
}

func (g *gates) try(n int, key string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := g.ask(ctx, key)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.gate[n].closed = err
		return
	}
	g.gate[n] = gate{}
	if g.closed--; g.closed == 0 {
		g.say(nil)
	}
}

func (g *gates) done() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asking = g.closed > 0
	return !g.asking
}

func (g *gates) close() {
	g.mu.Lock()
	g.over = true
	g.mu.Unlock()
	close(g.stop)
	g.ended.Wait()
}
