package embedded

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/key"
)

const ownCells = 50_000

func ownTable(i int) *filters.Table {
	return &filters.Table{
		Name: "own", Scope: filters.Name{Who: fmt.Sprintf("user%d@example.org", i)}, Cells: ownCells, TTL: time.Hour,
		Marks: filters.Family{TTL: time.Hour, Budget: 100},
	}
}

func openAt(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(Options{Path: path, Keys: key.New([]byte("secret"))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func learnOwn(s *Store, i, n int) error {
	var b filters.Batch
	l := b.Learn(ownTable(i), []filters.Mark{{Name: filters.Name{What: fmt.Sprint(n)}, To: "s"}}, []filters.Delta{{Index: uint32(i), Add: 1}, {Index: ownCells - 1, Add: 2}})
	if err := s.Do(context.Background(), &b); err != nil {
		return err
	}
	if !l.Applied {
		return errors.New("not applied")
	}
	return nil
}

// holds compares a table with what was learned n times.
func holdsOwn(s *Store, i, n int) error {
	var b filters.Batch
	c := b.Changes(ownTable(i), filters.Version{})
	p := b.Peek(ownTable(i), 0, ownCells)
	m := b.Marked(ownTable(i), []filters.Name{{What: "0"}, {What: "none"}})
	if err := s.Do(context.Background(), &b); err != nil {
		return err
	}
	switch {
	case len(p.Values) != ownCells || p.Values[i] != int32(n) || p.Values[ownCells-1] != int32(2*n):
		return fmt.Errorf("table %d: %d cells, want %d in one of them", i, len(p.Values), n)
	case m.Present[0] != "s" || m.Present[1] != "":
		return fmt.Errorf("table %d: marks %q", i, m.Present)
	case c.Version != p.Version || p.Version.Seq != uint64(n) || !c.Gap:
		return fmt.Errorf("table %d: changes tell of %+v, its cells are of %+v, %d changes", i, c.Version, p.Version, n)
	}
	return nil
}

func (s *Store) scopedNow() (bytes, tables int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, t := range s.tables {
		if isScoped(path) {
			bytes, tables = bytes+t.size(), tables+1
		}
	}
	return bytes, tables
}

func TestTablesOfPeopleAreNotAllInMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openAt(t, path)
	const many = 120 // 24 MB
	for round := range 3 {
		var learners sync.WaitGroup
		for part := range 4 {
			learners.Go(func() {
				for i := part; i < many; i += 4 {
					if err := learnOwn(s, i, round); err != nil {
						t.Error(err)
					}
				}
			})
		}
		learners.Wait()
	}
	check := func(s *Store) {
		t.Helper()
		for i := range many {
			if err := holdsOwn(s, i, 3); err != nil {
				t.Error(err)
			}
		}
		if bytes, tables := s.scopedNow(); bytes > scopedBytes || tables == 0 || tables == many {
			t.Errorf("%d tables with %d bytes are in memory, want %d bytes at most", tables, bytes, scopedBytes)
		}
	}
	check(s)
	t.Run("a table that is asked about for changes is not read", func(t *testing.T) {
		_, before := s.scopedNow()
		var b filters.Batch
		c := b.Changes(ownTable(0), filters.Version{})
		if err := s.Do(context.Background(), &b); err != nil || c.Version.Seq != 3 {
			t.Errorf("%+v, %v", c, err)
		}
		if _, after := s.scopedNow(); after > before {
			t.Errorf("%d tables, before %d", after, before)
		}
	})
	t.Run("a replica stays what it was", func(t *testing.T) {
		r := s.Replica(*ownTable(7))
		for i := range many {
			if err := holdsOwn(s, i, 3); err != nil {
				t.Error(err)
			}
		}
		if err := learnOwn(s, 7, 100); err != nil {
			t.Fatal(err)
		}
		if got := r.View().At(7); got != 4 || r.State().Version.Seq != 4 {
			t.Errorf("%d at %+v, want 4", got, r.State())
		}
		var b filters.Batch
		b.Learn(ownTable(7), []filters.Mark{{Name: filters.Name{What: "100"}, From: "s"}}, []filters.Delta{{Index: 7, Add: -1}, {Index: ownCells - 1, Add: -2}})
		if err := s.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("people who never taught anything", func(t *testing.T) {
		for i := range 20_000 {
			var b filters.Batch
			b.Peek(ownTable(1000+i), 0, 10)
			if err := s.Do(context.Background(), &b); err != nil {
				t.Fatal(err)
			}
		}
		if bytes, _ := s.scopedNow(); bytes > scopedBytes {
			t.Errorf("%d bytes", bytes)
		}
	})
	t.Run("a backup has all, and is restored", func(t *testing.T) {
		other := openAt(t, filepath.Join(t.TempDir(), "state.db"))
		var all []backend.Record
		if err := s.Walk(context.Background(), func(r backend.Record) error { all = append(all, r); return nil }); err != nil {
			t.Fatal(err)
		}
		for from := 0; from < len(all); from += 50 {
			if err := other.Restore(context.Background(), all[from:min(from+50, len(all))]); err != nil {
				t.Fatal(err)
			}
		}
		for i := range many {
			var b filters.Batch
			p := b.Peek(ownTable(i), 0, ownCells)
			m := b.Marked(ownTable(i), []filters.Name{{What: "0"}})
			if err := other.Do(context.Background(), &b); err != nil || p.Values[ownCells-1] != 6 || m.Present[0] != "s" {
				t.Errorf("table %d: %v, %q", i, err, m.Present)
			}
		}
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	for i := range many {
		var b filters.Batch
		p := b.Peek(ownTable(i), 0, ownCells)
		if err := s.Do(context.Background(), &b); err != nil || p.Values[i] != 3 {
			t.Errorf("after it was closed, table %d: %v, %v", i, err, p.Values[:min(len(p.Values), 1)])
		}
	}
}

func TestWhatIsNotWrittenStaysInMemory(t *testing.T) {
	s := openAt(t, filepath.Join(t.TempDir(), "state.db"))
	t.Run("many tables changed by one batch", func(t *testing.T) {
		const many = 80 // 16 MB
		var b filters.Batch
		for i := range many {
			b.Learn(ownTable(i), []filters.Mark{{Name: filters.Name{What: "0"}, To: "s"}}, []filters.Delta{{Index: uint32(i), Add: 1}, {Index: ownCells - 1, Add: 2}})
		}
		if err := s.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		for i := range many {
			if err := holdsOwn(s, i, 1); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("a table that is being written", func(t *testing.T) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for path, tab := range s.tables {
			if !s.idle(path, tab) {
				t.Fatalf("%s is written and not idle", path)
			}
			s.flushing = newWork()
			s.flushing.tables[path] = &tableWork{}
			if s.idle(path, tab) {
				t.Error("it may go")
			}
			s.flushing = nil
			return
		}
		t.Error("no table is in memory")
	})
}

func TestATableMayGoWhileItIsRestored(t *testing.T) {
	from, to := openAt(t, filepath.Join(t.TempDir(), "state.db")), openAt(t, filepath.Join(t.TempDir(), "state.db"))
	if err := learnOwn(from, 3, 0); err != nil {
		t.Fatal(err)
	}
	err := from.Walk(context.Background(), func(r backend.Record) error {
		err := to.Restore(context.Background(), []backend.Record{r})
		to.mu.Lock()
		clear(to.tables)
		to.mu.Unlock()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var b filters.Batch
	p, m := b.Peek(ownTable(3), 0, ownCells), b.Marked(ownTable(3), []filters.Name{{What: "0"}})
	if err := to.Do(context.Background(), &b); err != nil || p.Values[3] != 1 || p.Values[ownCells-1] != 2 || m.Present[0] != "s" {
		t.Errorf("%v: cell %d, mark %q", err, p.Values[3], m.Present)
	}
}
