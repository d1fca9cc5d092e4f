package bayes

import (
	"context"
	"fmt"

	"weir/filters"
)

// Teacher changes what is learned. It serves one goroutine.
type Teacher struct {
	Store  filters.Store
	Who    string // is noted in the journal
	Auto   bool   // nobody said so
	Frozen bool   // only take back
	into   *book  // nil: the site's
}

func (t *Teacher) book() *book {
	if t.into != nil {
		return t.into
	}
	return site
}

// The bounds of one step of the store.
const (
	stepCells = filters.MaxDeltas
	stepMails = 256
)

// Teach learns lessons; a message of class Unlearned is unlearned. When it returns without an error, all is stored. After
// an error some may be stored; teaching the same again does no harm.
func (t *Teacher) Teach(ctx context.Context, lessons []Lesson) (filters.Taught, error) {
	var sum filters.Taught
	for tries := 0; len(lessons) > 0; tries++ {
		if tries == 10 {
			return sum, fmt.Errorf("bayes: %w: others changed the same messages all the time", filters.ErrNotKept)
		}
		steps, rest, known, err := t.plan(ctx, lessons)
		if err != nil {
			return sum, err
		}
		sum.Known += known
		done, err := t.apply(ctx, steps)
		for i := range steps {
			switch {
			case !done[i]:
				rest = append(rest, Lesson{ID: steps[i].id, Class: steps[i].now, Vector: steps[i].nowHas, Author: steps[i].author})
			case steps[i].old == filters.Unlearned:
				sum.Learned++
			default:
				sum.Changed++
			}
		}
		if err != nil {
			return sum, err
		}
		lessons = rest
	}
	return sum, nil
}

// plan compares lessons with what is learned already. A message that is among them twice comes again in rest.
func (t *Teacher) plan(ctx context.Context, lessons []Lesson) (steps []step, rest []Lesson, known int, err error) {
	marks, err := t.marks(ctx, lessons)
	if err != nil {
		return nil, nil, 0, err
	}
	past := archive{teacher: t}
	seen := make(map[ID]bool, len(lessons))
	for i := range lessons {
		l := &lessons[i]
		old := classOfMark(marks[i])
		switch {
		case seen[l.ID]:
			rest = append(rest, *l)
			continue
		case old == l.Class:
			known++
		default:
			s := step{id: l.ID, old: old, now: l.Class, oldHas: l.Vector, nowHas: l.Vector, from: marks[i], author: l.Author}
			if old != filters.Unlearned && mark(old, l.Vector) != marks[i] {
				if s.oldHas, err = past.counted(ctx, l, marks[i]); err != nil {
					return nil, nil, 0, err
				}
			}
			steps = append(steps, s)
		}
		seen[l.ID] = true
	}
	return steps, rest, known, nil
}

func (t *Teacher) marks(ctx context.Context, lessons []Lesson) ([]string, error) {
	var b filters.Batch
	var list []*filters.Marking
	freeze := b.Recall(freezes, freezeName)
	for from := 0; from < len(lessons); from += filters.MaxMarks {
		part := lessons[from:min(from+filters.MaxMarks, len(lessons))]
		names := make([]filters.Name, len(part))
		for i := range part {
			names[i] = part[i].name()
		}
		list = append(list, b.Marked(&t.book().table, names))
	}
	if err := t.Store.Do(ctx, &b); err != nil {
		return nil, fmt.Errorf("bayes: what is learned already can't be read: %w", err)
	}
	if err := t.mayLearn(lessons, freeze); err != nil {
		return nil, err
	}
	var all []string
	for _, m := range list {
		all = append(all, m.Present...)
	}
	return all, nil
}

// apply carries out steps, as many together as fit into one change of the table. It tells which were applied.
func (t *Teacher) apply(ctx context.Context, steps []step) (done []bool, err error) {
	done = make([]bool, len(steps))
	var b filters.Batch
	var of [][]int
	book := t.book()
	for c := range book.journals {
		for _, part := range portions(steps, c) {
			l := b.Learn(&book.table, nil, nil)
			l.Journal = &book.journals[c]
			for _, i := range part {
				steps[i].add(l, book, t.Who, t.Auto)
			}
			of = append(of, part)
		}
	}
	if len(b.Ops) == 0 {
		return done, nil
	}
	err = t.Store.Do(ctx, &b)
	for k, op := range b.Ops {
		l := op.(*filters.Learning)
		for _, i := range of[k] {
			done[i] = l.Err == nil && l.Applied
		}
	}
	if err != nil {
		err = fmt.Errorf("bayes: learning: %w", err)
	}
	return done, err
}

// portions groups the steps of a journal.
func portions(steps []step, c int) (list [][]int) {
	cells := stepCells
	for i := range steps {
		if steps[i].journal() != c {
			continue
		}
		n := steps[i].size()
		if last := len(list) - 1; last < 0 || cells+n > stepCells || len(list[last]) >= stepMails {
			list, cells = append(list, nil), 0
		}
		list[len(list)-1], cells = append(list[len(list)-1], i), cells+n
	}
	return list
}
