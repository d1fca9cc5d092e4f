// Package backend is what the two stores, Redis and the embedded file, have in common besides filters.Store: the
// records that a backup is made of, the figures that `weir state` shows, and how a family is cut into buckets.
package backend

import (
	"context"
	"time"

	"weir/filters"
	"weir/gateway/store/key"
)

// Backend is a store with what the commands need. It serves many goroutines.
type Backend interface {
	filters.Store

	// Walk visits everything that is stored. What changes meanwhile is visited as it was or as it is; a table is seen
	// as of one moment. Tables come before their cells and marks, streams before their notes, families before entries.
	Walk(ctx context.Context, visit func(Record) error) error

	// Restore stores records as Walk gave them, over what is there under the same keys. A table is emptied first.
	Restore(ctx context.Context, records []Record) error

	// Erase removes the entries, marks, notes and tables that match. It returns how many.
	Erase(ctx context.Context, match func(key.Key) bool) (int, error)

	// Wipe removes everything but what tells whose store it is. Afterwards nothing was ever learned or seen.
	Wipe(ctx context.Context) error

	// Stats counts what is stored, and names what breaks the rule that all has a TTL or a budget.
	Stats(ctx context.Context) ([]Stat, error)

	Close() error
}

// Kind says what a Record is.
type Kind string

// The kinds.
const (
	FamilyKind Kind = "family" // Name, TTL, Budget
	EntryKind  Kind = "entry"  // Name of the family, Key, End, Data
	StreamKind Kind = "stream" // Name, TTL, Budget (notes at most)
	NoteKind   Kind = "note"   // Name of the stream, At, Key, Data
	TableKind  Kind = "table"  // Name, Cells, TTL, Budget and MarkTTL (of the marks), Version, Key (the scope's)
	CellsKind  Kind = "cells"  // Name of the table, From, Data: int32, big-endian
	MarkKind   Kind = "mark"   // Name of the table, Key, End, Data
)

// Record is one thing that is stored, as in a backup (docs/state.md).
type Record struct {
	Kind    Kind              `json:"k"`
	Name    string            `json:"name"`
	Key     key.Key           `json:"key,omitzero"`
	End     int64             `json:"end,omitempty"` // seconds since 1970
	At      *filters.Position `json:"at,omitempty"`
	TTL     int64             `json:"ttl,omitempty"` // seconds
	MarkTTL int64             `json:"mark_ttl,omitempty"`
	Budget  int               `json:"budget,omitempty"`
	Cells   uint32            `json:"cells,omitempty"`
	From    uint32            `json:"from,omitempty"`
	Version *filters.Version  `json:"version,omitempty"`
	Data    []byte            `json:"v,omitempty"`
}

// Stat is what is stored of one family, stream or table.
type Stat struct {
	Kind    Kind          `json:"kind"`    // family, stream, table or mark
	Name    string        `json:"name"`    //
	Entries int64         `json:"entries"` // entries, notes, changes or marks; ended ones count until they are swept
	Keys    int64         `json:"keys"`    // keys in Redis, or values in the file
	Bytes   int64         `json:"bytes"`   // as Redis counts memory, or bytes of values in the file
	Budget  int64         `json:"budget"`  // entries at most; 0: unknown
	TTL     time.Duration `json:"ttl"`     // 0: it stays
	Problem string        `json:"problem,omitempty"`
}

// Own is the Kind of the few keys that a store keeps for itself.
const Own Kind = "store"

// Add counts one more entry.
func (s *Stat) Add(bytes int) {
	s.Entries, s.Keys, s.Bytes = s.Entries+1, s.Keys+1, s.Bytes+int64(bytes)
}

// Hooks tell how the store does. Any may be nil. They are called from many goroutines and must not block.
type Hooks struct {
	Batch   func(took time.Duration, operations int, err error) // after each Do
	Trouble func(kind string, err error)                        // a kind of trouble (down, full, readonly, noscript, disk, secret) began; err nil: it is over
}

// Done calls Batch.
func (h *Hooks) Done(started time.Time, operations int, err error) {
	if h.Batch != nil {
		h.Batch(time.Since(started), operations, err)
	}
}

// Say calls Trouble.
func (h *Hooks) Say(kind string, err error) {
	if h.Trouble != nil {
		h.Trouble(kind, err)
	}
}
