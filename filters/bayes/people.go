package bayes

import (
	"context"
	"errors"
	"fmt"

	"weir/filters"
	"weir/message"
)

// ErrFrozen says that the config forbids learning.
var ErrFrozen = errors.New("bayes: learning is frozen: filters.bayes.frozen is set in the config")

// Learn takes a person's word on a mail. The last word counts.
func (f *filter) Learn(ctx context.Context, m *message.Message, spam bool) error {
	switch {
	case f.Frozen:
		return ErrFrozen
	case f.memory == nil:
		return fmt.Errorf("bayes: %w: there is no store", filters.ErrStoreDown)
	}
	c := Ham
	if spam {
		c = Spam
	}
	t := Teacher{Store: f.memory.store, Who: "person"}
	_, err := t.Teach(ctx, []Lesson{Study(m, c)})
	return err
}
