package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"weir/filters"
	"weir/gateway/store/backend"
)

func (r *run) peek(op *filters.Peeking) error {
	t, _, err := r.table(op.Table)
	if err != nil {
		return err
	}
	op.Version, op.Values = t.info.Version, nil
	if int(op.From) < len(t.view) {
		to := min(uint64(op.From)+uint64(op.Count), uint64(len(t.view)))
		op.Values = append(op.Values, t.view[op.From:to]...)
	}
	return nil
}

// changes says only whether there are any: replicas of this process share the cells, and others load them again.
// Of a table that is not in memory the file knows as much.
func (r *run) changes(op *filters.Changing) error {
	op.Cells, op.More = nil, false
	if path := backend.TablePath(r.s.keys, op.Table); r.s.tables[path] == nil {
		if err := r.begin(); err != nil {
			return err
		}
		op.Version = readInfo(r.tx, path).Version
	} else {
		t, _, err := r.table(op.Table)
		if err != nil {
			return err
		}
		op.Version = t.info.Version
	}
	op.Gap = op.After != op.Version
	return nil
}

// Replica gives the table itself, which is in memory anyway.
func (s *Store) Replica(def filters.Table) *filters.Replica {
	if def.Check() != nil {
		return &filters.Replica{}
	}
	for {
		b := filters.Batch{Ops: []filters.Op{&filters.Peeking{Table: &def}}}
		if s.Do(context.Background(), &b) != nil {
			return &filters.Replica{}
		}
		if r := s.share(backend.TablePath(s.keys, &def)); r != nil {
			return r
		}
	}
}

// share gives the replica of a table, which from then on stays in memory; nil: it has been unloaded just now.
func (s *Store) share(path string) *filters.Replica {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[path]
	if t == nil {
		return nil
	}
	t.shared = true
	return t.replica
}

// collectTables takes the tables' changes into a transaction's work. The store's lock is held.
func (s *Store) collectTables(w *work, last bool) {
	for path, t := range s.tables {
		if !t.changed && !(last && t.logged > 0) {
			continue
		}
		tw := &tableWork{cleared: t.cleared, gone: t.gone, info: t.info, log: t.log}
		t.logged += len(t.log)
		if t.logged > min(foldBytes, 4*int(t.info.Cells)) || last && t.logged > 0 {
			tw.chunks = t.copyChunks()
		}
		t.log, t.cleared, t.changed, t.gone = nil, false, false, false
		w.tables[path] = tw
	}
}

// copyChunks copies the cells of the changed chunks, as of now, and forgets that they were changed.
func (t *table) copyChunks() map[uint32][]byte {
	chunks := make(map[uint32][]byte, len(t.chunks))
	for c := range t.chunks {
		cells := t.view[c*chunkCells : min((c+1)*chunkCells, uint32(len(t.view)))]
		b := make([]byte, 0, 4*len(cells))
		for _, v := range cells {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		chunks[c] = b
	}
	t.chunks, t.logged = map[uint32]bool{}, 0
	return chunks
}

// giveBackTables is giveBack for tables.
func (s *Store) giveBackTables(w *work) {
	for path, tw := range w.tables {
		t := s.tables[path]
		t.changed = true
		if t.cleared {
			continue // emptied once more since
		}
		t.cleared, t.gone = tw.cleared, tw.gone && t.view == nil
		t.log = append(tw.log, t.log...)
		for c := range maps.Keys(tw.chunks) {
			t.chunks[c] = true
			t.logged = foldBytes + 1
		}
	}
}

// clearTables comes before the pages: a mark that was set after its table was emptied stays.
func (w *work) clearTables(tx *bolt.Tx) error {
	for path, tw := range w.tables {
		if !tw.cleared {
			continue
		}
		for _, name := range []string{"c:", "l:", "m:"} {
			if err := tx.DeleteBucket([]byte(name + path)); err != nil && !isMissing(err) {
				return err
			}
		}
	}
	return nil
}

func isMissing(err error) bool { return errors.Is(err, bolterrors.ErrBucketNotFound) }

func (w *work) putTables(tx *bolt.Tx) error {
	for path, tw := range w.tables {
		if err := tw.put(tx, path); err != nil {
			return err
		}
	}
	return nil
}

func (tw *tableWork) put(tx *bolt.Tx, path string) error {
	infos, err := tx.CreateBucketIfNotExists([]byte("tables"))
	if err != nil {
		return err
	}
	if tw.gone {
		return infos.Delete([]byte(path))
	}
	text, err := json.Marshal(tw.info)
	if err != nil {
		return err
	}
	if err := infos.Put([]byte(path), text); err != nil {
		return err
	}
	if tw.chunks == nil {
		return tw.putLog(tx, path)
	}
	return tw.fold(tx, path)
}

func (tw *tableWork) putLog(tx *bolt.Tx, path string) error {
	if len(tw.log) == 0 {
		return nil
	}
	b, err := tx.CreateBucketIfNotExists([]byte("l:" + path))
	if err != nil {
		return err
	}
	b.FillPercent = 1 // it only grows at its end
	return b.Put(binary.BigEndian.AppendUint64(nil, tw.info.Version.Seq), tw.log)
}

// fold writes the changed chunks, which hold all that the log says, and removes the log.
func (tw *tableWork) fold(tx *bolt.Tx, path string) error {
	b, err := tx.CreateBucketIfNotExists([]byte("c:" + path))
	if err != nil {
		return err
	}
	for c, cells := range tw.chunks {
		if err := b.Put(binary.BigEndian.AppendUint32(nil, c), cells); err != nil {
			return err
		}
	}
	if err := tx.DeleteBucket([]byte("l:" + path)); err != nil && !isMissing(err) {
		return err
	}
	return nil
}
