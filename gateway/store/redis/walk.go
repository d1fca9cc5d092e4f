package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// Walk visits everything. A cluster that moves slots meanwhile may hide some of it.
func (s *Store) Walk(ctx context.Context, visit func(backend.Record) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	if err := s.greet(); err != nil { // so that every family used so far is noted
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	streams, err := s.walkFamilies(ctx, visit)
	if err != nil {
		return err
	}
	names, err := s.scan(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := s.walkKey(ctx, name, streams, visit); err != nil {
			return err
		}
	}
	return nil
}

// scan lists all keys, each once, sorted: a table's info ("i") comes before its journals ("j") and marks ("m").
func (s *Store) scan(ctx context.Context) ([]string, error) {
	var mu sync.Mutex
	found := map[string]bool{}
	one := func(ctx context.Context, c goredis.Cmdable) error {
		it := c.Scan(ctx, 0, s.prefix+":*", 1000).Iterator()
		for it.Next(ctx) {
			mu.Lock()
			found[it.Val()] = true
			mu.Unlock()
		}
		return it.Err()
	}
	var err error
	if cluster, ok := s.redis().(*goredis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, c *goredis.Client) error { return one(ctx, c) })
	} else {
		err = one(ctx, s.redis())
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, s.outcome(err)
}

func (s *Store) walkFamilies(ctx context.Context, visit func(backend.Record) error) (map[string]streamAbout, error) {
	streams := map[string]streamAbout{}
	all, err := s.redis().HGetAll(ctx, s.prefix+":families").Result()
	if err != nil {
		return nil, s.outcome(err)
	}
	for name, text := range all {
		if stream, ok := strings.CutPrefix(name, "stream:"); ok {
			var a streamAbout
			if json.Unmarshal([]byte(text), &a) == nil {
				streams[stream] = a
			}
			continue
		}
		var i familyInfo
		if err := json.Unmarshal([]byte(text), &i); err != nil {
			return nil, fmt.Errorf("store: family %q: %w", name, err)
		}
		if err := visit(backend.Record{Kind: backend.FamilyKind, Name: name, TTL: i.TTL, Budget: i.Budget}); err != nil {
			return nil, err
		}
	}
	return streams, nil
}

// part is what a key's name says.
type part struct {
	kind  backend.Kind // entry, stream, table (its info), cells, mark; "": none of ours
	name  string       // of the family, the stream's path, the table's path
	piece string       // of a table: i, c, s, m…, j…
}

func (s *Store) parse(name string) part {
	rest, ok := strings.CutPrefix(name, s.prefix+":")
	if !ok || len(rest) < 2 {
		return part{}
	}
	switch rest[:2] {
	case "e:":
		family, _, _ := strings.Cut(rest[2:], ":")
		return part{kind: backend.EntryKind, name: family}
	case "s:":
		return part{kind: backend.StreamKind, name: rest[2:]}
	case "t:":
		path, piece, ok := strings.Cut(strings.TrimPrefix(rest[2:], "{"), "}:")
		if !ok {
			return part{}
		}
		return part{kind: tablePart(piece), name: path, piece: piece}
	}
	return part{}
}

func tablePart(piece string) backend.Kind {
	switch {
	case piece == "i":
		return backend.TableKind
	case piece == "c", piece == "s":
		return backend.CellsKind
	case strings.HasPrefix(piece, "m:"):
		return backend.MarkKind
	case strings.HasPrefix(piece, "j:"):
		return backend.StreamKind
	}
	return ""
}

// path gives a stream's path.
func (p part) path() string {
	if journal, ok := strings.CutPrefix(p.piece, "j:"); ok {
		return p.name + "/" + journal
	}
	return p.name
}

func (s *Store) walkKey(ctx context.Context, name string, streams map[string]streamAbout, visit func(backend.Record) error) error {
	switch p := s.parse(name); p.kind {
	case backend.EntryKind:
		return s.walkBucket(ctx, backend.EntryKind, p.name, name, visit)
	case backend.StreamKind:
		about := streams[p.name]
		if p.piece != "" {
			about = s.journalAbout(ctx, p)
		}
		return s.walkStream(ctx, p.path(), name, about, visit)
	case backend.TableKind:
		return s.walkTable(ctx, p.name, visit)
	}
	return nil // cells and marks are visited with their table
}

func (s *Store) walkBucket(ctx context.Context, kind backend.Kind, family, name string, visit func(backend.Record) error) error {
	all, err := s.redis().HGetAll(ctx, name).Result()
	if err != nil {
		return s.outcome(err)
	}
	for field, stored := range all {
		end, ok := entry.End([]byte(stored))
		if !ok || len(field) != key.Size {
			continue
		}
		r := backend.Record{Kind: kind, Name: family, Key: key.Key([]byte(field)), End: end.Unix(), Data: []byte(stored[entry.EndSize:])}
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

// journalField is the field of a table's hash "i" that says what one of its journals is.
func journalField(name string) string { return "journal:" + name }

func (s *Store) journalAbout(ctx context.Context, journal part) (a streamAbout) {
	field := journalField(strings.TrimPrefix(journal.piece, "j:"))
	text, _ := s.redis().HGet(ctx, s.tableKey(journal.name, "i"), field).Result()
	_ = json.Unmarshal([]byte(text), &a) // absent: zero
	return a
}

func (s *Store) walkStream(ctx context.Context, path, name string, about streamAbout, visit func(backend.Record) error) error {
	if about.Max == 0 { // nobody has said: as it is
		about.Max, about.TTL = 1_000_000, int64(filters.MaxTTL/time.Second)
	}
	if err := visit(backend.Record{Kind: backend.StreamKind, Name: path, TTL: about.TTL, Budget: about.Max}); err != nil {
		return err
	}
	for after := "-"; ; {
		list, err := s.redis().XRangeN(ctx, name, after, "+", 500).Result()
		if err != nil {
			return s.outcome(err)
		}
		for _, m := range list {
			after = "(" + m.ID
			at, err := position(m.ID)
			text, _ := m.Values["n"].(string)
			if err != nil || len(text) < key.Size {
				continue
			}
			if err := visit(backend.Record{Kind: backend.NoteKind, Name: path, At: &at, Key: key.Key([]byte(text[:key.Size])), Data: []byte(text[key.Size:])}); err != nil {
				return err
			}
		}
		if len(list) < 500 {
			return nil
		}
	}
}

// walkTable reads a table into memory, again where it was changed meanwhile, and visits it.
func (s *Store) walkTable(ctx context.Context, path string, visit func(backend.Record) error) error {
	for range 20 {
		records, whole, err := s.readTable(ctx, path)
		if err != nil {
			return err
		}
		if whole {
			for _, r := range records {
				if err := visit(r); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return fmt.Errorf("store: table %s changes too fast to be read as of one moment: pause learning and try again", path)
}

func (s *Store) readTable(ctx context.Context, path string) (records []backend.Record, whole bool, err error) {
	head, err := s.tableHead(ctx, path)
	if err != nil || head.Cells == 0 {
		return nil, true, err
	}
	records = append(records, head)
	collect := func(r backend.Record) error {
		records = append(records, r)
		return nil
	}
	for from := uint32(0); from < head.Cells; from += 1 << 14 {
		cells, err := s.redis().GetRange(ctx, s.tableKey(path, "c"), 4*int64(from), 4*int64(from)+1<<16-1).Bytes()
		if err != nil {
			return nil, false, s.outcome(err)
		}
		if strings.Trim(string(cells), "\x00") != "" {
			records = append(records, backend.Record{Kind: backend.CellsKind, Name: path, From: from, Data: cells})
		}
	}
	l := backend.NewLayout(filters.Family{Budget: head.Budget}, bucketSize)
	for i := range l.Buckets {
		name := s.tableKey(path, "m:"+strconv.FormatUint(uint64(l.Buckets), 16)+"."+strconv.FormatUint(uint64(i), 16))
		if err := s.walkBucket(ctx, backend.MarkKind, path, name, collect); err != nil {
			return nil, false, err
		}
	}
	again, err := s.tableHead(ctx, path)
	return records, err == nil && again.Version != nil && *again.Version == *head.Version, err
}

func (s *Store) tableHead(ctx context.Context, path string) (r backend.Record, err error) {
	fields, err := s.redis().HMGet(ctx, s.tableKey(path, "i"), "epoch", "seq", "tip", "cells", "about").Result()
	if err != nil {
		return r, s.outcome(err)
	}
	size, _ := fields[3].(string)
	text, _ := fields[4].(string)
	var a tableAbout
	cells, err := strconv.ParseUint(size, 10, 32)
	if err != nil || json.Unmarshal([]byte(text), &a) != nil || a.Marks < 1 {
		return r, nil // gone meanwhile
	}
	r = backend.Record{Kind: backend.TableKind, Name: path, Key: a.Scope, Cells: uint32(cells), TTL: a.TTL, Budget: a.Marks, MarkTTL: a.MarkTTL, Version: new(filters.Version)}
	return r, version(r.Version, fields)
}
