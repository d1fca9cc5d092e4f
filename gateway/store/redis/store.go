// Package redis is the store on Redis 7, for several gateways: a single server, one behind Sentinel, or a Cluster.
//
// A batch is one pipeline. An operation that only reads is one HGET; one that changes is one call of a small script on
// one key, so it is atomic and any cluster can run it. A family's entries are in a bounded number of hashes
// ("weir:e:<family>:<buckets>.<index>"), small enough that Redis keeps them packed: about 50 bytes an entry instead of
// 150. A table is a string of cells with its marks and changes, all under one hash tag.
//
// A batch has 200 ms. When the server fails three times in a row, it is not asked for a while but by one goroutine,
// and batches fail at once. A server that is full or read-only still answers what it knows: such results carry
// ErrNotKept.
package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/clock"
	"weir/gateway/store/follow"
	"weir/gateway/store/key"
)

// Options are what Open needs to know.
type Options struct {
	Server  Server
	Prefix  string         // of all keys; "": "weir"
	Keys    *key.Keyer     //
	Clock   *clock.Clock   // nil: the server's
	Budgets map[string]int // by family; override those of the filters
	Hooks   backend.Hooks  //
}

const (
	bucketSize = 128             // entries of one hash: what Redis keeps packed by default
	longBudget = 5 * time.Second // for streams and tables
)

// Store is the store. It serves many goroutines.
type Store struct {
	server   Server
	prefix   string
	keys     *key.Keyer
	hooks    backend.Hooks
	families *backend.Families
	replicas *follow.Replicas
	gates    *gates
	clock    *clock.Clock
	ownClock bool         // clock follows the server's
	offset   atomic.Int64 // the server's time less ours, in nanoseconds
	budget   time.Duration

	client   atomic.Pointer[goredis.UniversalClient]
	renewed  atomic.Int64 // when the client was last replaced, in nanoseconds
	refused  atomic.Pointer[error]
	trouble  sync.Map // kinds of trouble that are on → true
	restored sync.Map // what Restore began: a stream's path, or "table " and a table's → backend.Record
	streams  sync.Map // streams that were added to: name → streamAbout

	closed chan struct{}
	wake   chan struct{}
	ended  sync.WaitGroup
	once   sync.Once
}

// ErrSecret says that another gateway uses this Redis with another secret: neither would find what the other knows.
var ErrSecret = errors.New("store: the state belongs to another secret")

// Open makes the store. A server that does not answer is no error: the gateway works without it until it does.
func Open(o Options) (*Store, error) {
	s := &Store{
		server: o.Server, prefix: o.Prefix, keys: o.Keys, hooks: o.Hooks, clock: o.Clock,
		budget: o.Server.Budget, closed: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	if s.prefix == "" {
		s.prefix = "weir"
	}
	if s.budget == 0 {
		s.budget = 200 * time.Millisecond
	}
	if s.clock == nil {
		s.ownClock = true
		s.clock = clock.New(func() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) }, nil)
	}
	s.families = &backend.Families{Size: bucketSize, Budgets: o.Budgets, OnNew: s.declare}
	s.gates = newGates(1)
	if o.Server.Cluster {
		s.gates = newGates(64)
	}
	s.gates.ask, s.gates.say = s.ask, func(err error) { s.say("down", err) }
	client := o.Server.connect()
	s.client.Store(&client)
	s.replicas = follow.New(s)
	if err := s.greet(); errors.Is(err, ErrSecret) {
		return nil, errors.Join(err, s.Close())
	}
	s.ended.Go(s.tend)
	return s, nil
}

func (s *Store) redis() goredis.UniversalClient { return *s.client.Load() }

// Close ends the connections.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		close(s.closed)
		s.replicas.Close()
		s.gates.close()
		s.ended.Wait()
		err = s.redis().Close()
	})
	return err
}

// Replica gives the copy in memory of a table.
func (s *Store) Replica(t filters.Table) *filters.Replica {
	return s.replicas.Get(backend.TablePath(s.keys, &t), t)
}

// ask is the gates' question.
func (s *Store) ask(ctx context.Context, key string) error {
	err := s.redis().Exists(ctx, key).Err()
	if renewable(err) {
		s.renew()
	}
	return err
}

// renew replaces the client, so that no connection to a server that is no master any more stays in use, and names
// are looked up again. At most once a second. What is on its way may still end on the old one.
func (s *Store) renew() {
	now := time.Now().UnixNano()
	last := s.renewed.Load()
	if now-last < int64(time.Second) || !s.renewed.CompareAndSwap(last, now) {
		return
	}
	fresh := s.server.connect()
	old := s.client.Swap(&fresh)
	s.ended.Go(func() {
		select {
		case <-time.After(2 * s.budget):
		case <-s.closed:
		}
		_ = (*old).Close() // its connections are given up
	})
}

// say tells of trouble when it begins and when it is over.
func (s *Store) say(kind string, err error) {
	if err == nil {
		if _, on := s.trouble.LoadAndDelete(kind); on {
			s.hooks.Say(kind, nil)
		}
		return
	}
	if _, on := s.trouble.LoadOrStore(kind, true); !on {
		s.hooks.Say(kind, err)
	}
}

func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.closed:
		return fmt.Errorf("%w: it is closed", filters.ErrStoreDown)
	default:
	}
	if refused := s.refused.Load(); refused != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, *refused)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	return nil
}
