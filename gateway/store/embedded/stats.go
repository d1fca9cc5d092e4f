package embedded

import (
	"context"
	"errors"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// Stats counts what is in the file.
func (s *Store) Stats(ctx context.Context) ([]backend.Stat, error) {
	stats := map[string]*backend.Stat{}
	var order []*backend.Stat
	get := func(kind backend.Kind, name string, budget int, ttl int64) *backend.Stat {
		if st, ok := stats[string(kind)+name]; ok {
			return st
		}
		st := &backend.Stat{Kind: kind, Name: name, Budget: int64(budget), TTL: time.Duration(ttl) * time.Second}
		stats[string(kind)+name], order = st, append(order, st)
		return st
	}
	err := s.Walk(ctx, func(r backend.Record) error {
		count(get, &r)
		return nil
	})
	list := make([]backend.Stat, 0, len(order))
	for _, st := range order {
		switch {
		case st.Entries > 0 && st.Budget == 0:
			st.Problem = "nobody has said how much of it is to be kept"
		case st.Budget > 0 && st.Entries > st.Budget:
			st.Problem = "more entries than its budget"
		}
		list = append(list, *st)
	}
	strange, strangeErr := s.strangers()
	return append(list, strange...), errors.Join(err, strangeErr)
}

// strangers lists what is in the file and none of Weir's.
func (s *Store) strangers() (list []backend.Stat, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			switch text := string(name); {
			case text == "meta", text == "streams", text == "tables":
			case len(text) > 2 && text[1] == ':' && strings.Contains("fscml", text[:1]):
			default:
				st := b.Stats()
				list = append(list, backend.Stat{Kind: backend.Own, Name: text, Keys: int64(st.KeyN), Bytes: int64(st.LeafInuse), Problem: "nothing of Weir's"})
			}
			return nil
		})
	})
	return list, err
}

func count(get func(kind backend.Kind, name string, budget int, ttl int64) *backend.Stat, r *backend.Record) {
	switch r.Kind {
	case backend.FamilyKind:
		get(backend.FamilyKind, r.Name, r.Budget, r.TTL)
	case backend.StreamKind:
		get(backend.StreamKind, r.Name, r.Budget, r.TTL)
	case backend.TableKind:
		get(backend.TableKind, r.Name, int(r.Cells), r.TTL)
		get(backend.MarkKind, r.Name, r.Budget, r.MarkTTL)
	case backend.EntryKind:
		get(backend.FamilyKind, r.Name, 0, 0).Add(recordHead + entry.EndSize + len(r.Data))
	case backend.NoteKind:
		get(backend.StreamKind, r.Name, 0, 0).Add(16 + key.Size + len(r.Data))
	case backend.CellsKind:
		st := get(backend.TableKind, r.Name, 0, 0)
		st.Entries, st.Keys, st.Bytes = st.Entries+int64(len(r.Data)/4), st.Keys+1, st.Bytes+int64(len(r.Data))
	case backend.MarkKind:
		get(backend.MarkKind, r.Name, 0, 0).Add(recordHead + entry.EndSize + len(r.Data))
	}
}
