package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// A read transaction that stays open keeps the file from growing, so no transaction is open while somebody else's
// code runs: values are read in portions.
const portion = 256

// Walk visits everything.
func (s *Store) Walk(ctx context.Context, visit func(backend.Record) error) error {
	if err := s.commit(ctx); err != nil {
		return err
	}
	var records []backend.Record
	var buckets []string
	err := s.view(func(tx *bolt.Tx) error {
		for name, f := range knownFamilies(tx) {
			records = append(records, backend.Record{Kind: backend.FamilyKind, Name: name, TTL: int64(f.TTL.Seconds()), Budget: f.Budget})
		}
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			buckets = append(buckets, string(name))
			return nil
		})
	})
	if err != nil {
		return err
	}
	slices.SortFunc(records, func(a, b backend.Record) int { return strings.Compare(a.Name, b.Name) })
	if err := visitAll(records, visit); err != nil {
		return err
	}
	if err := s.walkTables(visit); err != nil {
		return err
	}
	for _, name := range buckets {
		if err := s.walkBucket(ctx, name, visit); err != nil {
			return err
		}
	}
	return nil
}

func visitAll(records []backend.Record, visit func(backend.Record) error) error {
	for _, r := range records {
		if err := visit(r); err != nil {
			return err
		}
	}
	return nil
}

// view reads the file, and survives its damage.
func (s *Store) view(read func(*bolt.Tx) error) (err error) {
	defer caughtDamage(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return s.db.View(read)
}

// walkBucket visits the entries of a family or the notes of a stream.
func (s *Store) walkBucket(ctx context.Context, bucket string, visit func(backend.Record) error) error {
	name := bucket[min(2, len(bucket)):]
	switch {
	case strings.HasPrefix(bucket, "f:"):
		return s.portions(ctx, bucket, func(_, v []byte) []backend.Record { return entriesOf(backend.EntryKind, name, v) }, visit)
	case strings.HasPrefix(bucket, "s:"):
		if err := s.visitStream(name, visit); err != nil {
			return err
		}
		return s.portions(ctx, bucket, func(k, v []byte) []backend.Record { return noteOf(name, k, v) }, visit)
	}
	return nil
}

func entriesOf(kind backend.Kind, name string, p page) (records []backend.Record) {
	p.each(func(k *key.Key, stored []byte) {
		if end, ok := entry.End(stored); ok {
			records = append(records, backend.Record{Kind: kind, Name: name, Key: *k, End: end.Unix(), Data: slices.Clone(stored[entry.EndSize:])})
		}
	})
	return records
}

func noteOf(name string, k, v []byte) []backend.Record {
	if len(k) != 16 || len(v) < key.Size {
		return nil
	}
	at := keyPosition(k)
	return []backend.Record{{Kind: backend.NoteKind, Name: name, Key: key.Key(v[:key.Size]), At: &at, Data: slices.Clone(v[key.Size:])}}
}

func (s *Store) visitStream(path string, visit func(backend.Record) error) error {
	var info streamInfo
	err := s.view(func(tx *bolt.Tx) error {
		info = readStreamInfo(tx, path)
		return nil
	})
	if err != nil || info.Max == 0 {
		return err
	}
	return visit(backend.Record{Kind: backend.StreamKind, Name: path, TTL: info.TTL, Budget: info.Max})
}

// portions reads a bucket a portion at a time and visits the records that its values are taken apart into.
func (s *Store) portions(ctx context.Context, bucket string, take func(k, v []byte) []backend.Record, visit func(backend.Record) error) error {
	var after []byte
	for {
		var records []backend.Record
		n := 0
		err := s.view(func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(bucket))
			if b == nil {
				return nil
			}
			c := b.Cursor()
			for k, v := c.Seek(after); k != nil && n < portion; k, v = c.Next() {
				records = append(records, take(k, v)...)
				after = append(append(after[:0], k...), 0)
				n++
			}
			return nil
		})
		if err == nil {
			err = visitAll(records, visit)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || n < portion {
			return err
		}
	}
}

// walkTables visits each table as of one moment: it is read into memory first.
func (s *Store) walkTables(visit func(backend.Record) error) error {
	infos := map[string]tableInfo{}
	err := s.view(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("tables"))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			var i tableInfo
			if err := json.Unmarshal(v, &i); err != nil {
				return fmt.Errorf("store: table %q: %w", k, err)
			}
			infos[string(k)] = i
			return nil
		})
	})
	if err != nil {
		return err
	}
	for path := range infos {
		if err := s.walkTable(path, visit); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) walkTable(path string, visit func(backend.Record) error) error {
	var t *table
	var marks []backend.Record
	err := s.view(func(tx *bolt.Tx) error {
		t = loadTable(tx, path)
		b := tx.Bucket([]byte("m:" + path))
		if b == nil {
			return nil
		}
		return b.ForEach(func(_, v []byte) error {
			marks = append(marks, entriesOf(backend.MarkKind, path, v)...)
			return nil
		})
	})
	if err != nil {
		return err
	}
	if err := visit(t.record(path)); err != nil {
		return err
	}
	if err := visitCells(path, t.view, visit); err != nil {
		return err
	}
	return visitAll(marks, visit)
}

func (t *table) record(path string) backend.Record {
	i := t.info
	return backend.Record{Kind: backend.TableKind, Name: path, Key: i.Scope, Cells: i.Cells, TTL: i.TTL, Budget: i.Marks, MarkTTL: i.MarkTTL, Version: &i.Version}
}

func visitCells(path string, view filters.View, visit func(backend.Record) error) error {
	for from := 0; from < len(view); from += chunkCells {
		var b []byte
		zero := true
		for _, v := range view[from:min(from+chunkCells, len(view))] {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
			zero = zero && v == 0
		}
		if zero {
			continue
		}
		if err := visit(backend.Record{Kind: backend.CellsKind, Name: path, From: uint32(from), Data: b}); err != nil {
			return err
		}
	}
	return nil
}
