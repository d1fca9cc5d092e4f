// Package store keeps what filters remember (filters.Store), on Redis for several gateways or in a file for one.
//
// Both keep the same things in the same way and pass the same suite (storetest). docs/state.md tells an admin what is
// kept, for how long, and how to look at it, move it and erase it.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"weir/filters"
	"weir/gateway/durable"
	"weir/gateway/store/backend"
	"weir/gateway/store/dump"
	"weir/gateway/store/embedded"
	"weir/gateway/store/key"
	"weir/gateway/store/redis"
)

// ErrInUse says that another process has the embedded file: a running gateway, which package control reaches.
var ErrInUse = embedded.ErrInUse

// State is a store with what the commands do on it. It serves many goroutines.
type State interface {
	filters.Store

	// Stats counts what is stored, and names what breaks the rule that all has a TTL or a budget.
	Stats(ctx context.Context) ([]backend.Stat, error)

	// Export writes everything (docs/state.md has the format), while others go on using the store.
	Export(ctx context.Context, w io.Writer) error

	// Import stores what Export wrote, over what is there under the same keys; with replace, all that is there is
	// removed first. It returns how many records it read. A dump of another secret changes nothing.
	Import(ctx context.Context, r io.Reader, replace bool) (int, error)

	// Forget removes all that is known under an address, or a domain and all its addresses. It returns how much.
	Forget(ctx context.Context, who string) (int, error)

	Close() error
}

// Open opens the store of a config. Relative paths are in dataDir. A Redis that does not answer is no error.
func Open(c Config, dataDir string, hooks backend.Hooks) (State, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	secret, err := c.readSecret(dataDir)
	if err != nil {
		return nil, err
	}
	keys := key.New(secret)
	b, err := open(c, dataDir, keys, hooks)
	if err != nil {
		return nil, withHint(err)
	}
	return &local{Backend: b, keys: keys}, nil
}

func open(c Config, dataDir string, keys *key.Keyer, hooks backend.Hooks) (backend.Backend, error) {
	if len(c.Redis) == 0 {
		return openFile(embedded.Options{Path: in(dataDir, c.Path), Keys: keys, Budgets: c.Budgets, Hooks: hooks})
	}
	server, err := c.server()
	if err != nil {
		return nil, err
	}
	return redis.Open(redis.Options{Server: server, Prefix: c.Prefix, Keys: keys, Budgets: c.Budgets, Hooks: hooks})
}

func openFile(o embedded.Options) (backend.Backend, error) {
	_, before := os.Stat(o.Path)
	s, err := embedded.Open(o)
	if err != nil {
		return nil, err
	}
	if before != nil { // it was just made
		if err := durable.Adopt(o.Path); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func withHint(err error) error {
	if errors.Is(err, redis.ErrSecret) || errors.Is(err, embedded.ErrSecret) {
		return fmt.Errorf("%w: set store.secret_file to a copy of the file that the state was made with", err)
	}
	return err
}

// local is the State of this process.
type local struct {
	backend.Backend
	keys *key.Keyer
}

func (l *local) Export(ctx context.Context, w io.Writer) error {
	return dump.Write(ctx, l.Backend, l.keys.Check(), time.Now(), w)
}

func (l *local) Import(ctx context.Context, r io.Reader, replace bool) (int, error) {
	return dump.Read(ctx, l.Backend, l.keys.Check(), r, replace)
}

func (l *local) Forget(ctx context.Context, who string) (int, error) {
	if who == "" {
		return 0, fmt.Errorf("%w: name an address or a domain to forget", filters.ErrBadOperation)
	}
	person := l.keys.Person(who)
	return l.Erase(ctx, func(k key.Key) bool { return k.Concerns(person) })
}
