// Package embedded is the store in one file (bbolt), for one machine without Redis.
//
// Entries live in pages: a family is cut into buckets, and each bucket is one value of the file. What operations change
// is kept in memory first, and written once a second, all that has come together in one transaction with one fsync. So
// counting costs microseconds, and a crash costs at most the last second of counting. What must not be lost (Append,
// Learn, Clear) waits for its transaction, which it shares with all others that wait at the time. A crash at any moment
// leaves the file as it was after some transaction: a Learn is in it whole or not at all.
//
// A table's cells are in memory, which is also what its Replica reads, and in the file as chunks plus a log of changes
// since the chunks were written. When the log has grown, the changed chunks are written again and the log is emptied. Of
// the tables that belong to a domain or a person, only those used last are in memory.
//
// The file belongs to one process at a time; others reach it over the control socket (package control).
package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/clock"
	"weir/gateway/store/key"
)

// ErrInUse says that another process has the file.
var ErrInUse = errors.New("store: the file is in use by another process")

// Options are what Open needs to know.
type Options struct {
	Path    string         // the file; it is made, with mode 0600, where it does not exist
	Keys    *key.Keyer     //
	Clock   *clock.Clock   // nil: this machine's
	Budgets map[string]int // by family; override those of the filters
	Hooks   backend.Hooks  //
	Wait    time.Duration  // how long to wait for another process to close the file; 0: a second
	Flush   time.Duration  // how long counting may be unwritten; 0: a second
	Sweep   time.Duration  // how often ended entries are removed from the file; 0: ten minutes
}

const (
	pageSize = 32 // entries of one bucket: a page of the file or less
	maxDirty = 32 << 10
)

// Store is the store. It serves many goroutines.
type Store struct {
	db       *bolt.DB
	keys     *key.Keyer
	clock    *clock.Clock
	hooks    backend.Hooks
	families *backend.Families

	mu       sync.Mutex
	dirty    *work                       // what is to be written
	flushing *work                       // what is being written; nil: nothing
	tables   map[string]*table           // by path
	scoped   int                         // bytes of those with a scope, or more: see unload
	uses     uint64                      // how often one of those was used
	last     map[string]filters.Position // streams' last positions, by path
	restored map[string]streamInfo       // streams that Restore began, by path
	waiting  []chan error                // who waits for the next transaction
	scratch  []byte
	ill      bool // the last transaction failed

	wake   chan struct{}
	closed chan struct{} // closed when Close begins
	ended  sync.WaitGroup
	once   sync.Once
}

// Open opens the file, or makes it.
func Open(o Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db, err := openFile(o.Path, orElse(o.Wait, time.Second))
	if err != nil {
		return nil, err
	}
	s := newStore(db, o)
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.ended.Add(2)
	go s.flushEvery(orElse(o.Flush, time.Second))
	go s.sweepEvery(orElse(o.Sweep, 10*time.Minute))
	return s, nil
}

func newStore(db *bolt.DB, o Options) *Store {
	s := &Store{
		db: db, keys: o.Keys, clock: o.Clock, hooks: o.Hooks,
		dirty: newWork(), tables: map[string]*table{}, last: map[string]filters.Position{}, restored: map[string]streamInfo{},
		wake: make(chan struct{}, 1), closed: make(chan struct{}),
	}
	if s.clock == nil {
		s.clock = clock.New(nil, nil)
	}
	s.families = &backend.Families{Size: pageSize, Budgets: o.Budgets, OnNew: s.declare}
	return s
}

// openFile opens a file that may be damaged: bbolt then panics, or reads beyond the end of a file that was cut off.
// The list of free pages is kept in the file: without it bbolt v1.4.3 walks the whole file at the start, and tells of
// damage by a panic on a goroutine of its own, which nobody can catch.
func openFile(path string, wait time.Duration) (db *bolt.DB, err error) {
	defer caught(&err, fmt.Sprintf("store: %s is damaged: restore a backup with `weir state import`, or move the file away to begin anew", path))
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout: wait, FreelistType: bolt.FreelistArrayType, InitialMmapSize: 64 << 20,
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrInUse, path)
	case err != nil:
		return nil, fmt.Errorf("store: %s: %w", path, err)
	}
	return db, nil
}

// caught turns a panic into an error, also that of reading a mapped file beyond its end.
func caught(err *error, what string) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s (%v)", what, r)
	}
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// Close writes what is unwritten and closes the file.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closed)
		s.ended.Wait()
		err = errors.Join(s.flush(true), s.db.Close())
	})
	return err
}

// Do runs a batch.
func (s *Store) Do(ctx context.Context, b *filters.Batch) (err error) {
	started := time.Now()
	defer func() { s.hooks.Done(started, len(b.Ops), err) }()
	if err := s.usable(ctx); err != nil {
		return fail(b.Ops, err)
	}
	r := run{s: s, ctx: ctx, now: s.clock.Now()}
	r.all(b.Ops)
	for _, op := range b.Ops {
		if op.Failure() != nil {
			return op.Failure()
		}
	}
	return nil
}

func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.closed:
		return fmt.Errorf("%w: it is closed", filters.ErrStoreDown)
	default:
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	return nil
}

func fail(ops []filters.Op, err error) error {
	for _, op := range ops {
		op.Fail(err)
	}
	return err
}
