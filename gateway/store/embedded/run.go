package embedded

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// run is one batch on its way. While it works it holds the store's lock and, where pages must be read from the file, a
// read transaction.
type run struct {
	s       *Store
	ctx     context.Context
	now     time.Time
	tx      *bolt.Tx
	locked  bool
	durable []filters.Op // what is sure only with the next transaction
}

// all runs the operations. A panic, as bbolt's on a damaged page, fails all of them: nothing is known then.
func (r *run) all(ops []filters.Op) {
	var damage error
	defer func() {
		if damage != nil {
			r.pause()
			fail(ops, damage)
		}
	}()
	defer caughtDamage(&damage)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for _, op := range ops {
		op.Fail(op.Check())
		if op.Failure() == nil {
			op.Fail(r.one(op))
		}
	}
	r.pause()
	r.settle()
}

func caughtDamage(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: the file is damaged: restore a backup with `weir state import` (%v)", filters.ErrStoreDown, p)
	}
}

func (r *run) one(op filters.Op) error {
	switch op := op.(type) {
	case filters.EntryOp:
		r.resume()
		return r.entry(op)
	case *filters.Appending:
		r.resume()
		r.durable = append(r.durable, op)
		return r.append(op)
	case *filters.Learning:
		r.resume()
		r.durable = append(r.durable, op)
		return r.learn(op)
	case *filters.Clearing:
		r.resume()
		r.durable = append(r.durable, op)
		return r.clear(op)
	case *filters.Marking:
		r.resume()
		if r.s.ill { // what was learned since may never come into the file: nobody is told that it is known already
			r.durable = append(r.durable, op)
		}
		return r.marked(op)
	case *filters.Peeking:
		r.resume()
		return r.peek(op)
	case *filters.Changing:
		r.resume()
		return r.changes(op)
	case *filters.Reading:
		r.pause()
		return r.s.read(r.ctx, op)
	}
	return fmt.Errorf("%w: %T", filters.ErrBadOperation, op)
}

func (r *run) resume() {
	if !r.locked {
		r.s.mu.Lock()
		r.locked = true
	}
}

// pause gives the lock back and ends the transaction: a writer may have to wait for it.
func (r *run) pause() {
	if r.tx != nil {
		_ = r.tx.Rollback() // a read transaction: nothing to lose
		r.tx = nil
	}
	if r.locked {
		r.s.unload()
		r.locked = false
		r.s.mu.Unlock()
	}
}

// settle waits until what must not be lost is in the file.
func (r *run) settle() {
	if len(r.durable) == 0 {
		return
	}
	err := r.s.commit(r.ctx)
	if err == nil {
		return
	}
	for _, op := range r.durable {
		if op.Failure() == nil {
			op.Fail(err)
		}
	}
}

func (r *run) entry(op filters.EntryOp) error {
	family, name := op.Target()
	layout, err := r.s.families.Layout(family)
	if err != nil {
		return err
	}
	k := r.s.keys.Key(family.Name, name)
	id := pageID{bucket: "f:" + family.Name, buckets: layout.Buckets, index: layout.Bucket(k)}
	p, mine, err := r.load(id)
	if err != nil {
		return err
	}
	content, end := entry.Live(p.stored(&k), family, r.now)
	var change entry.Change
	r.s.scratch, end, change = entry.Apply(op, r.s.scratch[:0], content, end, r.now)
	return r.change(op, id, p, mine, layout, &k, end, change)
}

func (r *run) change(op filters.Op, id pageID, p page, mine bool, layout *backend.Layout, k *key.Key, end time.Time, change entry.Change) error {
	if change == entry.Nothing {
		return op.Failure()
	}
	if !mine {
		if len(r.s.dirty.pages) >= maxDirty {
			return fmt.Errorf("%w: too much is unwritten; is the disk full?", filters.ErrNotKept)
		}
		p = append(make(page, 0, len(p)+recordHead+64), p...)
	}
	if change == entry.Remove {
		p = p.without(k)
	} else {
		p = p.with(k, r.s.scratch, end, layout.Room, r.now)
	}
	r.s.dirty.pages[id] = p
	return op.Failure()
}

// load gives a page as it is now. mine: it may be changed in place.
func (r *run) load(id pageID) (p page, mine bool, err error) {
	if p, ok := r.s.dirty.pages[id]; ok {
		return p, true, nil
	}
	if r.s.flushing != nil {
		if p, ok := r.s.flushing.pages[id]; ok {
			return p, false, nil
		}
	}
	if err := r.begin(); err != nil {
		return nil, false, err
	}
	return id.read(r.tx), false, nil
}

func (r *run) begin() error {
	if r.tx != nil {
		return nil
	}
	tx, err := r.s.db.Begin(false)
	if err != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	r.tx = tx
	return nil
}
