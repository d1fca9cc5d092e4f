package filters

import (
	"fmt"
	"time"
)

// Stream is a bounded list of entries, oldest first: a journal, reports to be sent.
type Stream struct {
	Name string        // as a family's
	Max  int           // entries at most; the oldest go first. From 1 to a million
	TTL  time.Duration // entries older than this go, and a stream that nothing is added to ends after it
	Of   *Table        // the table this is the journal of: Learn may add to it. nil: a stream of its own
}

// Check tells what is wrong with a stream; nil: nothing.
func (s *Stream) Check() error {
	if s == nil || !goodName(s.Name) || s.Max < 1 || s.Max > 1_000_000 || s.TTL < time.Second || s.TTL > MaxTTL {
		return fmt.Errorf("%w: stream %+v needs a name, a maximum from 1 to a million, and a TTL", ErrBadOperation, s)
	}
	if s.Of != nil {
		return s.Of.Check()
	}
	return nil
}

// Position is a place in a stream: the time at which the entry was added, in milliseconds since 1970, and a number
// that tells entries of the same millisecond apart. The zero value is before all entries.
type Position struct {
	Time   uint64 `json:"t"`
	Number uint64 `json:"n"`
}

// Less tells whether p is before q.
func (p Position) Less(q Position) bool {
	return p.Time < q.Time || p.Time == q.Time && p.Number < q.Number
}

// Note is an entry of a stream.
type Note struct {
	At    Position
	About Name   // whose it is; known to the writer only: a reader finds it empty
	Data  []byte // up to MaxEntry bytes
}

// Appending adds a note to a stream.
type Appending struct {
	Outcome
	Stream *Stream
	Note   Note // Note.At is where it came to stand
}

// Check looks at the stream and the size.
func (a *Appending) Check() error {
	if len(a.Note.Data) > MaxEntry {
		return fmt.Errorf("%w: a stream entry of %d bytes, at most %d are kept", ErrBadOperation, len(a.Note.Data), MaxEntry)
	}
	return a.Stream.Check()
}

// Append adds a note to a stream. When Do returns without error, it is stored for good.
func (b *Batch) Append(s *Stream, about Name, data []byte) *Appending {
	return add(b, &Appending{Stream: s, Note: Note{About: about, Data: data}})
}

// Reading is a part of a stream.
type Reading struct {
	Outcome
	Stream *Stream
	After  Position // the first note is the one after this
	Limit  int      // notes at most, up to 1000

	Notes []Note
}

// Check looks at the stream and the limit.
func (r *Reading) Check() error {
	if r.Limit < 1 || r.Limit > 1000 {
		return fmt.Errorf("%w: %d notes at once; read 1 to 1000", ErrBadOperation, r.Limit)
	}
	return r.Stream.Check()
}

// Read reads a part of a stream, oldest first.
func (b *Batch) Read(s *Stream, after Position, limit int) *Reading {
	return add(b, &Reading{Stream: s, After: after, Limit: limit})
}
