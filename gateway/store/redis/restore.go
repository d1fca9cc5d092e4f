package redis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
)

// Restore stores records as Walk gave them, in one pipeline. No bucket gets more than its room: where it is full,
// what is restored stays out.
func (s *Store) Restore(ctx context.Context, records []backend.Record) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	for i := range records {
		if err := s.restoreHead(ctx, &records[i]); err != nil {
			return fmt.Errorf("store: %s %s: %w", records[i].Kind, records[i].Name, err)
		}
	}
	pipe := s.redis().Pipeline()
	now := s.clock.Now()
	for i := range records {
		if err := s.restore(ctx, pipe, &records[i], now); err != nil {
			return fmt.Errorf("store: %s %s: %w", records[i].Kind, records[i].Name, err)
		}
	}
	_, err := pipe.Exec(ctx)
	return s.outcome(err)
}

// restoreHead restores what others of its batch need.
func (s *Store) restoreHead(ctx context.Context, r *backend.Record) error {
	switch r.Kind {
	case backend.FamilyKind:
		if _, ok := s.families.Known(r.Name); ok {
			return nil
		}
		_, err := s.families.Layout(&filters.Family{Name: r.Name, TTL: time.Duration(r.TTL) * time.Second, Budget: r.Budget})
		return err
	case backend.StreamKind:
		s.restored.Store(r.Name, *r)
		if !strings.Contains(r.Name, "/") {
			s.streams.Store(r.Name, streamAbout{Name: r.Name, Max: r.Budget, TTL: r.TTL})
		}
		return s.outcome(s.redis().Del(ctx, s.streamKeyOf(r.Name)).Err())
	case backend.TableKind:
		return s.restoreTable(ctx, r)
	}
	return nil
}

func (s *Store) restoreTable(ctx context.Context, r *backend.Record) error {
	marks := filters.Family{Name: "marks", TTL: time.Duration(r.MarkTTL) * time.Second, Budget: r.Budget}
	if err := marks.Check(); err != nil || r.Cells == 0 || r.Cells > filters.MaxCells || r.Version == nil {
		return fmt.Errorf("a table of %d cells with %d marks is none", r.Cells, r.Budget)
	}
	s.restored.Store("table "+r.Name, *r)
	if err := s.drop(ctx, r.Name, backend.NewLayout(marks, bucketSize).Buckets); err != nil {
		return err
	}
	if *r.Version == (filters.Version{}) {
		return nil
	}
	about := asJSON(tableAbout{TTL: r.TTL, Marks: r.Budget, MarkTTL: r.MarkTTL, Scope: r.Key})
	pipe := s.redis().Pipeline()
	pipe.HSet(ctx, s.tableKey(r.Name, "i"), "cells", r.Cells, "epoch", rand.Uint64()>>11|1, "seq", r.Version.Seq+1, "tip", rand.Uint64()>>11|1, "about", about)
	pipe.SetRange(ctx, s.tableKey(r.Name, "c"), 4*int64(r.Cells)-1, "\x00")
	if r.TTL > 0 {
		pipe.Expire(ctx, s.tableKey(r.Name, "i"), time.Duration(r.TTL)*time.Second)
		pipe.Expire(ctx, s.tableKey(r.Name, "c"), time.Duration(r.TTL)*time.Second)
	}
	_, err := pipe.Exec(ctx)
	return s.outcome(err)
}

func (s *Store) restore(ctx context.Context, pipe goredis.Pipeliner, r *backend.Record, now time.Time) error {
	switch r.Kind {
	case backend.EntryKind:
		l, ok := s.families.Known(r.Name)
		if !ok {
			return fmt.Errorf("an entry before its family")
		}
		s.putRecord(ctx, pipe, s.bucketKey(l, l.Bucket(r.Key)), l, r, now)
	case backend.MarkKind:
		t, ok := s.restored.Load("table " + r.Name)
		if !ok {
			return fmt.Errorf("a mark before its table")
		}
		table := t.(backend.Record)
		l := backend.NewLayout(filters.Family{TTL: time.Duration(table.MarkTTL) * time.Second, Budget: table.Budget}, bucketSize)
		s.putRecord(ctx, pipe, s.markKey(r.Name, l, r.Key), l, r, now)
	case backend.CellsKind:
		if t, ok := s.restored.Load("table " + r.Name); !ok || uint64(r.From)+uint64(len(r.Data)/4) > uint64(t.(backend.Record).Cells) {
			return fmt.Errorf("cells before their table, or beyond it")
		}
		pipe.SetRange(ctx, s.tableKey(r.Name, "c"), 4*int64(r.From), string(r.Data))
	case backend.NoteKind:
		return s.restoreNote(ctx, pipe, r)
	}
	return nil
}

// putRecord stores an entry or a mark as if it were kept now, but with its own end.
func (s *Store) putRecord(ctx context.Context, pipe goredis.Pipeliner, bucket string, l *backend.Layout, r *backend.Record, now time.Time) {
	if r.End <= now.Unix() {
		return
	}
	_ = pipe.Process(ctx, command(ctx, "eval", entryScript.text, 1, bucket, "keep", r.Key[:], now.Unix(), now.UnixMilli(), r.End,
		l.Room, int64((l.Family.TTL+entry.Slack)/time.Second), r.Data)) // only queued
}

func (s *Store) restoreNote(ctx context.Context, pipe goredis.Pipeliner, r *backend.Record) error {
	st, ok := s.restored.Load(r.Name)
	if !ok || r.At == nil {
		return fmt.Errorf("a note before its stream, or without a position")
	}
	stream := st.(backend.Record)
	name := s.streamKeyOf(r.Name)
	pipe.XAdd(ctx, &goredis.XAddArgs{Stream: name, ID: positionID(*r.At), MaxLen: int64(stream.Budget), Values: []any{"n", append(r.Key[:], r.Data...)}})
	pipe.Expire(ctx, name, time.Duration(stream.TTL)*time.Second+entry.Slack)
	if path, journal, ok := strings.Cut(r.Name, "/"); ok {
		pipe.HSet(ctx, s.tableKey(path, "i"), journalField(journal), asJSON(streamAbout{Name: journal, Max: stream.Budget, TTL: stream.TTL}))
	}
	return nil
}
