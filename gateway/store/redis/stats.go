package redis

import (
	"context"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/gateway/store/backend"
)

func marksLayout(table *backend.Record) *backend.Layout {
	return backend.NewLayout(filters.Family{TTL: time.Duration(table.MarkTTL) * time.Second, Budget: table.Budget}, bucketSize)
}

// Stats counts what is stored, and verifies that each key has a TTL or a budget.
func (s *Store) Stats(ctx context.Context) ([]backend.Stat, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	names, err := s.scan(ctx)
	if err != nil {
		return nil, err
	}
	c := counting{s: s, stats: map[string]*backend.Stat{}}
	if err := c.families(ctx); err != nil {
		return nil, err
	}
	for len(names) > 0 {
		n := min(200, len(names))
		if err := c.keys(ctx, names[:n]); err != nil {
			return nil, err
		}
		names = names[n:]
	}
	list := make([]backend.Stat, 0, len(c.order))
	for _, st := range c.order {
		if st.Budget > 0 && st.Entries > st.Budget && st.Problem == "" {
			st.Problem = "more entries than its budget"
		}
		list = append(list, *st)
	}
	return list, nil
}

// counting gathers the figures.
type counting struct {
	s     *Store
	stats map[string]*backend.Stat
	order []*backend.Stat
}

func (c *counting) stat(kind backend.Kind, name string) *backend.Stat {
	id := string(kind) + " " + name
	if st, ok := c.stats[id]; ok {
		return st
	}
	st := &backend.Stat{Kind: kind, Name: name}
	c.stats[id], c.order = st, append(c.order, st)
	return st
}

func (c *counting) families(ctx context.Context) error {
	if err := c.s.greet(); err != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	streams, err := c.s.walkFamilies(ctx, func(r backend.Record) error {
		st := c.stat(backend.FamilyKind, r.Name)
		st.Budget, st.TTL = int64(r.Budget), time.Duration(r.TTL)*time.Second
		return nil
	})
	for name, a := range streams {
		st := c.stat(backend.StreamKind, name)
		st.Budget, st.TTL = int64(a.Max), time.Duration(a.TTL)*time.Second
	}
	return err
}

// keys asks for the size and the TTL of some keys at once.
func (c *counting) keys(ctx context.Context, names []string) error {
	pipe := c.s.redis().Pipeline()
	size, ttl, count := make([]*goredis.IntCmd, len(names)), make([]*goredis.DurationCmd, len(names)), make([]*goredis.IntCmd, len(names))
	for i, name := range names {
		size[i], ttl[i] = pipe.MemoryUsage(ctx, name), pipe.PTTL(ctx, name)
		switch p := c.s.parse(name); {
		case p.kind == backend.EntryKind, p.kind == backend.MarkKind:
			count[i] = pipe.HLen(ctx, name)
		case p.kind == backend.StreamKind, p.piece == "s":
			count[i] = pipe.XLen(ctx, name)
		case p.piece == "c":
			count[i] = pipe.StrLen(ctx, name)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil && err != goredis.Nil {
		return c.s.outcome(err)
	}
	for i, name := range names {
		var n int64
		if count[i] != nil {
			n = count[i].Val()
		}
		if err := c.key(ctx, name, size[i].Val(), n, ttl[i].Val()); err != nil {
			return err
		}
	}
	return nil
}

func (c *counting) key(ctx context.Context, name string, bytes, count int64, ttl time.Duration) error {
	p := c.s.parse(name)
	kind, of := p.kind, p.path()
	switch kind {
	case backend.TableKind, backend.CellsKind:
		return c.table(ctx, p, bytes, count, ttl == -1)
	case "":
		return c.other(name, bytes)
	case backend.EntryKind:
		kind = backend.FamilyKind
	}
	st := c.stat(kind, of)
	if kind == backend.StreamKind && p.piece != "" {
		about := c.s.journalAbout(ctx, p)
		st.Budget, st.TTL = int64(about.Max), time.Duration(about.TTL)*time.Second
	}
	st.Keys, st.Bytes, st.Entries = st.Keys+1, st.Bytes+bytes, st.Entries+count
	if ttl == -1 {
		st.Problem = "a key without a TTL: " + name
	}
	return nil
}

// table counts a piece of a table: its cells are its entries. It may do without a TTL: its size is fixed.
func (c *counting) table(ctx context.Context, p part, bytes, count int64, lasting bool) error {
	st := c.stat(backend.TableKind, p.name)
	st.Keys, st.Bytes = st.Keys+1, st.Bytes+bytes
	if p.piece == "c" {
		st.Entries = count / 4
	}
	if p.piece != "i" {
		return nil
	}
	head, err := c.s.tableHead(ctx, p.name)
	if err != nil || head.Cells == 0 {
		return err
	}
	st.Budget, st.TTL = int64(head.Cells), time.Duration(head.TTL)*time.Second
	if lasting && head.TTL > 0 {
		st.Problem = "a table that should end has no TTL"
	}
	marks := c.stat(backend.MarkKind, p.name)
	marks.Budget, marks.TTL = int64(head.Budget), time.Duration(head.MarkTTL)*time.Second
	return nil
}

// other counts the two keys of the store's own; any further one is none of ours.
func (c *counting) other(name string, bytes int64) error {
	st := c.stat(backend.Own, name)
	st.Keys, st.Bytes, st.Entries = 1, bytes, 1
	if name != c.s.prefix+":check" && name != c.s.prefix+":families" {
		st.Problem = "no key of Weir's"
	}
	return nil
}
