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
func Journal(ctx context.Context, s filters.Store) ([]Line, error) {
	var all []Line
	for c := range journals {
		for after := (filters.Position{}); ; {
			var b filters.Batch
			r := b.Read(&journals[c], after, readAtOnce)
			if err := s.Do(ctx, &b); err != nil {
				return nil, fmt.Errorf("bayes: the journal can't be read: %w", err)
			}
			for _, n := range r.Notes {
				if e, err := parseEntry(n.Data); err == nil {
					all = append(all, Line{e, n.At})
				}
			}
			if len(r.Notes) < readAtOnce {
				break
			}
			after = r.Notes[len(r.Notes)-1].At
		}
	}
	slices.SortStableFunc(all, func(a, b Line) int {
		switch {
		case a.At.Less(b.At):
			return 1
		case b.At.Less(a.At):
			return -1
		}
		return 0
	})
	return all, nil
}

// counted finds the features with which a message was learned, when they are not those of the copy that is at hand.
// Where the journal does not know any more, those of the copy must do: nearly all of them are the same.
func (t *Teacher) counted(ctx context.Context, l *Lesson, is string) bayes.Vector {
	lines, err := Journal(ctx, t.Store)
	if err == nil {
		for i := range lines {
			if e := &lines[i]; e.ID == l.ID && mark(classOfMark(is), e.Vector) == is {
				return e.Vector
			}
		}
	}
	return l.Vector
}

// Undo takes back lines of the journal, in their order: the newest first. A line about a message that something else
// was learned of since is left alone. It tells how many were taken back.
func (t *Teacher) Undo(ctx context.Context, lines []Line) (undone int, err error) {
	for i := range lines {
		e := &lines[i].Entry
		s := step{id: e.ID, old: e.Now, now: e.Before, oldHas: e.Vector, nowHas: e.Vector, from: mark(e.Now, e.Vector)}
		done, err := t.apply(ctx, []step{s})
		if err != nil {
			return undone, err
		}
		if done[0] {
			undone++
		}
	}
	return undone, nil
}
