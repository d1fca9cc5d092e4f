package bayes

import (
	"context"
	"fmt"

	"weir/filters"
)

// Learning can be frozen, for all gateways at once: when something has taught mistakes, nothing more is learned until
// the cause is found, while what was learned wrongly is taken back (case F03). Taking back works all the time.

// freezes holds one entry while learning is frozen.
var freezes = &filters.Family{Name: "bayes-freeze", TTL: filters.MaxTTL, Budget: 32}

var freezeName = filters.Name{What: "all"}

// ErrFrozen says that nothing may be learned.
var ErrFrozen = fmt.Errorf("bayes: %w", filters.ErrFrozen)

var (
	errFrozenByConfig = fmt.Errorf("%w: filters.bayes.frozen is set in the config", ErrFrozen)
	errFrozenByHand   = fmt.Errorf("%w: weir learn thaw ends that", ErrFrozen)
)

// Freeze stops all learning, or with frozen false lets it go on.
func (f *filter) Freeze(ctx context.Context, who string, frozen bool) error {
	if f.memory == nil {
		return errNoStore
	}
	var b filters.Batch
	if frozen {
		b.Keep(freezes, freezeName, []byte(who[:min(len(who), maxWho)]))
	} else {
		b.Drop(freezes, freezeName)
	}
	return f.memory.store.Do(ctx, &b)
}

// Frozen tells whether learning is frozen, and by whom.
func (f *filter) Frozen(ctx context.Context) (who string, frozen bool, err error) {
	if f.Config.Frozen {
		return "the config", true, nil
	}
	if f.memory == nil {
		return "", false, errNoStore
	}
	var b filters.Batch
	v := b.Recall(freezes, freezeName)
	err = f.memory.store.Do(ctx, &b)
	return string(v.Data), v.Found, err
}

// mayLearn looks whether lessons may be learned: those that take something back always may.
func (t *Teacher) mayLearn(lessons []Lesson, freeze *filters.Value) error {
	for i := range lessons {
		switch {
		case lessons[i].Class == filters.Unlearned:
		case t.Frozen:
			return errFrozenByConfig
		case freeze.Found:
			return errFrozenByHand
		}
	}
	return nil
}
