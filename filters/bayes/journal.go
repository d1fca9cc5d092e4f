package bayes

import (
	"context"
	"fmt"
	"slices"
	"time"

	"weir/filters"
	"weir/scoring/bayes"
)

// Line is an entry of the journal with its place.
type Line struct {
	Entry
	At filters.Position
}

// Time is when it was written.
func (l *Line) Time() time.Time { return time.UnixMilli(int64(l.At.Time)).UTC() }

// Journal reads all that the journals hold, newest first.
func (t *Teacher) Journal(ctx context.Context) ([]Line, error) {
	var all []Line
	for c := range t.book().journals {
		list, err := t.journal(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b Line) int { return written(b.At, b.Tick, a.At, a.Tick) })
	return all, nil
}

// journal reads one of the journals, oldest first.
func (t *Teacher) journal(ctx context.Context, c int) (list []Line, err error) {
	for after := (filters.Position{}); ; {
		var b filters.Batch
		r := b.Read(&t.book().journals[c], after, readAtOnce)
		if err := t.Store.Do(ctx, &b); err != nil {
			return nil, fmt.Errorf("bayes: the journal can't be read: %w", err)
		}
		for _, n := range r.Notes {
			if e, err := parseEntry(n.Data); err == nil {
				list = append(list, Line{e, n.At})
			}
		}
		if len(r.Notes) < readAtOnce {
			return list, nil
		}
		after = r.Notes[len(r.Notes)-1].At
	}
}

// archive finds the features with which messages were learned. It reads the journal at the first question.
type archive struct {
	teacher *Teacher
	read    bool
	err     error
	vectors map[string]bayes.Vector // by ID and mark
}

// counted gives the features with which a message was learned, when they are not those of the copy that is at hand.
// Where the journal does not know any more, those of the copy must do: nearly all of them are the same.
func (a *archive) counted(ctx context.Context, l *Lesson, is string) (bayes.Vector, error) {
	if !a.read {
		a.load(ctx)
	}
	if v, ok := a.vectors[string(l.ID[:])+is]; ok || a.err != nil {
		return v, a.err
	}
	return l.Vector, nil
}

func (a *archive) load(ctx context.Context) {
	var lines []Line
	lines, a.err = a.teacher.Journal(ctx)
	a.read, a.vectors = true, make(map[string]bayes.Vector, len(lines))
	for i := range lines {
		if e := &lines[i]; e.Now != filters.Unlearned {
			a.vectors[string(e.ID[:])+mark(e.Now, e.Vector)] = e.Vector
		}
	}
}

// Undo takes back lines of the journal, in their order: the newest first. A line about a message that something else
// was learned of since is left alone. It tells how many were taken back. It works while learning is frozen, too.
func (t *Teacher) Undo(ctx context.Context, lines []Line) (undone int, err error) {
	for len(lines) > 0 {
		n := apart(lines)
		steps := make([]step, n)
		for i := range steps {
			e := &lines[i].Entry
			steps[i] = step{id: e.ID, old: e.Now, now: e.Before, oldHas: e.Vector, nowHas: e.Vector, from: mark(e.Now, e.Vector)}
		}
		done, err := t.undo(ctx, steps)
		if undone += done; err != nil {
			return undone, err
		}
		lines = lines[n:]
	}
	return undone, nil
}

// apart counts the lines at the beginning that are about different messages: they can be taken back together.
func apart(lines []Line) int {
	seen := make(map[ID]bool, stepMails)
	for i := range lines {
		if seen[lines[i].ID] || i == stepMails {
			return i
		}
		seen[lines[i].ID] = true
	}
	return len(lines)
}

// undo carries out steps about different messages: together, and those that could not be, because one of them is not as it
// was, each by itself.
func (t *Teacher) undo(ctx context.Context, steps []step) (n int, err error) {
	done, err := t.apply(ctx, steps)
	for i := range steps {
		if !done[i] && err == nil {
			var one []bool
			one, err = t.apply(ctx, steps[i:i+1])
			done[i] = one[0]
		}
		if done[i] {
			n++
		}
	}
	return n, err
}
