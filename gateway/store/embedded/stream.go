package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/key"
)

// A stream is a bucket "s:<path>": position (16) → key (24), data; and a streamInfo in the bucket "streams".

// note is a stream's entry that is not written yet.
type note struct {
	path   string
	info   streamInfo
	at     filters.Position
	record []byte
}

type streamInfo struct {
	Max   int              `json:"max"`
	TTL   int64            `json:"ttl"` // seconds
	Count int              `json:"count"`
	Last  filters.Position `json:"last"`
}

func positionKey(p filters.Position) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(make([]byte, 0, 16), p.Time), p.Number)
}

func keyPosition(b []byte) filters.Position {
	return filters.Position{Time: binary.BigEndian.Uint64(b), Number: binary.BigEndian.Uint64(b[8:])}
}

func (r *run) append(op *filters.Appending) (err error) {
	op.Note.At, err = r.addNote(op.Stream, op.Note)
	return err
}

// addNote gives a note its place: now, or right after the last one.
func (r *run) addNote(s *filters.Stream, n filters.Note) (filters.Position, error) {
	path := backend.StreamPath(r.s.keys, s)
	last, ok := r.s.last[path]
	if !ok {
		if err := r.begin(); err != nil {
			return last, err
		}
		last = readStreamInfo(r.tx, path).Last
	}
	at := filters.Position{Time: uint64(r.now.UnixMilli())}
	if !last.Less(at) {
		at = filters.Position{Time: last.Time, Number: last.Number + 1}
	}
	k := r.s.keys.Key(s.Name, n.About)
	r.s.last[path] = at
	r.s.dirty.notes = append(r.s.dirty.notes, note{
		path: path, info: streamInfo{Max: s.Max, TTL: int64(s.TTL / time.Second)}, at: at, record: append(k[:], n.Data...),
	})
	return at, nil
}

func readStreamInfo(tx *bolt.Tx, path string) (info streamInfo) {
	if b := tx.Bucket([]byte("streams")); b != nil {
		_ = json.Unmarshal(b.Get([]byte(path)), &info) // absent: zero
	}
	return info
}

func (i streamInfo) put(tx *bolt.Tx, path string) error {
	b, err := tx.CreateBucketIfNotExists([]byte("streams"))
	if err != nil {
		return err
	}
	text, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return b.Put([]byte(path), text)
}

func (w *work) putNotes(tx *bolt.Tx) error {
	for _, path := range w.drops {
		if err := dropStream(tx, path); err != nil {
			return err
		}
	}
	infos := map[string]streamInfo{}
	for _, n := range w.notes {
		info, ok := infos[n.path]
		if !ok {
			info = readStreamInfo(tx, n.path)
		}
		info.Max, info.TTL, info.Last = n.info.Max, n.info.TTL, n.at
		added, err := putNote(tx, n)
		if err != nil {
			return err
		}
		info.Count += added
		infos[n.path] = info
	}
	for path, info := range infos {
		if err := trim(tx, path, info, info.Last.Time); err != nil {
			return err
		}
	}
	return nil
}

func putNote(tx *bolt.Tx, n note) (added int, err error) {
	b, err := tx.CreateBucketIfNotExists([]byte("s:" + n.path))
	if err != nil {
		return 0, err
	}
	k := positionKey(n.at)
	if b.Get(k) == nil {
		added = 1
	}
	return added, b.Put(k, n.record)
}

// trim takes the oldest notes out of a stream: those beyond its maximum, and those older than its TTL.
func trim(tx *bolt.Tx, path string, info streamInfo, nowMillis uint64) error {
	b := tx.Bucket([]byte("s:" + path))
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.First() {
		if info.Count <= info.Max && keyPosition(k).Time+uint64(info.TTL)*1000 > nowMillis {
			break
		}
		if err := c.Delete(); err != nil {
			return err
		}
		info.Count--
	}
	return info.put(tx, path)
}

func dropStream(tx *bolt.Tx, path string) error {
	if b := tx.Bucket([]byte("streams")); b != nil {
		if err := b.Delete([]byte(path)); err != nil {
			return err
		}
	}
	if tx.Bucket([]byte("s:"+path)) == nil {
		return nil
	}
	return tx.DeleteBucket([]byte("s:" + path))
}

// read reads a part of a stream, after writing what is unwritten of it.
func (s *Store) read(ctx context.Context, op *filters.Reading) (err error) {
	if err := s.commit(ctx); err != nil {
		return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
	}
	defer caughtDamage(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	op.Notes = nil
	path := backend.StreamPath(s.keys, op.Stream)
	oldest := uint64(max(0, s.clock.Now().Add(-op.Stream.TTL).UnixMilli()))
	return s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("s:" + path))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, v := c.Seek(positionKey(op.After)); k != nil && len(op.Notes) < op.Limit; k, v = c.Next() {
			at := keyPosition(k)
			if len(v) < key.Size || !op.After.Less(at) || at.Time <= oldest {
				continue
			}
			op.Notes = append(op.Notes, filters.Note{At: at, Data: append([]byte{}, v[key.Size:]...)})
		}
		return nil
	})
}
