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
	return &Teacher{Store: f.memory.store, Who: who, Frozen: f.Config.Frozen, into: site}, nil
}

// For gives the school of a domain or a recipient.
func (f *filter) For(name string) (filters.School, error) {
	who, err := f.scopeNamed(name)
	if err != nil {
		return nil, err
	}
	return &ownSchool{filter: f, who: who, book: newScope(who)}, nil
}

// ownSchool teaches what counts for one domain or recipient alone.
type ownSchool struct {
	*filter
	who  string
	book *book
}

func (s *ownSchool) teacher(who string) *Teacher {
	return &Teacher{Store: s.memory.store, Who: who, Frozen: s.Config.Frozen, into: s.book}
}

// Teach learns lessons.
func (s *ownSchool) Teach(ctx context.Context, who string, lessons []filters.Lesson) (filters.Taught, error) {
	defer s.own.again(s.who)
	return s.teacher(who).teachAll(ctx, lessons)
}

// Journal tells what was taught.
func (s *ownSchool) Journal(ctx context.Context) ([]filters.Past, bool, error) {
	return s.teacher("").past(ctx)
}

// Undo takes back what was taught.
func (s *ownSchool) Undo(ctx context.Context, who string, past []filters.Past) (int, error) {
	defer s.own.again(s.who)
	return s.teacher(who).undoPast(ctx, past)
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
	return t.teachAll(ctx, lessons)
}

func (t *Teacher) teachAll(ctx context.Context, lessons []filters.Lesson) (filters.Taught, error) {
	list := make([]Lesson, len(lessons))
	for i := range lessons {
		list[i] = lessons[i].(Lesson)
	}
	return t.Teach(ctx, list)
}

// Journal tells what was taught.
func (f *filter) Journal(ctx context.Context) ([]filters.Past, bool, error) {
	t, err := f.teacher("")
	if err != nil {
		return nil, false, err
	}
	return t.past(ctx)
}

func (t *Teacher) past(ctx context.Context) (past []filters.Past, full bool, err error) {
	lines, err := t.Journal(ctx)
	n := [2]int{}
	for i := range lines {
		l := &lines[i]
		s := step{old: l.Before, now: l.Now}
		n[s.journal()]++
		past = append(past, filters.Past{Time: l.Time(), Who: l.Who, Auto: l.Auto, ID: hex.EncodeToString(l.ID[:]), Before: l.Before, Now: l.Now, Line: l})
	}
	return past, max(n[0], n[1]) >= t.book().journals[0].Max, err
}

// Undo takes back what was taught.
func (f *filter) Undo(ctx context.Context, who string, past []filters.Past) (int, error) {
	t, err := f.teacher(who)
	if err != nil {
		return 0, err
	}
	return t.undoPast(ctx, past)
}

func (t *Teacher) undoPast(ctx context.Context, past []filters.Past) (int, error) {
	lines := make([]Line, len(past))
	for i := range past {
		lines[i] = *past[i].Line.(*Line)
	}
	return t.Undo(ctx, lines)
}
