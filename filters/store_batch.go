package filters

import (
	"fmt"
	"math"
	"time"
)

// Batch is a list of operations to run with one call of Store.Do. The zero value is an empty batch. Each method adds
// one operation and returns the place where its result will be after Do.
//
//	var b filters.Batch
//	from := b.Count(reputation, filters.Name{What: network}, 30*24*time.Hour)
//	pair := b.Seen(pairs, filters.Name{Who: sender, With: rcpt})
//	if err := store.Do(ctx, &b); err != nil { … }
//	if pair.New { … }
type Batch struct {
	Ops []Op
}

// Op is an operation of a Batch: one of *Sight, *Counter, *Taking, *Set, *Value, *Appending, *Reading, *Learning,
// *Marking, *Clearing, *Peeking and *Changing. Implementations of Store switch over these types.
type Op interface {
	Check() error   // what is wrong with the operation itself
	Fail(err error) // sets the error of the result
	Failure() error // nil after a Do that went well
}

// Outcome is the error of one operation.
type Outcome struct {
	Err error `json:"-"` // nil; or ErrStoreDown, ErrNotKept or ErrBadOperation, wrapped with the cause
}

// Fail sets the error.
func (o *Outcome) Fail(err error) { o.Err = err }

// Failure gives the error.
func (o *Outcome) Failure() error { return o.Err }

// Entry is what the operations on one entry of a family have in common.
type Entry struct {
	Outcome
	Family *Family
	Name   Name
}

// Target gives the entry an operation works on.
func (e *Entry) Target() (*Family, Name) { return e.Family, e.Name }

// Check tells what is wrong with the family.
func (e *Entry) Check() error { return e.Family.Check() }

// EntryOp is an Op on an entry of a family.
type EntryOp interface {
	Op
	Target() (*Family, Name)
	Writes() bool // whether it may change the entry
}

// Sight tells when something was seen.
type Sight struct {
	Entry
	Mark bool // it is seen now

	New   bool      // it was not known before this
	First time.Time // when it was first seen, in whole seconds; never in the future; zero: never seen
	Last  time.Time // when it was last seen, this time not counted; zero: never seen before
	Times int       // how often it was seen, this time counted
}

// Writes is true for Seen, false for Look.
func (s *Sight) Writes() bool { return s.Mark }

// Seen notes that something is seen now.
func (b *Batch) Seen(f *Family, n Name) *Sight {
	return add(b, &Sight{Entry: Entry{Family: f, Name: n}, Mark: true})
}

// Look tells when something was seen, and changes nothing.
func (b *Batch) Look(f *Family, n Name) *Sight {
	return add(b, &Sight{Entry: Entry{Family: f, Name: n}})
}

// Counter is a row of up to MaxValues numbers that fade: each halves in every HalfLife.
type Counter struct {
	Entry
	HalfLife time.Duration // 0: they do not fade
	Add      []float64     // what is added to each; none: they are only read
	Cap      float64       // no number gets larger than Cap or smaller than -Cap; 0: no bound

	Values []float64 // as they are now, after the addition; as long as Add, or as what was stored if that is more; nil: none known
}

// Writes is true where something is added.
func (c *Counter) Writes() bool { return len(c.Add) > 0 }

// Check looks at the family and the numbers.
func (c *Counter) Check() error {
	for _, v := range append(c.Add[:len(c.Add):len(c.Add)], c.Cap) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: %v is no number to count with", ErrBadOperation, v)
		}
	}
	if len(c.Add) > MaxValues || c.HalfLife < 0 || c.Cap < 0 {
		return fmt.Errorf("%w: %d counters (at most %d), half-life %s, cap %v", ErrBadOperation, len(c.Add), MaxValues, c.HalfLife, c.Cap)
	}
	return c.Entry.Check()
}

// Count adds to fading numbers and reads them; with nothing to add it only reads.
func (b *Batch) Count(f *Family, n Name, halfLife time.Duration, plus ...float64) *Counter {
	return add(b, &Counter{Entry: Entry{Family: f, Name: n}, HalfLife: halfLife, Add: plus})
}

// Taking is what a token bucket answers. A bucket that is not known is full.
type Taking struct {
	Entry
	Rate  float64 // tokens that flow in each second
	Burst float64 // tokens the bucket holds
	Cost  float64 // tokens to take; 0: only look

	OK   bool          // they were there, and are taken; else nothing is taken
	Left float64       // tokens left
	Wait time.Duration // until there are Cost tokens; 0 if OK; negative: never, since Cost is more than Burst or nothing flows in
}

// Writes is true where something is taken.
func (t *Taking) Writes() bool { return t.Cost > 0 }

// Check looks at the family and the numbers.
func (t *Taking) Check() error {
	for _, v := range []float64{t.Rate, t.Burst, t.Cost} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: a token bucket with rate %v, burst %v, cost %v", ErrBadOperation, t.Rate, t.Burst, t.Cost)
		}
	}
	return t.Entry.Check()
}

// Take takes tokens from a bucket, if they are there.
func (b *Batch) Take(f *Family, n Name, rate, burst, cost float64) *Taking {
	return add(b, &Taking{Entry: Entry{Family: f, Name: n}, Rate: rate, Burst: burst, Cost: cost})
}

// Set is a small set of numbers, newest last.
type Set struct {
	Entry
	Add  []uint64 // members to add; one that is there already becomes the newest
	Hold int      // how many to keep, the newest; 0: MaxMembers

	Members []uint64 // after the addition; nil: none known
}

// Writes is true where members are added.
func (s *Set) Writes() bool { return len(s.Add) > 0 }

// Check looks at the family and the sizes.
func (s *Set) Check() error {
	if len(s.Add) > MaxMembers || s.Hold < 0 || s.Hold > MaxMembers {
		return fmt.Errorf("%w: a set takes and keeps at most %d numbers", ErrBadOperation, MaxMembers)
	}
	return s.Entry.Check()
}

// Join adds numbers to a set and reads it; with none it only reads.
func (b *Batch) Join(f *Family, n Name, members ...uint64) *Set {
	return add(b, &Set{Entry: Entry{Family: f, Name: n}, Add: members})
}

// Value is a few bytes.
type Value struct {
	Entry
	Put    bool // Data is stored
	Remove bool // the entry is removed

	Found bool   // there was one before this
	Data  []byte // what was stored; after Keep what was given
}

// Writes is true for Keep and Drop.
func (v *Value) Writes() bool { return v.Put || v.Remove }

// Check looks at the family and the size.
func (v *Value) Check() error {
	if len(v.Data) > MaxData {
		return fmt.Errorf("%w: a value of %d bytes, at most %d are kept", ErrBadOperation, len(v.Data), MaxData)
	}
	return v.Entry.Check()
}

// Keep stores a few bytes in place of what was there.
func (b *Batch) Keep(f *Family, n Name, data []byte) *Value {
	return add(b, &Value{Entry: Entry{Family: f, Name: n}, Put: true, Data: data})
}

// Recall reads what Keep stored.
func (b *Batch) Recall(f *Family, n Name) *Value {
	return add(b, &Value{Entry: Entry{Family: f, Name: n}})
}

// Drop removes an entry of any kind.
func (b *Batch) Drop(f *Family, n Name) *Value {
	return add(b, &Value{Entry: Entry{Family: f, Name: n}, Remove: true})
}

func add[T Op](b *Batch, op T) T {
	b.Ops = append(b.Ops, op)
	return op
}
