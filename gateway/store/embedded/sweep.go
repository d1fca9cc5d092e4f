package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// sweepEvery removes what has ended: it does not count any more, but it is not to be kept.
func (s *Store) sweepEvery(pause time.Duration) {
	defer s.ended.Done()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-s.closed:
			return
		case <-tick.C:
			_ = s.Sweep() // a file that can't be read shows itself in every Do
		}
	}
}

// Sweep removes ended entries, marks, notes and tables from the file. It goes by portions, beside all other work.
func (s *Store) Sweep() error {
	ended := func(_ *key.Key, stored []byte, now time.Time) bool {
		end, ok := entry.End(stored)
		return !ok || !end.After(now)
	}
	_, err := s.removeEntries(context.Background(), ended)
	return errors.Join(err, s.sweepStreams(), s.sweepTables())
}

// removeEntries takes the entries and marks that match out of all pages.
func (s *Store) removeEntries(ctx context.Context, match func(k *key.Key, stored []byte, now time.Time) bool) (int, error) {
	if err := s.commit(ctx); err != nil {
		return 0, err
	}
	ids, err := s.pagesWith(ctx, match)
	if err != nil {
		return 0, err
	}
	total := 0
	for len(ids) > 0 {
		n := min(portion, len(ids))
		removed, err := s.removeFrom(ctx, ids[:n], match)
		if err != nil {
			return total, err
		}
		total, ids = total+removed, ids[n:]
	}
	return total, s.commit(ctx)
}

// pagesWith finds the pages that hold an entry that matches.
func (s *Store) pagesWith(ctx context.Context, match func(*key.Key, []byte, time.Time) bool) (ids []pageID, err error) {
	var buckets []string
	err = s.view(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			if len(name) > 2 && (name[0] == 'f' || name[0] == 'm') && name[1] == ':' {
				buckets = append(buckets, string(name))
			}
			return nil
		})
	})
	now := s.clock.Now()
	for _, bucket := range buckets {
		if err != nil {
			break
		}
		err = s.portions(ctx, bucket, func(k, v []byte) []backend.Record {
			found := len(k) == 8 && len(v) == 0
			page(v).each(func(k *key.Key, stored []byte) { found = found || match(k, stored, now) })
			if found && len(k) == 8 {
				ids = append(ids, pageID{bucket, binary.BigEndian.Uint32(k), binary.BigEndian.Uint32(k[4:])})
			}
			return nil
		}, func(backend.Record) error { return nil })
	}
	return ids, err
}

func (s *Store) removeFrom(ctx context.Context, ids []pageID, match func(*key.Key, []byte, time.Time) bool) (removed int, err error) {
	r := run{s: s, ctx: ctx, now: s.clock.Now()}
	r.resume()
	defer r.pause()
	defer caughtDamage(&err)
	for _, id := range ids {
		p, _, err := r.load(id)
		if err != nil {
			return removed, err
		}
		kept := append(make(page, 0, len(p)), p...)
		p.each(func(k *key.Key, stored []byte) {
			if match(k, stored, r.now) {
				kept = kept.without(k)
				removed++
			}
		})
		r.s.dirty.pages[id] = kept
	}
	return removed, nil
}

// sweepStreams removes the notes that are older than their stream's TTL.
func (s *Store) sweepStreams() error {
	now := uint64(s.clock.Now().UnixMilli())
	return s.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("streams"))
		if b == nil {
			return nil
		}
		infos := map[string]streamInfo{}
		err := b.ForEach(func(k, v []byte) error {
			var i streamInfo
			err := json.Unmarshal(v, &i)
			infos[string(k)] = i
			return err
		})
		for path, i := range infos {
			if err == nil {
				err = trim(tx, path, i, now)
			}
		}
		return err
	})
}

// sweepTables empties the tables that nothing was learned into for their TTL.
func (s *Store) sweepTables() error {
	now := s.clock.Now().Unix()
	_, err := s.removeTables(func(i tableInfo) bool { return i.TTL > 0 && i.Used+i.TTL < now })
	return err
}

// removeTables empties tables. Of those of a domain or a person the journals go, too: their names are a key of whose they are.
func (s *Store) removeTables(match func(tableInfo) bool) (removed int, err error) {
	var paths, journals []string
	err = s.view(func(tx *bolt.Tx) error {
		journals = scopedStreams(tx)
		b := tx.Bucket([]byte("tables"))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error {
			var i tableInfo
			if json.Unmarshal(v, &i) == nil && match(i) {
				paths = append(paths, string(k))
			}
			return nil
		})
	})
	if err != nil || len(paths) == 0 {
		return 0, err
	}
	r := run{s: s, ctx: context.Background(), now: s.clock.Now()}
	r.resume()
	for _, path := range paths {
		if t, err := r.tableAt(path); err == nil && match(t.info) {
			r.wipe(t, path)
			t.gone = true
			removed++
			for _, j := range journals {
				if strings.HasPrefix(j, path+"/") {
					r.dropNotes(j)
				}
			}
		}
	}
	r.pause()
	return removed, s.commit(r.ctx)
}

// scopedStreams lists the journals of domains and people.
func scopedStreams(tx *bolt.Tx) (paths []string) {
	if b := tx.Bucket([]byte("streams")); b != nil {
		_ = b.ForEach(func(k, _ []byte) error {
			if isScoped(string(k)) {
				paths = append(paths, string(k))
			}
			return nil
		})
	}
	return paths
}

// Erase removes what matches.
func (s *Store) Erase(ctx context.Context, match func(key.Key) bool) (int, error) {
	entries, err := s.removeEntries(ctx, func(k *key.Key, _ []byte, _ time.Time) bool { return match(*k) })
	if err != nil {
		return entries, err
	}
	notes, err := s.removeNotes(match)
	if err != nil {
		return entries + notes, err
	}
	tables, err := s.removeTables(func(i tableInfo) bool { return i.Scope != key.Key{} && match(i.Scope) })
	return entries + notes + tables, err
}

// Wipe removes everything.
func (s *Store) Wipe(ctx context.Context) error {
	_, entries := s.removeEntries(ctx, func(*key.Key, []byte, time.Time) bool { return true })
	_, notes := s.removeNotes(func(key.Key) bool { return true })
	_, tables := s.removeTables(func(tableInfo) bool { return true })
	return errors.Join(entries, notes, tables)
}

func (s *Store) removeNotes(match func(key.Key) bool) (removed int, err error) {
	var paths []string
	err = s.view(func(tx *bolt.Tx) error {
		if b := tx.Bucket([]byte("streams")); b != nil {
			return b.ForEach(func(k, _ []byte) error {
				paths = append(paths, string(k))
				return nil
			})
		}
		return nil
	})
	for _, path := range paths {
		if err != nil {
			break
		}
		var n int
		n, err = s.removeNotesOf(path, match)
		removed += n
	}
	return removed, err
}

func (s *Store) removeNotesOf(path string, match func(key.Key) bool) (removed int, err error) {
	err = s.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("s:" + path))
		if b == nil {
			return nil
		}
		var found [][]byte
		err := b.ForEach(func(k, v []byte) error {
			if len(v) >= key.Size && match(key.Key(v[:key.Size])) {
				found = append(found, append([]byte{}, k...))
			}
			return nil
		})
		for _, k := range found {
			if err == nil {
				err = b.Delete(k)
			}
		}
		info := readStreamInfo(tx, path)
		info.Count -= len(found)
		removed = len(found)
		return errors.Join(err, info.put(tx, path))
	})
	return removed, err
}

var _ backend.Backend = (*Store)(nil)
