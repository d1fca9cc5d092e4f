package embedded

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"time"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
)

// Restore stores records as Walk gave them.
func (s *Store) Restore(ctx context.Context, records []backend.Record) (err error) {
	if err := s.usable(ctx); err != nil {
		return err
	}
	r := run{s: s, ctx: ctx, now: s.clock.Now()}
	r.resume()
	err = r.restoreAll(records)
	r.pause()
	if err != nil {
		return err
	}
	return s.commit(ctx)
}

func (r *run) restoreAll(records []backend.Record) (err error) {
	defer caughtDamage(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for i := range records {
		if err := r.restore(&records[i]); err != nil {
			return fmt.Errorf("store: %s %s: %w", records[i].Kind, records[i].Name, err)
		}
	}
	return nil
}

func (r *run) restore(rec *backend.Record) error {
	switch rec.Kind {
	case backend.FamilyKind:
		if _, ok := r.s.families.Known(rec.Name); ok {
			return nil
		}
		_, err := r.s.families.Layout(&filters.Family{Name: rec.Name, TTL: time.Duration(rec.TTL) * time.Second, Budget: rec.Budget})
		return err
	case backend.EntryKind:
		return r.restoreEntry(rec)
	case backend.StreamKind:
		r.dropNotes(rec.Name)
		r.s.restored[rec.Name] = streamInfo{Max: max(rec.Budget, 1), TTL: max(rec.TTL, 1)}
		return nil
	case backend.NoteKind:
		return r.restoreNote(rec)
	case backend.TableKind:
		return r.restoreTable(rec)
	case backend.CellsKind:
		return r.restoreCells(rec)
	case backend.MarkKind:
		return r.restoreMark(rec)
	}
	return fmt.Errorf("there is no such kind of record")
}

func (r *run) restoreEntry(rec *backend.Record) error {
	l, ok := r.s.families.Known(rec.Name)
	if !ok {
		return fmt.Errorf("an entry before its family")
	}
	id := pageID{bucket: "f:" + rec.Name, buckets: l.Buckets, index: l.Bucket(rec.Key)}
	p, mine, err := r.load(id)
	if err != nil {
		return err
	}
	r.put(id, p, mine, rec, l)
	return nil
}

// put stores an entry or a mark that has not ended.
func (r *run) put(id pageID, p page, mine bool, rec *backend.Record, l *backend.Layout) {
	end := time.Unix(rec.End, 0)
	if !end.After(r.now) {
		return
	}
	if !mine {
		p = append(make(page, 0, len(p)+recordHead+entry.EndSize+len(rec.Data)), p...)
	}
	r.s.dirty.pages[id] = p.with(&rec.Key, rec.Data, end, l.Room, r.now)
}

func (r *run) dropNotes(path string) {
	r.s.dirty.drops = append(r.s.dirty.drops, path)
	kept := r.s.dirty.notes[:0]
	for _, n := range r.s.dirty.notes {
		if n.path != path {
			kept = append(kept, n)
		}
	}
	r.s.dirty.notes = kept
	r.s.last[path] = filters.Position{}
}

func (r *run) restoreNote(rec *backend.Record) error {
	info, ok := r.s.restored[rec.Name]
	if !ok || rec.At == nil {
		return fmt.Errorf("a note before its stream, or without a position")
	}
	if r.s.last[rec.Name].Less(*rec.At) {
		r.s.last[rec.Name] = *rec.At
	}
	r.s.dirty.notes = append(r.s.dirty.notes, note{path: rec.Name, info: info, at: *rec.At, record: append(rec.Key[:], rec.Data...)})
	return nil
}

func (r *run) restoreTable(rec *backend.Record) error {
	marks := filters.Family{Name: "marks", TTL: time.Duration(rec.MarkTTL) * time.Second, Budget: rec.Budget}
	if err := marks.Check(); err != nil || rec.Cells == 0 || rec.Cells > filters.MaxCells || rec.Version == nil {
		return fmt.Errorf("a table of %d cells with %d marks is none", rec.Cells, rec.Budget)
	}
	t, err := r.tableAt(rec.Name)
	if err != nil {
		return err
	}
	r.wipe(t, rec.Name)
	t.info = tableInfo{Cells: rec.Cells, TTL: rec.TTL, Marks: rec.Budget, MarkTTL: rec.MarkTTL, Scope: rec.Key}
	t.marks = backend.NewLayout(marks, pageSize)
	if *rec.Version != (filters.Version{}) {
		t.info.Version.Seq = rec.Version.Seq
		t.step(r.now)
	}
	return nil
}

func (r *run) restoreCells(rec *backend.Record) error {
	t, err := r.tableAt(rec.Name)
	if err != nil {
		return err
	}
	if t.info.Version == (filters.Version{}) {
		return fmt.Errorf("cells before their table, or of one that is untrained")
	}
	before := t.size()
	t.apply(nil)
	r.s.grown(rec.Name, t.size()-before)
	for i, v := rec.From, rec.Data; len(v) >= 4; i, v = i+1, v[4:] {
		t.view.Set(i, int32(binary.BigEndian.Uint32(v)))
		if int(i) < len(t.view) {
			t.chunks[i/chunkCells] = true
		}
	}
	t.logged, t.changed = foldBytes+1, true
	return nil
}

func (r *run) restoreMark(rec *backend.Record) error {
	t, err := r.tableAt(rec.Name)
	if err != nil {
		return err
	}
	if t.info.Cells == 0 {
		return fmt.Errorf("a mark before its table")
	}
	if t.marks == nil { // it was unloaded meanwhile
		t.marks = backend.NewLayout(filters.Family{TTL: time.Duration(t.info.MarkTTL) * time.Second, Budget: t.info.Marks}, pageSize)
	}
	id := markPage(t, rec.Name, rec.Key)
	p, mine, err := r.loadMarks(t, rec.Name, id)
	if err != nil {
		return err
	}
	r.put(id, p, mine, rec, t.marks)
	return nil
}
