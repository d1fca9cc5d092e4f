package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/key"
	"weir/gateway/store/storetest"
)

// fileSize gives how far the file is in use (it grows by steps of 16 MB ahead of that), and how much of that is free for
// the next transaction. The free part depends on how much came together for one transaction, thus on the machine's speed.
func fileSize(b backend.Backend) (all, free int64) {
	db := b.(*Store).db
	_ = db.View(func(tx *bolt.Tx) error { all = tx.Size(); return nil })
	stats := db.Stats()
	return all, int64(stats.FreePageN+stats.PendingPageN) * int64(db.Info().PageSize)
}

// liveSize gives the bytes of the file that hold something.
func liveSize(b backend.Backend) int64 {
	all, free := fileSize(b)
	return all - free
}

// staysInProportion wants the file not above five times what it holds. A transaction writes each page that it changes
// anew, and the free ones of those before are not always side by side; a store that loses pages goes far beyond that.
func staysInProportion(t *testing.T, b backend.Backend) {
	t.Helper()
	if all, free := fileSize(b); all > 5*(all-free) {
		t.Errorf("the file takes %d bytes, and %d of them are free", all, free)
	}
}

func floodOfUniqueTriplets(t *testing.T) {
	path, m := filepath.Join(t.TempDir(), "state.db"), storetest.NewMachine(storetest.Start)
	s := open(t, path, m)
	storetest.Flood(t, s, m, storetest.Triplets(t, 1_000_000), liveSize)
	staysInProportion(t, s)
}

func thirtyDays(t *testing.T) {
	path, m := filepath.Join(t.TempDir(), "state.db"), storetest.NewMachine(storetest.Start)
	s := open(t, path, m)
	storetest.Month(t, s, m, 1000, liveSize)
	staysInProportion(t, s)
}

func TestEndedEntriesAreSweptFromTheFile(t *testing.T) {
	m := storetest.NewMachine(storetest.Start)
	s := open(t, filepath.Join(t.TempDir(), "state.db"), m)
	fam := &filters.Family{Name: "short", TTL: time.Hour, Budget: 1000}
	tab := &filters.Table{Name: "tab", Cells: 10, TTL: time.Hour, Scope: filters.Name{Who: "joe@example.org"}, Marks: filters.Family{TTL: time.Hour, Budget: 10}}
	var b filters.Batch
	for i := range 100 {
		b.Seen(fam, filters.Name{What: fmt.Sprint(i)})
	}
	b.Learn(tab, []filters.Mark{{To: "x"}}, []filters.Delta{{Index: 1, Add: 1}})
	b.Append(&filters.Stream{Name: "notes", Max: 10, TTL: time.Hour}, filters.Name{}, []byte("x"))
	if err := s.Do(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		err := s.Walk(context.Background(), func(r backend.Record) error {
			if r.Kind == backend.EntryKind || r.Kind == backend.TableKind || r.Kind == backend.MarkKind || r.Kind == backend.NoteKind {
				n++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	m.Pass(30 * time.Minute)
	if err := s.Sweep(); err != nil || count() != 103 {
		t.Fatalf("swept too early: %d, %v", count(), err)
	}
	m.Pass(31 * time.Minute)
	if err := s.Sweep(); err != nil || count() != 0 {
		t.Fatalf("not swept: %d, %v", count(), err)
	}
}

func aStartWithAWrongClockTakesNothing(t *testing.T) {
	path, m := filepath.Join(t.TempDir(), "state.db"), storetest.NewMachine(storetest.Start)
	fam := &filters.Family{Name: "fam", TTL: 2 * time.Hour, Budget: 10}
	seen := func(m *storetest.Machine) *filters.Sight {
		t.Helper()
		s := open(t, path, m)
		var b filters.Batch
		r := b.Seen(fam, filters.Name{What: "x"})
		if err := errors.Join(s.Do(context.Background(), &b), s.Close()); err != nil {
			t.Fatal(err)
		}
		return r
	}
	seen(m)
	m.Pass(time.Hour)
	m.Jump(-24 * time.Hour)
	if r := seen(m); r.New || r.First.After(r.Last) || r.Times != 2 {
		t.Errorf("started a day back: %+v", r)
	}
	m.Jump(24 * time.Hour)
	if r := seen(m); r.New || r.Times != 3 {
		t.Errorf("started with the right time again: %+v", r)
	}
	m.Jump(74 * 365 * 24 * time.Hour)
	if r := seen(m); !r.New {
		t.Errorf("74 years later: %+v", r)
	}
	m.Jump(-74 * 365 * 24 * time.Hour)
	r := seen(m)
	if later := m.Now(); r.First.After(later) || r.Last.After(later) {
		t.Errorf("back from 2100: %+v; that is greylisted for ever", r)
	}
	m.Pass(3 * time.Hour)
	if r := seen(m); !r.New {
		t.Errorf("what was written in 2100 lives on: %+v", r)
	}
}

func TestADamagedFileIsAnErrorAndNoCrash(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	m := storetest.NewMachine(storetest.Start)
	fam := &filters.Family{Name: "fam", TTL: time.Hour, Budget: 100_000}
	s := open(t, good, m)
	for i := range 30 {
		var b filters.Batch
		for j := range 300 {
			b.Keep(fam, filters.Name{What: fmt.Sprint(i, j)}, bytes.Repeat([]byte{1}, 100))
		}
		if err := s.Do(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"empty":               func(b []byte) []byte { return b[:0:0] },
		"cut off":             func(b []byte) []byte { return b[:len(b)/3] },
		"cut off at a page":   func(b []byte) []byte { return b[:4*4096] },
		"another file":        func(b []byte) []byte { return bytes.Repeat([]byte("text\n"), 20_000) },
		"zeros in the middle": func(b []byte) []byte { clear(b[16384 : len(b)-4096]); return b },
		"pages of no kind": func(b []byte) []byte {
			for i := 2 * 4096; i+4096 <= len(b); i += 4096 {
				if bytes.Contains(b[i:i+4096], bytes.Repeat([]byte{1}, 90)) { // it holds entries
					b[i+8] = 0x40 // the flags in its head
				}
			}
			return b
		},
		"noise in the middle": func(b []byte) []byte {
			for i := 16384; i < len(b); i += 3 {
				b[i] ^= 0x5a
			}
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".db")
			if err := os.WriteFile(path, damage(bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(Options{Path: path, Keys: key.New(storetest.Secret), Clock: m.Clock()})
			if err != nil {
				return // it says so
			}
			defer s.Close()
			silent := 0
			for i := range 30 {
				var b filters.Batch
				for j := range 300 {
					b.Recall(fam, filters.Name{What: fmt.Sprint(i, j)})
				}
				_ = s.Do(context.Background(), &b) // each has its own error
				for _, op := range b.Ops {
					if v := op.(*filters.Value); v.Err == nil && !v.Found {
						silent++
					}
				}
			}
			if silent > 0 && name != "empty" {
				t.Errorf("%d entries read as not there", silent)
			}
		})
	}
}

func TestTwoProcessesDoNotShareTheFile(t *testing.T) {
	path, m := filepath.Join(t.TempDir(), "state.db"), storetest.NewMachine(storetest.Start)
	open(t, path, m)
	if s, err := Open(Options{Path: path, Keys: key.New(storetest.Secret), Wait: 50 * time.Millisecond}); !errors.Is(err, ErrInUse) {
		t.Errorf("%v, %v", s, err)
	}
}

func TestATableOutlivesItsProcess(t *testing.T) {
	path, m := filepath.Join(t.TempDir(), "state.db"), storetest.NewMachine(storetest.Start)
	tab := &filters.Table{Name: "tab", Cells: 1 << 20, Marks: filters.Family{TTL: time.Hour, Budget: 1000}}
	want := map[uint32]int32{}
	for round := range 4 {
		s := open(t, path, m)
		for i := range 30 {
			var deltas []filters.Delta
			for j := range 20_000 { // in all more than is kept in the log
				d := filters.Delta{Index: uint32(j*(round+7)*(i+3)) % tab.Cells, Add: int32(j % 5)}
				deltas, want[d.Index] = append(deltas, d), want[d.Index]+d.Add
			}
			var b filters.Batch
			b.Learn(tab, nil, deltas)
			if err := s.Do(context.Background(), &b); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, path, m)
	view := s.Replica(*tab).View()
	for i, v := range want {
		if view.At(i) != v {
			t.Fatalf("cell %d: %d, want %d", i, view.At(i), v)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte{}, uint16(3))
	f.Add(bytes.Repeat([]byte{0}, 100), uint16(1))
	f.Add(bytes.Repeat([]byte{255}, 100), uint16(1))
	f.Fuzz(func(t *testing.T, data []byte, room uint16) {
		k := key.Key{1, 2, 3}
		p := page(bytes.Clone(data)).swept(storetest.Start)
		p = p.with(&k, []byte("content"), storetest.Start.Add(time.Hour), 1+int(room%40), storetest.Start)
		if stored := p.stored(&k); len(stored) < 5 || string(stored[5:]) != "content" {
			t.Fatalf("not found again: %x", p)
		}
		if n := p.count(); n > 1+len(data)/recordHead {
			t.Fatalf("%d records", n)
		}
		if p = p.without(&k); p.stored(&k) != nil {
			t.Fatal("removed, and there")
		}
	})
}

func BenchmarkStore(b *testing.B) {
	s, err := Open(Options{Path: filepath.Join(b.TempDir(), "state.db"), Keys: key.New(storetest.Secret)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.Benchmarks(b, s)
}
