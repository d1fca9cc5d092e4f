package serve

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"weir/filters"
	"weir/gateway/store"
	"weir/gateway/store/backend"
)

// moving is a store that may move to another process while filters use it: between pause and resume they wait.
type moving struct {
	mu     sync.Mutex
	now    store.State
	paused chan struct{} // closed by resume; nil: nothing is on its way
	busy   sync.WaitGroup
}

// movePatience is how long an operation waits for the store to arrive; as with any store that does not answer, what it
// asked for is not known then.
const movePatience = 2 * time.Second

// enter gives the store of the moment, and what to call when done with it.
func (m *moving) enter(ctx context.Context) (store.State, func(), error) {
	for {
		m.mu.Lock()
		now, paused := m.now, m.paused
		if paused == nil {
			m.busy.Add(1)
			m.mu.Unlock()
			return now, m.busy.Done, nil
		}
		m.mu.Unlock()
		select {
		case <-paused:
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("%w: %w", filters.ErrStoreDown, ctx.Err())
		case <-time.After(movePatience):
			return nil, nil, fmt.Errorf("%w: it is on its way to another process", filters.ErrStoreDown)
		}
	}
}

// pause lets no operation begin, waits for those under way, and closes the store.
func (m *moving) pause() error {
	m.mu.Lock()
	if m.paused == nil {
		m.paused = make(chan struct{})
	}
	m.mu.Unlock()
	m.busy.Wait()
	return m.now.Close()
}

// resume goes on with another store.
func (m *moving) resume(now store.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = now
	if m.paused != nil {
		close(m.paused)
		m.paused = nil
	}
}

// Do is filters.Store's.
func (m *moving) Do(ctx context.Context, b *filters.Batch) error {
	s, done, err := m.enter(ctx)
	if err != nil {
		for _, op := range b.Ops {
			op.Fail(err)
		}
		return err
	}
	defer done()
	return s.Do(ctx, b)
}

// Replica is filters.Store's.
func (m *moving) Replica(t filters.Table) *filters.Replica {
	s, done, err := m.enter(context.Background())
	if err != nil {
		return &filters.Replica{}
	}
	defer done()
	return s.Replica(t)
}

// Stats is store.State's.
func (m *moving) Stats(ctx context.Context) (list []backend.Stat, err error) {
	s, done, err := m.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return s.Stats(ctx)
}

// Export is store.State's.
func (m *moving) Export(ctx context.Context, w io.Writer) error {
	s, done, err := m.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	return s.Export(ctx, w)
}

// Import is store.State's.
func (m *moving) Import(ctx context.Context, r io.Reader, replace bool) (int, error) {
	s, done, err := m.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	return s.Import(ctx, r, replace)
}

// Forget is store.State's.
func (m *moving) Forget(ctx context.Context, who string) (int, error) {
	s, done, err := m.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	return s.Forget(ctx, who)
}

// Close closes the store of the moment. Operations that come later fail.
func (m *moving) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.paused != nil { // it was closed when it left
		return nil
	}
	return m.now.Close()
}
