// Package follow keeps replicas of tables up to date over a store: it loads a table once, then asks for what changed.
//
// A replica has a version. Changes carry the new values of cells, so applying one twice does no harm, and each names
// the change before it: where they do not fit together (too many were missed, the table began anew, a failover lost
// some), the table is loaded again. Meanwhile the old copy serves and is marked stale.
package follow

import (
	"context"
	"errors"
	"sync"
	"time"

	"weir/filters"
)

// Every is how often changes are asked for.
const Every = 500 * time.Millisecond

// patience is for one question.
const patience = 5 * time.Second

// Replicas are the replicas of one store. It serves many goroutines.
type Replicas struct {
	store interface {
		Do(ctx context.Context, b *filters.Batch) error
	}
	ctx  context.Context
	stop context.CancelFunc

	mu   sync.Mutex
	all  map[string]*follower
	over bool
	runs sync.WaitGroup
}

type follower struct {
	table   filters.Table
	replica *filters.Replica
	wake    chan struct{}
}

// New makes an empty set of replicas.
func New(store interface {
	Do(ctx context.Context, b *filters.Batch) error
}) *Replicas {
	ctx, stop := context.WithCancel(context.Background())
	return &Replicas{store: store, ctx: ctx, stop: stop, all: map[string]*follower{}}
}

// Get gives the replica of a table, and begins to follow it at the first call for its path.
func (r *Replicas) Get(path string, t filters.Table) *filters.Replica {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.all[path]; ok {
		return f.replica
	}
	f := &follower{table: t, replica: &filters.Replica{}, wake: make(chan struct{}, 1)}
	if t.Check() != nil || r.over {
		return f.replica
	}
	r.all[path] = f
	r.runs.Go(func() { r.follow(f) })
	return f.replica
}

// Wake makes the replica of a path ask at once, after this process changed the table.
func (r *Replicas) Wake(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.all[path]; ok {
		select {
		case f.wake <- struct{}{}:
		default:
		}
	}
}

// Close ends the following.
func (r *Replicas) Close() {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.stop()
	r.runs.Wait()
}

func (r *Replicas) follow(f *follower) {
	for {
		if err := r.step(f); err != nil {
			state := f.replica.State()
			state.Stale = true
			f.replica.SetState(state)
		}
		select {
		case <-r.ctx.Done():
			return
		case <-f.wake:
		case <-time.After(Every):
		}
	}
}

// step brings a replica up to date.
func (r *Replicas) step(f *follower) error {
	state := f.replica.State()
	if !state.Known {
		return r.load(f)
	}
	return r.catchUp(f, f.replica.View(), state.Version)
}

var errGap = errors.New("follow: changes are missing")

// catchUp applies changes until there are no more.
func (r *Replicas) catchUp(f *follower, view filters.View, at filters.Version) error {
	for {
		c, err := r.changes(f, at)
		if err != nil {
			return err
		}
		if c.Gap {
			state := f.replica.State()
			state.Stale = state.Known
			f.replica.SetState(state)
			return r.load(f)
		}
		apply(view, c.Cells)
		at = c.Version
		if !c.More {
			f.replica.SetState(filters.ReplicaState{Version: at, Known: true})
			return nil
		}
	}
}

func apply(view filters.View, cells []filters.Cell) {
	for _, c := range cells {
		view.Set(c.Index, c.Value)
	}
}

func (r *Replicas) changes(f *follower, after filters.Version) (*filters.Changing, error) {
	var b filters.Batch
	c := b.Changes(&f.table, after)
	return c, r.do(&b)
}

func (r *Replicas) do(b *filters.Batch) error {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	return r.store.Do(ctx, b)
}

// load reads the whole table into new cells, then what changed meanwhile, and puts them in place of the old.
func (r *Replicas) load(f *follower) error {
	for range 5 {
		view, at, err := r.read(f)
		if err != nil {
			return err
		}
		at, err = r.settle(f, view, at)
		if errors.Is(err, errGap) {
			continue
		}
		if err == nil {
			f.replica.SetView(view)
			f.replica.SetState(filters.ReplicaState{Version: at, Known: true})
		}
		return err
	}
	return errGap
}

// read reads all cells. The version is that of before the reading: some cells may be newer.
func (r *Replicas) read(f *follower) (view filters.View, at filters.Version, err error) {
	const portion = 1 << 16
	for from := uint32(0); from < f.table.Cells; from += portion {
		var b filters.Batch
		p := b.Peek(&f.table, from, min(portion, f.table.Cells-from))
		if err := r.do(&b); err != nil {
			return nil, at, err
		}
		if from == 0 {
			if at = p.Version; at == (filters.Version{}) {
				return nil, at, nil
			}
			view = make(filters.View, f.table.Cells)
		}
		copy(view[from:], p.Values)
	}
	return view, at, nil
}

// settle applies what changed while the cells were read.
func (r *Replicas) settle(f *follower, view filters.View, at filters.Version) (filters.Version, error) {
	for {
		c, err := r.changes(f, at)
		if err != nil {
			return at, err
		}
		if c.Gap {
			return at, errGap
		}
		apply(view, c.Cells)
		if at = c.Version; !c.More {
			return at, nil
		}
	}
}
