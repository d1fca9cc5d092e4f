package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/key"
)

// streamKey gives "weir:s:reports", or "weir:t:{bayes}:j:journal" for a table's, which is under the table's hash tag.
func (s *Store) streamKey(st *filters.Stream) string {
	return s.streamKeyOf(backend.StreamPath(s.keys, st))
}

func (s *Store) streamKeyOf(path string) string {
	if table, name, ok := strings.Cut(path, "/"); ok {
		return s.tableKey(table, "j:"+name)
	}
	return s.prefix + ":s:" + path
}

// tableKey gives "weir:t:{bayes}:<part>".
func (s *Store) tableKey(path, part string) string { return s.prefix + ":t:{" + path + "}:" + part }

func (s *Store) append(ctx context.Context, op *filters.Appending) error {
	st := op.Stream
	k := s.keys.Key(st.Name, op.Note.About)
	reply, err := s.call(ctx, appendScript, []string{s.streamKey(st)}, []any{
		s.clock.Now().UnixMilli(), st.Max, int64(st.TTL / time.Second), append(k[:], op.Note.Data...),
	})
	if err != nil {
		return err
	}
	s.declareStream(st)
	if refused, ok := reply[len(reply)-1].(string); ok {
		return s.notKept(refused)
	}
	id, _ := reply[0].(string)
	op.Note.At, err = position(id)
	s.kept()
	return err
}

func position(id string) (p filters.Position, err error) {
	ms, n, ok := strings.Cut(id, "-")
	if p.Time, err = strconv.ParseUint(ms, 10, 64); err == nil && ok {
		p.Number, err = strconv.ParseUint(n, 10, 64)
	}
	if err != nil || !ok {
		return p, fmt.Errorf("%w: %q is no stream position", filters.ErrStoreDown, id)
	}
	return p, nil
}

func positionID(p filters.Position) string {
	return strconv.FormatUint(p.Time, 10) + "-" + strconv.FormatUint(p.Number, 10)
}

func (s *Store) read(ctx context.Context, op *filters.Reading) error {
	after := op.After
	if oldest := uint64(max(0, s.clock.Now().Add(-op.Stream.TTL).UnixMilli())); after.Time <= oldest {
		after = filters.Position{Time: oldest, Number: 1<<64 - 1}
	}
	name := s.streamKey(op.Stream)
	op.Notes = nil
	return s.guarded(ctx, name, func(c goredis.UniversalClient) error {
		list, err := c.XRangeN(ctx, name, "("+positionID(after), "+", int64(op.Limit)).Result()
		for _, m := range list {
			at, err := position(m.ID)
			text, _ := m.Values["n"].(string)
			if err != nil || len(text) < key.Size {
				continue
			}
			op.Notes = append(op.Notes, filters.Note{At: at, Data: []byte(text[key.Size:])})
		}
		return err
	})
}
