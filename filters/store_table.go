package filters

import (
	"fmt"
	"time"
)

// Table is an array of counters of fixed size, such as the token counts of a classifier. Its size in the store and in
// memory is 4 bytes a cell, whatever is learned. It has marks, which tell what has been learned already, so that
// learning is exact: the same message learned twice changes nothing, and unlearning takes away what was added.
type Table struct {
	Name  string        // as a family's
	Scope Name          // whose table it is: of a domain or a recipient; zero: the site's
	Cells uint32        // up to MaxCells
	TTL   time.Duration // a table that nothing was learned into for so long goes; 0: it stays
	Marks Family        // TTL and budget of the marks; its name is not used. Slide: a changed mark lives longer
}

// Check tells what is wrong with a table; nil: nothing.
func (t *Table) Check() error {
	if t == nil || !goodName(t.Name) || t.Cells == 0 || t.Cells > MaxCells || t.TTL < 0 || t.TTL > MaxTTL {
		return fmt.Errorf("%w: table %+v needs a name and 1 to %d cells", ErrBadOperation, t, MaxCells)
	}
	marks := t.Marks
	marks.Name = "marks"
	return marks.Check()
}

// Version says how far a table has come. The zero value: nothing was ever learned.
type Version struct {
	Epoch uint64 `json:"epoch"` // another one: the table began anew
	Seq   uint64 `json:"seq"`   // one more with each change
	Tip   uint64 `json:"tip"`   // of the last change; tells apart two changes that got the same Seq, after a failover that lost writes
}

// Delta is added to a cell. Cells do not overflow: they stay at the largest or smallest int32.
type Delta struct {
	Index uint32
	Add   int32
}

// Cell is a cell and what it holds.
type Cell struct {
	Index uint32
	Value int32
}

// Mark is a condition on what has been learned, and what is true afterwards.
type Mark struct {
	Name Name   // of the message, say by its digest
	From string // what the mark must be, up to 16 bytes; "": there is none
	To   string // what it will be; "": none
}

// Learning changes a table: all of it or, where a mark is not what it must be, nothing.
type Learning struct {
	Outcome
	Table   *Table
	Marks   []Mark
	Deltas  []Delta // in any order; an index may come twice
	Journal *Stream // with Of = Table; nil: no notes
	Notes   []Note  // added to the journal in the same step

	Applied bool
	Version Version
	Present []string // if not applied: what each mark is, in the order of Marks
}

// Check looks at the table, the marks and the cells.
func (l *Learning) Check() error {
	if err := l.Table.Check(); err != nil {
		return err
	}
	if len(l.Deltas) > MaxDeltas || len(l.Marks) > MaxMarks || len(l.Notes) > MaxMarks {
		return fmt.Errorf("%w: %d cells (at most %d), %d marks and %d notes (at most %d) in one step",
			ErrBadOperation, len(l.Deltas), MaxDeltas, len(l.Marks), len(l.Notes), MaxMarks)
	}
	for _, d := range l.Deltas {
		if d.Index >= l.Table.Cells {
			return fmt.Errorf("%w: table %s has no cell %d", ErrBadOperation, l.Table.Name, d.Index)
		}
	}
	for _, m := range l.Marks {
		if len(m.From) > 16 || len(m.To) > 16 {
			return fmt.Errorf("%w: mark %q or %q is longer than 16 bytes", ErrBadOperation, m.From, m.To)
		}
	}
	return l.checkNotes()
}

func (l *Learning) checkNotes() error {
	if len(l.Notes) > 0 && (l.Journal == nil || l.Journal.Of == nil) {
		return fmt.Errorf("%w: notes without a journal of this table", ErrBadOperation)
	}
	for _, n := range l.Notes {
		if len(n.Data) > MaxEntry {
			return fmt.Errorf("%w: a note of %d bytes, at most %d are kept", ErrBadOperation, len(n.Data), MaxEntry)
		}
	}
	if l.Journal != nil {
		return l.Journal.Check()
	}
	return nil
}

// Learn adds to cells of a table, if all marks are what they must be. When Do returns without error and Applied is
// true, it is stored for good. After ErrStoreDown it may have happened or not: running it again is safe where it
// has at least one mark.
func (b *Batch) Learn(t *Table, marks []Mark, deltas []Delta) *Learning {
	return add(b, &Learning{Table: t, Marks: marks, Deltas: deltas})
}

// Marking reads marks.
type Marking struct {
	Outcome
	Table *Table
	Names []Name // up to MaxMarks

	Present []string // what each is; "": not marked
}

// Check looks at the table and the number of marks.
func (m *Marking) Check() error {
	if len(m.Names) > MaxMarks {
		return fmt.Errorf("%w: %d marks at once, at most %d", ErrBadOperation, len(m.Names), MaxMarks)
	}
	return m.Table.Check()
}

// Marked reads marks, many at once.
func (b *Batch) Marked(t *Table, names []Name) *Marking {
	return add(b, &Marking{Table: t, Names: names})
}

// Clearing empties a table.
type Clearing struct {
	Outcome
	Table *Table
}

// Check looks at the table.
func (c *Clearing) Check() error { return c.Table.Check() }

// Clear empties a table and its marks; its journal stays. Replicas see a new epoch.
func (b *Batch) Clear(t *Table) *Clearing {
	return add(b, &Clearing{Table: t})
}

// Peeking reads neighbouring cells.
type Peeking struct {
	Outcome
	Table *Table
	From  uint32
	Count uint32 // up to 65536

	Version Version // at the time of reading; cells may be newer than it, never older
	Values  []int32 // none: all of them are 0
}

// Check looks at the table and the range.
func (p *Peeking) Check() error {
	if p.Count > 1<<16 {
		return fmt.Errorf("%w: %d cells at once, at most 65536", ErrBadOperation, p.Count)
	}
	return p.Table.Check()
}

// Peek reads neighbouring cells: what a replica is loaded with. Filters read the replica.
func (b *Batch) Peek(t *Table, from, count uint32) *Peeking {
	return add(b, &Peeking{Table: t, From: from, Count: count})
}

// Changing is what changed in a table since a version.
type Changing struct {
	Outcome
	Table *Table
	After Version

	Version Version // the table's as far as Cells goes
	Gap     bool    // the changes since After are no longer known: load it all
	Cells   []Cell  // with their new values, in the order in which they changed
	More    bool    // there is more after Version
}

// Check looks at the table.
func (c *Changing) Check() error { return c.Table.Check() }

// Changes reads what changed in a table since a version: what a replica follows. Filters read the replica.
func (b *Batch) Changes(t *Table, after Version) *Changing {
	return add(b, &Changing{Table: t, After: after})
}
