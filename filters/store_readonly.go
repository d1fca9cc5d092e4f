package filters

import "context"

// ReadOnly is a store that is read and never changed: for judging a mail once more, which must leave no trace.
type ReadOnly struct{ Store }

// Do asks only. Buckets are looked at, and not taken from; what can only write is not kept.
func (r ReadOnly) Do(ctx context.Context, b *Batch) error {
	var asking Batch
	for _, op := range b.Ops {
		switch op := op.(type) {
		case *Appending, *Learning, *Clearing:
			op.Fail(ErrNotKept)
			continue
		case *Sight:
			op.Mark = false
		case *Counter:
			op.Add = nil
		case *Taking:
			op.Cost = 0
		case *Set:
			op.Add = nil
		case *Value:
			op.Put, op.Remove = false, false
		}
		asking.Ops = append(asking.Ops, op)
	}
	return r.Store.Do(ctx, &asking)
}
