package scan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"weir/filters"
	"weir/gateway/config"
	"weir/gateway/store"
	"weir/gateway/store/control"
)

// openState opens what the filters remember, where --state or --config say whose it is; nil: nothing is remembered. A
// scan makes no state: where there is none, --state is an error and --config goes without. Offline, no Redis is asked.
func (c *Command) openState(cfg *config.Config) (store.State, error) {
	if c.State == "" && c.Config == "" || c.Offline && len(cfg.Store.Redis) > 0 {
		return nil, nil
	}
	if len(cfg.Store.Redis) == 0 {
		if _, err := os.Stat(cfg.Store.File(cfg.DataDir)); errors.Is(err, fs.ErrNotExist) {
			if c.State != "" {
				return nil, fmt.Errorf("--state: there is no state in %s", c.State)
			}
			return nil, nil
		}
	}
	return control.Open(cfg.Store, cfg.DataDir)
}

// reading is a store of which a scan may only read: judging a mail once more must change nothing.
type reading struct{ filters.Store }

// Do asks only. Buckets are looked at, and not taken from; what can only write is not kept.
func (r reading) Do(ctx context.Context, b *filters.Batch) error {
	var asking filters.Batch
	for _, op := range b.Ops {
		switch op := op.(type) {
		case *filters.Appending, *filters.Learning, *filters.Clearing:
			op.Fail(filters.ErrNotKept)
			continue
		case *filters.Sight:
			op.Mark = false
		case *filters.Counter:
			op.Add = nil
		case *filters.Taking:
			op.Cost = 0
		case *filters.Set:
			op.Add = nil
		case *filters.Value:
			op.Put, op.Remove = false, false
		}
		asking.Ops = append(asking.Ops, op)
	}
	return r.Store.Do(ctx, &asking)
}
