package filters

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Store is what the filters remember from one message to the next, shared by all gateways of a site.
//
// It has few operations, and they are batched: a filter (or several together) adds operations to a Batch and runs it
// with one call of Do, which costs at most one round trip. The operations:
//
//   - Seen, Look: when something was first and last seen, and how often
//   - Count: a few counters that fade with time
//   - Take: a token bucket
//   - Join: a small set of numbers
//   - Keep, Recall, Drop: a few bytes
//   - Append, Read: a bounded stream
//   - Learn, Marked, Clear, and the Replica: a table of counters that many learn into and everybody reads
//
// Nothing in it grows for ever: every entry belongs to a Family with a TTL and a budget, every stream and table has a
// size. Nothing in it names a person: names are hashed under a secret of the site before they are stored.
//
// A Store may be unreachable. Then results carry an error, which means "not known" and never "not found".
type Store interface {
	// Do runs the operations of b and fills in their results. Each operation is atomic by itself, and those on the
	// same name run in order; the batch as a whole is not atomic. The error is that of the first operation that
	// failed; each has its own in Err. Do ends with ctx, and in any case within the store's own budget of time (200 ms)
	// unless b holds operations on streams or tables. It writes into b: one goroutine at a time.
	Do(ctx context.Context, b *Batch) error

	// Replica is a copy of t in memory that follows the store, at most two seconds behind. It is started at the first
	// call and shared by all later ones; reading it costs no round trip.
	Replica(t Table) *Replica
}

var (
	// ErrStoreDown says that the store did not answer, or not in time: nothing is known.
	ErrStoreDown = errors.New("store: no answer")

	// ErrNotKept says that what was read is right, but the change was refused (a full or read-only store).
	ErrNotKept = errors.New("store: change not kept")

	// ErrBadOperation says that the operation itself is wrong, such as a family without a TTL: a mistake in the filter.
	ErrBadOperation = errors.New("store: bad operation")
)

// Family is a kind of entries: the waiting triplets of greylisting, the reputation of networks.
type Family struct {
	Name   string        // 1 to 24 of a-z, 0-9 and "-", such as "greylist-wait"; begins with the filter's name
	TTL    time.Duration // how long an entry lives; from a second to ten years
	Budget int           // entries at most, from 1 to 50 million. Where there is no room, those nearest to their end go first
	Slide  bool          // each Seen gives an entry its whole TTL again; else it ends a TTL after it was first seen
}

// Name tells the entries of a family apart. It is never stored: only its keyed hash is, so it may hold anything, of
// any length, in any bytes. Letter case is ignored in Who and With.
//
// Who and With are the addresses or domains that the entry is about. `weir forget` finds entries by them.
type Name struct {
	Who  string // an address or a domain: "joe@example.org", "example.org"; "": nobody's
	With string // a second one: of two people who write to each other
	What string // anything else: a network, a host name, a digest
}

// Check tells what is wrong with a family; nil: nothing.
func (f *Family) Check() error {
	switch {
	case f == nil:
		return fmt.Errorf("%w: no family", ErrBadOperation)
	case !goodName(f.Name):
		return fmt.Errorf("%w: %q is no family name: 1 to 24 of a-z, 0-9 and \"-\"", ErrBadOperation, f.Name)
	case f.TTL < time.Second || f.TTL > MaxTTL:
		return fmt.Errorf("%w: family %s: a TTL of %s is not between a second and ten years", ErrBadOperation, f.Name, f.TTL)
	case f.Budget < 1 || f.Budget > MaxBudget:
		return fmt.Errorf("%w: family %s: a budget of %d entries is not between 1 and %d", ErrBadOperation, f.Name, f.Budget, MaxBudget)
	}
	return nil
}

// Limits of what is stored. A larger thing is ErrBadOperation.
const (
	MaxTTL     = 10 * 365 * 24 * time.Hour
	MaxBudget  = 50_000_000
	MaxData    = 512      // bytes of one entry's value
	MaxEntry   = 64 << 10 // bytes of one stream entry
	MaxCells   = 1 << 24  // cells of one table
	MaxDeltas  = 1 << 15  // cells changed by one Learn
	MaxMarks   = 1 << 12  // marks of one Learn
	MaxMembers = 16       // numbers in one set
	MaxValues  = 4        // counters in one entry
)

func goodName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 24
}
