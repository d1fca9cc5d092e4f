package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// A table is, under one hash tag: "i", a hash with cells, epoch, seq, tip and logged (bytes of changes); "c", the cells
// as a string of big-endian int32; "s", a stream of changes whose IDs are seq-tip; "m:<buckets>.<index>", the marks;
// "j:<name>", journals.

func (s *Store) markKey(path string, l *backend.Layout, k key.Key) string {
	return s.tableKey(path, "m:"+strconv.FormatUint(uint64(l.Buckets), 16)+"."+strconv.FormatUint(uint64(l.Bucket(k)), 16))
}

func marksOf(t *filters.Table) *backend.Layout { return backend.NewLayout(t.Marks, bucketSize) }

func (s *Store) learn(ctx context.Context, op *filters.Learning) error {
	op.Applied, op.Present = false, nil
	path := backend.TablePath(s.keys, op.Table)
	keys, argv := s.learnArguments(path, op)
	reply, err := s.call(ctx, learnScript, keys, argv)
	if err != nil {
		return err
	}
	if err := s.learned(op, reply); err != nil {
		return err
	}
	if op.Applied {
		s.kept()
		s.replicas.Wake(path)
	}
	return nil
}

func (s *Store) learnArguments(path string, op *filters.Learning) (keys []string, argv []any) {
	t, l, now := op.Table, marksOf(op.Table), s.clock.Now()
	journalKey, journalMax, journalTTL, journal := s.tableKey(path, "j"), 0, time.Duration(0), ""
	if j := op.Journal; j != nil {
		journalKey, journalMax, journalTTL = s.streamKey(j), j.Max, j.TTL
		journal = asJSON(streamAbout{Name: j.Name, Max: j.Max, TTL: int64(j.TTL / time.Second)})
	}
	deltas := merged(op.Deltas)
	keys = append(make([]string, 0, 4+len(op.Marks)), s.tableKey(path, "i"), s.tableKey(path, "c"), s.tableKey(path, "s"), journalKey)
	argv = append(make([]any, 0, 16+3*len(op.Marks)+len(op.Notes)), now.Unix(), now.UnixMilli(), now.Add(t.Marks.TTL).Unix(),
		l.Room, int64((t.Marks.TTL+entry.Slack)/time.Second), int64(t.TTL/time.Second), t.Cells,
		rand.Uint64()>>11|1, rand.Uint64()>>11|1, indices(deltas), journalMax, int64(journalTTL/time.Second), len(op.Marks), asJSON(s.about(t)), journal, calls(deltas))
	for _, m := range op.Marks {
		k := s.keys.Key("mark", m.Name)
		keys = append(keys, s.markKey(path, l, k))
		argv = append(argv, k[:], m.From, m.To)
	}
	for _, n := range op.Notes {
		k := s.keys.Key(op.Journal.Name, n.About)
		argv = append(argv, append(k[:], n.Data...))
	}
	return keys, argv
}

// tableAbout and streamAbout say in Redis what a table and a stream are, for the commands.
type tableAbout struct {
	TTL     int64   `json:"ttl"`
	Marks   int     `json:"marks"`
	MarkTTL int64   `json:"mark_ttl"`
	Scope   key.Key `json:"scope,omitzero"`
}

type streamAbout struct {
	Name string `json:"name"`
	Max  int    `json:"max"`
	TTL  int64  `json:"ttl"`
}

func (s *Store) about(t *filters.Table) tableAbout {
	a := tableAbout{TTL: int64(t.TTL / time.Second), Marks: t.Marks.Budget, MarkTTL: int64(t.Marks.TTL / time.Second)}
	if t.Scope != (filters.Name{}) {
		a.Scope = s.keys.Key(t.Name, t.Scope)
	}
	return a
}

func asJSON(v any) string {
	text, _ := json.Marshal(v) // plain structs: can't fail
	return string(text)
}

// learned takes the script's reply apart.
func (s *Store) learned(op *filters.Learning, reply []any) error {
	word, _ := reply[0].(string)
	switch {
	case word == "done" && len(reply) == 4:
		op.Applied = true
		return version(&op.Version, reply[1:])
	case word == "held" && len(reply) == 5:
		list, _ := reply[4].([]any)
		for _, p := range list {
			is, _ := p.(string)
			op.Present = append(op.Present, is)
		}
		return version(&op.Version, reply[1:])
	case word == "refused" && len(reply) == 2:
		return s.notKept(fmt.Sprint(reply[1]))
	case word == "size" && len(reply) == 2:
		return wrongSize(op.Table, fmt.Sprint(reply[1]))
	}
	return fmt.Errorf("%w: Redis gave an answer of another form", filters.ErrStoreDown)
}

func wrongSize(t *filters.Table, is string) error {
	return fmt.Errorf("%w: table %s has %s cells, not %d: another version of Weir uses it", filters.ErrBadOperation, t.Name, is, t.Cells)
}

// version reads epoch, seq and tip; all of them missing is the version of an empty table.
func version(v *filters.Version, fields []any) error {
	*v = filters.Version{}
	for i, dst := range []*uint64{&v.Epoch, &v.Seq, &v.Tip} {
		text, ok := fields[i].(string)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: %q is no version", filters.ErrStoreDown, text)
		}
		*dst = n
	}
	return nil
}

func (s *Store) marked(ctx context.Context, op *filters.Marking) error {
	op.Present = nil
	path, l, now := backend.TablePath(s.keys, op.Table), marksOf(op.Table), s.clock.Now()
	return s.guarded(ctx, s.tableKey(path, "i"), func(c goredis.UniversalClient) error {
		pipe := c.Pipeline()
		for _, n := range op.Names {
			k := s.keys.Key("mark", n)
			pipe.HGet(ctx, s.markKey(path, l, k), string(k[:]))
		}
		list, err := pipe.Exec(ctx)
		if err != nil && err != goredis.Nil {
			return err
		}
		for _, cmd := range list {
			if err := cmd.Err(); err != nil && err != goredis.Nil {
				return err
			}
			content, _ := entry.Live([]byte(cmd.(*goredis.StringCmd).Val()), &l.Family, now)
			op.Present = append(op.Present, string(content))
		}
		return nil
	})
}

// clear removes a table at once, then its marks by portions: they are in as many keys as they need.
func (s *Store) clear(ctx context.Context, t *filters.Table) error {
	path := backend.TablePath(s.keys, t)
	return s.drop(ctx, path, marksOf(t).Buckets)
}

func (s *Store) drop(ctx context.Context, path string, buckets uint32) error {
	return s.guarded(ctx, s.tableKey(path, "i"), func(c goredis.UniversalClient) error {
		if err := c.Del(ctx, s.tableKey(path, "i"), s.tableKey(path, "c"), s.tableKey(path, "s")).Err(); err != nil {
			return err
		}
		prefix := s.tableKey(path, "m:"+strconv.FormatUint(uint64(buckets), 16)+".")
		for from := uint32(0); from < buckets; from += 1000 {
			var names []string
			for i := from; i < min(from+1000, buckets); i++ {
				names = append(names, prefix+strconv.FormatUint(uint64(i), 16))
			}
			if err := c.Unlink(ctx, names...).Err(); err != nil {
				return err
			}
		}
		s.replicas.Wake(path)
		return nil
	})
}

func (s *Store) peek(ctx context.Context, op *filters.Peeking) error {
	path := backend.TablePath(s.keys, op.Table)
	op.Values = nil
	return s.guarded(ctx, s.tableKey(path, "i"), func(c goredis.UniversalClient) error {
		pipe := c.Pipeline()
		info := pipe.HMGet(ctx, s.tableKey(path, "i"), "epoch", "seq", "tip", "cells")
		cells := pipe.GetRange(ctx, s.tableKey(path, "c"), 4*int64(op.From), 4*(int64(op.From)+int64(op.Count))-1)
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		fields := info.Val()
		if size, ok := fields[3].(string); ok && size != strconv.FormatUint(uint64(op.Table.Cells), 10) {
			return wrongSize(op.Table, size)
		}
		for text := cells.Val(); len(text) >= 4 && op.Count > 0; text = text[4:] {
			op.Values = append(op.Values, int32(uint32(text[0])<<24|uint32(text[1])<<16|uint32(text[2])<<8|uint32(text[3])))
		}
		return version(&op.Version, fields)
	})
}

const changesAtOnce = 16

func (s *Store) changes(ctx context.Context, op *filters.Changing) error {
	path := backend.TablePath(s.keys, op.Table)
	op.Cells, op.Gap, op.More = nil, false, false
	return s.guarded(ctx, s.tableKey(path, "i"), func(c goredis.UniversalClient) error {
		pipe := c.Pipeline()
		info := pipe.HMGet(ctx, s.tableKey(path, "i"), "epoch", "seq", "tip")
		after := strconv.FormatUint(op.After.Seq, 10) + "-" + strconv.FormatUint(op.After.Tip, 10)
		list := pipe.XRangeN(ctx, s.tableKey(path, "s"), "("+after, "+", changesAtOnce)
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		var now filters.Version
		if err := version(&now, info.Val()); err != nil {
			return err
		}
		chain(op, now, list.Val())
		return nil
	})
}

// chain takes the changes that follow op.After one upon another. Anything else is a gap.
func chain(op *filters.Changing, now filters.Version, list []goredis.XMessage) {
	at := op.After
	op.Version, op.More = now, len(list) == changesAtOnce
	if len(list) == 0 { // nothing new, or trimmed, or begun anew
		op.Gap = now != at
		return
	}
	for _, m := range list {
		id, err := position(m.ID)
		before, _ := m.Values["p"].(string)
		index, _ := m.Values["i"].(string)
		values, _ := m.Values["d"].(string)
		ok := false
		if err == nil && id.Time == at.Seq+1 && before == strconv.FormatUint(at.Tip, 10) {
			op.Cells, ok = changed(op.Cells, index, values)
		}
		if !ok {
			op.Gap, op.Cells = true, nil
			return
		}
		at.Seq, at.Tip = id.Time, id.Number
	}
	op.Version = at
}
