package bayes

import (
	"context"
	"encoding/hex"
	"fmt"

	"weir/filters"
	"weir/message"
)

var errNoStore = fmt.Errorf("bayes: %w: there is no store", filters.ErrStoreDown)

// teacher gives who writes into the store.
func (f *filter) teacher(who string) (*Teacher, error) {
	if f.memory == nil {
		return nil, errNoStore
	}
	return &Teacher{Store: f.memory.store, Who: who, Frozen: f.Config.Frozen}, nil
}

// Learn takes a person's word on a mail. The last word counts.
func (f *filter) Learn(ctx context.Context, m *message.Message, spam bool) error {
	c := filters.Ham
	if spam {
		c = filters.Spam
	}
	_, err := f.Teach(ctx, "person", []filters.Lesson{f.Study(m, c)})
	return err
}

// Study makes a lesson of a message.
func (f *filter) Study(m *message.Message, c filters.Class) filters.Lesson { return Study(m, c) }

// Teach learns lessons.
func (f *filter) Teach(ctx context.Context, who string, lessons []filters.Lesson) (filters.Taught, error) {
	t, err := f.teacher(who)
	if err != nil {
		return filters.Taught{}, err
	}
	list := make([]Lesson, len(lessons))
	for i := range lessons {
		list[i] = lessons[i].(Lesson)
	}
	return t.Teach(ctx, list)
}

// Journal tells what was taught.
func (f *filter) Journal(ctx context.Context) (past []filters.Past, full bool, err error) {
	t, err := f.teacher("")
	if err != nil {
		return nil, false, err
	}
	lines, err := t.Journal(ctx)
	n := [2]int{}
	for i := range lines {
		l := &lines[i]
		s := step{old: l.Before, now: l.Now}
		n[s.journal()]++
		past = append(past, filters.Past{Time: l.Time(), Who: l.Who, Auto: l.Auto, ID: hex.EncodeToString(l.ID[:]), Before: l.Before, Now: l.Now, Line: l})
	}
	return past, max(n[0], n[1]) >= kept, err
}

// Undo takes back what was taught.
func (f *filter) Undo(ctx context.Context, who string, past []filters.Past) (int, error) {
	t, err := f.teacher(who)
	if err != nil {
		return 0, err
	}
	lines := make([]Line, len(past))
	for i := range past {
		lines[i] = *past[i].Line.(*Line)
	}
	return t.Undo(ctx, lines)
}
