package storetest

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/backend"
)

// Bytes tells how much memory or disk a store takes.
type Bytes func(backend.Backend) int64

// Flood is F06: greylisting's triplets from one attacker who never uses the same twice. n is how many; entries and bytes
// must come to a plateau.
func Flood(t *testing.T, s backend.Backend, m *Machine, n int, bytes Bytes) {
	fam := &filters.Family{Name: "flood", TTL: 6 * time.Hour, Budget: n / 20}
	var at []int64
	for i := 0; i < n; {
		for range n / 10 / 500 {
			var b filters.Batch
			for range 500 {
				b.Seen(fam, filters.Name{Who: fmt.Sprintf("x%d@example.com", i), With: "joe@example.org", What: fmt.Sprintf("2001:db8:%x::/64", i)})
				i++
			}
			do(t, s, &b)
		}
		m.Pass(6 * time.Minute) // ten tenths in an hour
		at = append(at, bytes(s))
	}
	stat := find(t, s, backend.FamilyKind, "flood")
	if stat.Entries > int64(n/20) || stat.Problem != "" {
		t.Errorf("%+v; want at most %d entries", stat, n/20)
	}
	plateau(t, at)
	var b filters.Batch
	last := b.Look(fam, filters.Name{Who: fmt.Sprintf("x%d@example.com", n-1), With: "joe@example.org", What: fmt.Sprintf("2001:db8:%x::/64", n-1)})
	do(t, s, &b)
	if last.Times != 1 {
		t.Error("the newest is not known: nobody could pass greylisting")
	}
}

// Triplets is how many Flood is to send: as many as $WEIR_FLOOD says (CASES has ten million), else usual.
func Triplets(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("WEIR_FLOOD")
	if text == "" && testing.Short() {
		return usual / 10
	}
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 10_000 {
		t.Fatalf("WEIR_FLOOD=%s: write a number of 10000 or more", text)
	}
	return n / 10_000 * 10_000
}

// plateau wants the last third of the measurements not above those before by more than a tenth.
func plateau(t *testing.T, at []int64) {
	t.Helper()
	third := len(at) * 2 / 3
	before, after := int64(0), int64(0)
	for i, b := range at {
		if i < third {
			before = max(before, b)
		} else {
			after = max(after, b)
		}
	}
	if float64(after) > 1.1*float64(before) {
		t.Errorf("it grows on: %d bytes at most, then %d; all: %v", before, after, at)
	}
	t.Logf("bytes: %v", at)
}

// Month is F07: thirty days of mail. perDay is how many messages a day; each counts, greylists, remembers, learns and
// writes to a journal, with new names all the time.
func Month(t *testing.T, s backend.Backend, m *Machine, perDay int, bytes Bytes) {
	day := newDay(perDay)
	var at []int64
	for d := range 30 {
		for i := 0; i < perDay; i += 20 {
			var b filters.Batch
			for j := range 20 {
				day.message(&b, d*perDay+i+j)
			}
			do(t, s, &b)
			m.Pass(24 * time.Hour * 20 / time.Duration(perDay))
		}
		if sweep, ok := s.(interface{ Sweep() error }); ok {
			if err := sweep.Sweep(); err != nil {
				t.Fatal(err)
			}
		}
		at = append(at, bytes(s))
	}
	plateau(t, at)
	stats, err := s.Stats(context.Background())
	if err != nil || len(stats) < 5 {
		t.Fatalf("%+v, %v", stats, err)
	}
	for _, st := range stats {
		if st.Problem != "" || st.TTL == 0 && st.Budget == 0 && st.Kind != "store" {
			t.Errorf("neither a TTL nor a budget, or more: %+v", st)
		}
	}
}

// day is what the filters of a site keep.
type day struct {
	grey, pass, rep, known *filters.Family
	model                  *filters.Table
	journal, reports       *filters.Stream
}

func newDay(perDay int) day {
	model := &filters.Table{Name: "model", Cells: 1 << 12, Marks: filters.Family{TTL: 7 * 24 * time.Hour, Budget: 4 * perDay}}
	return day{
		grey:  &filters.Family{Name: "grey-wait", TTL: 6 * time.Hour, Budget: perDay},
		pass:  &filters.Family{Name: "grey-pass", TTL: 5 * 24 * time.Hour, Budget: 20 * perDay, Slide: true},
		rep:   &filters.Family{Name: "reputation", TTL: 7 * 24 * time.Hour, Budget: 3 * perDay},
		known: &filters.Family{Name: "known", TTL: 365 * 24 * time.Hour, Budget: 2 * perDay},
		model: model, journal: &filters.Stream{Name: "journal", Max: perDay, TTL: 3 * 24 * time.Hour, Of: model},
		reports: &filters.Stream{Name: "reports", Max: 100 * perDay, TTL: 2 * 24 * time.Hour},
	}
}

func (d *day) message(b *filters.Batch, i int) {
	sender, rcpt := fmt.Sprintf("s%d@example.com", i), fmt.Sprintf("r%d@example.org", i%50)
	b.Seen(d.grey, filters.Name{Who: sender, With: rcpt})
	b.Seen(d.pass, filters.Name{What: fmt.Sprint(i / 3)})
	b.Count(d.rep, filters.Name{What: fmt.Sprint(i / 2)}, 24*time.Hour, 1, 0)
	b.Keep(d.known, filters.Name{Who: rcpt, With: sender}, []byte{1})
	if i%10 == 0 {
		l := b.Learn(d.model, []filters.Mark{{Name: filters.Name{What: fmt.Sprint(i)}, To: "ham"}}, []filters.Delta{{Index: uint32(i) % d.model.Cells, Add: 1}})
		l.Journal, l.Notes = d.journal, []filters.Note{{Data: []byte("a note of some length, as a journal has them")}}
		b.Append(d.reports, filters.Name{Who: "example.com"}, []byte("a row of an aggregate report"))
	}
}

func do(t *testing.T, s backend.Backend, b *filters.Batch) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Do(ctx, b); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, s backend.Backend, kind backend.Kind, name string) backend.Stat {
	t.Helper()
	stats, err := s.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range stats {
		if st.Kind == kind && st.Name == name {
			return st
		}
	}
	t.Fatalf("no %s %s in %+v", kind, name, stats)
	return backend.Stat{}
}
