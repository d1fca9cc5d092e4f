package embedded

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/key"
)

// A table is a tableInfo in the bucket "tables"; "c:<path>": chunk number (4) → its cells; "l:<path>": sequence (8) →
// changed cells (index 4, value 4)…, newer than the chunks; "m:<path>": pages of marks.

const (
	chunkCells = 1024
	foldBytes  = 4 << 20 // a log of this size, or of the size of its table, is folded into the chunks
)

type tableInfo struct {
	Cells   uint32          `json:"cells"`
	TTL     int64           `json:"ttl"`
	Marks   int             `json:"marks"`
	MarkTTL int64           `json:"mark_ttl"`
	Scope   key.Key         `json:"scope,omitzero"`
	Version filters.Version `json:"version"`
	Used    int64           `json:"used"` // seconds since 1970
}

// table is a table in memory.
type table struct {
	info    tableInfo
	marks   *backend.Layout
	view    filters.View // nil: nothing was learned
	replica *filters.Replica
	log     []byte          // changes that are not written yet
	chunks  map[uint32]bool // chunks that were changed since they were written
	logged  int             // bytes of the log in the file
	cleared bool            // what is in the file is to be removed first
	gone    bool            // and nothing put in its place
	changed bool            // something is to be written
	shared  bool            // others read the replica
	used    uint64          // Store.uses at the last use, of a table with a scope
}

// tableWork is what a transaction writes of a table.
type tableWork struct {
	cleared, gone bool
	info          tableInfo
	log           []byte
	chunks        map[uint32][]byte // nil: the log is not folded
}

// table gives a table in memory, loading it from the file at its first use.
func (r *run) table(def *filters.Table) (*table, string, error) {
	path := backend.TablePath(r.s.keys, def)
	t, err := r.tableAt(path)
	if err != nil {
		return nil, path, err
	}
	if t.info.Cells == 0 || t.view == nil && t.info.Version == (filters.Version{}) {
		t.describe(def, r.s.keys)
	}
	if t.info.Cells != def.Cells {
		return nil, path, fmt.Errorf("%w: table %s has %d cells, not %d: another version of Weir uses it", filters.ErrBadOperation, def.Name, t.info.Cells, def.Cells)
	}
	if t.marks == nil || t.marks.Family.TTL != def.Marks.TTL {
		t.describe(def, r.s.keys)
	}
	return t, path, nil
}

func (r *run) tableAt(path string) (*table, error) {
	t, ok := r.s.tables[path]
	if !ok {
		if err := r.begin(); err != nil {
			return nil, err
		}
		t = loadTable(r.tx, path)
		r.s.tables[path] = t
		r.s.grown(path, t.size())
	}
	r.s.uses++
	t.used = r.s.uses
	return t, nil
}

func (t *table) describe(def *filters.Table, keys *key.Keyer) {
	t.info.Cells, t.info.TTL = def.Cells, int64(def.TTL/time.Second)
	t.info.Marks, t.info.MarkTTL = def.Marks.Budget, int64(def.Marks.TTL/time.Second)
	if def.Scope != (filters.Name{}) {
		t.info.Scope = keys.Key(def.Name, def.Scope)
	}
	t.marks = backend.NewLayout(def.Marks, pageSize)
}

func loadTable(tx *bolt.Tx, path string) *table {
	t := &table{info: readInfo(tx, path), replica: &filters.Replica{}, chunks: map[uint32]bool{}}
	if t.info.Version != (filters.Version{}) && t.info.Cells <= filters.MaxCells {
		t.view = make(filters.View, t.info.Cells)
		t.loadChunks(tx.Bucket([]byte("c:" + path)))
		t.loadLog(tx.Bucket([]byte("l:" + path)))
	}
	t.publish()
	return t
}

// readInfo reads what the file says of a table; absent: zero.
func readInfo(tx *bolt.Tx, path string) (i tableInfo) {
	if b := tx.Bucket([]byte("tables")); b != nil {
		_ = json.Unmarshal(b.Get([]byte(path)), &i)
	}
	return i
}

func (t *table) publish() {
	t.replica.SetView(t.view)
	t.replica.SetState(filters.ReplicaState{Version: t.info.Version, Known: true})
}

func (t *table) loadChunks(b *bolt.Bucket) {
	if b == nil {
		return
	}
	for c, i := b.Cursor(), 0; ; i++ {
		k, v := c.Next()
		if i == 0 {
			k, v = c.First()
		}
		if k == nil {
			return
		}
		first := binary.BigEndian.Uint32(k) * chunkCells
		for j := 0; j+4 <= len(v); j += 4 {
			t.view.Set(first+uint32(j/4), int32(binary.BigEndian.Uint32(v[j:])))
		}
	}
}

func (t *table) loadLog(b *bolt.Bucket) {
	if b == nil {
		return
	}
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		t.logged += len(v)
		for ; len(v) >= 8; v = v[8:] {
			i := binary.BigEndian.Uint32(v)
			t.view.Set(i, int32(binary.BigEndian.Uint32(v[4:])))
			t.chunks[i/chunkCells] = true
		}
	}
}

func (r *run) learn(op *filters.Learning) error {
	op.Applied, op.Present = false, nil
	t, path, err := r.table(op.Table)
	if err != nil {
		return err
	}
	present, ok, err := r.holds(t, path, op.Marks)
	if err != nil {
		return err
	}
	if !ok {
		op.Present, op.Version = present, t.info.Version
		return nil
	}
	for _, n := range op.Notes {
		if _, err := r.addNote(op.Journal, n); err != nil {
			return err
		}
	}
	for _, m := range op.Marks {
		if err := r.setMark(t, path, m); err != nil {
			return err
		}
	}
	before := t.size()
	t.apply(op.Deltas)
	r.s.grown(path, t.size()-before)
	t.step(r.now)
	op.Applied, op.Version = true, t.info.Version
	return nil
}

func (t *table) apply(deltas []filters.Delta) {
	if t.view == nil {
		t.view = make(filters.View, t.info.Cells)
		t.replica.SetView(t.view)
	}
	for _, d := range deltas {
		v := int32(min(max(int64(t.view[d.Index])+int64(d.Add), math.MinInt32), math.MaxInt32))
		t.view.Set(d.Index, v)
		t.chunks[d.Index/chunkCells] = true
		t.log = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(t.log, d.Index), uint32(v))
	}
}

// step makes the next version.
func (t *table) step(now time.Time) {
	if t.info.Version.Epoch == 0 {
		t.info.Version.Epoch = rand.Uint64()>>11 | 1
	}
	t.info.Version.Seq++
	t.info.Version.Tip = rand.Uint64()>>11 | 1
	t.info.Used = now.Unix()
	t.changed, t.gone = true, false
	t.replica.SetState(filters.ReplicaState{Version: t.info.Version, Known: true})
}

func (r *run) clear(op *filters.Clearing) error {
	t, path, err := r.table(op.Table)
	if err != nil {
		return err
	}
	r.wipe(t, path)
	return nil
}

// wipe empties a table and its marks. What the file holds of them is not read any more from here on.
func (r *run) wipe(t *table, path string) {
	for id := range r.s.dirty.pages {
		if id.bucket == "m:"+path {
			delete(r.s.dirty.pages, id)
		}
	}
	t.view, t.log, t.chunks, t.logged = nil, nil, map[uint32]bool{}, 0
	t.info.Version = filters.Version{}
	t.cleared, t.changed = true, true
	t.publish()
}
