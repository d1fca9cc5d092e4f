package storetest

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
)

func streamBounded(t *testing.T, f *fixture) {
	stream := &filters.Stream{Name: short(t), Max: 5, TTL: time.Hour}
	texts := func(after filters.Position, limit int) (got []string, last filters.Position) {
		var b filters.Batch
		r := b.Read(stream, after, limit)
		f.do(&b)
		for _, n := range r.Notes {
			if !last.Less(n.At) {
				t.Fatalf("%v does not come after %v", n.At, last)
			}
			got, last = append(got, string(n.Data)), n.At
		}
		return got, last
	}
	if got, _ := texts(filters.Position{}, 10); got != nil {
		t.Fatalf("an empty stream holds %q", got)
	}
	var third filters.Position
	for i := range 8 {
		var b filters.Batch
		a := b.Append(stream, filters.Name{Who: "joe@example.org"}, fmt.Append(nil, i))
		f.do(&b)
		if i == 4 {
			third = a.Note.At
		}
		if i%2 == 1 {
			f.m.Pass(time.Minute)
		}
	}
	if got, _ := texts(filters.Position{}, 10); !cmp.Equal(got, []string{"3", "4", "5", "6", "7"}) {
		t.Fatalf("the newest five: %q", got)
	}
	if got, _ := texts(third, 2); !cmp.Equal(got, []string{"5", "6"}) {
		t.Fatalf("two after a position: %q", got)
	}
	f.m.Pass(58 * time.Minute)
	if got, _ := texts(filters.Position{}, 10); !cmp.Equal(got, []string{"6", "7"}) {
		t.Fatalf("an hour after the third and fourth last: %q", got)
	}
	f.m.Pass(time.Hour)
	if got, _ := texts(filters.Position{}, 10); got != nil {
		t.Fatalf("after its time: %q", got)
	}
}

func table(t *testing.T) *filters.Table {
	return &filters.Table{Name: short(t), Cells: 100_000, Marks: filters.Family{TTL: 24 * time.Hour, Budget: 10_000}}
}

func (f *fixture) learn(tab *filters.Table, marks []filters.Mark, deltas ...filters.Delta) *filters.Learning {
	f.Helper()
	var b filters.Batch
	l := b.Learn(tab, marks, deltas)
	f.do(&b)
	return l
}

func (f *fixture) cells(tab *filters.Table, index ...uint32) (values []int32) {
	f.Helper()
	for _, i := range index {
		var b filters.Batch
		p := b.Peek(tab, i, 1)
		f.do(&b)
		values = append(values, append(p.Values, 0)[0])
	}
	return values
}

func mark(i int, from, to string) []filters.Mark {
	return []filters.Mark{{Name: what(i), From: from, To: to}}
}

func learnTwice(t *testing.T, f *fixture) {
	tab := table(t)
	first := f.learn(tab, mark(1, "", "spam"), filters.Delta{Index: 3, Add: 2}, filters.Delta{Index: 99_999, Add: 1}, filters.Delta{Index: 3, Add: 1})
	again := f.learn(tab, mark(1, "", "spam"), filters.Delta{Index: 3, Add: 2}, filters.Delta{Index: 99_999, Add: 1})
	if !first.Applied || again.Applied || !cmp.Equal(again.Present, []string{"spam"}) || again.Version != first.Version {
		t.Fatalf("first %+v, again %+v", first, again)
	}
	if got := f.cells(tab, 3, 99_999, 4); !cmp.Equal(got, []int32{3, 1, 0}) {
		t.Fatalf("cells: %v", got)
	}
	var b filters.Batch
	m := b.Marked(tab, []filters.Name{what(1), what(2)})
	f.do(&b)
	if !cmp.Equal(m.Present, []string{"spam", ""}) {
		t.Fatalf("marks: %q", m.Present)
	}
}

func relearn(t *testing.T, f *fixture) {
	tab := table(t)
	f.learn(tab, mark(1, "", "spam"), filters.Delta{Index: 2, Add: 1}, filters.Delta{Index: 10, Add: 1})
	change := []filters.Delta{{Index: 2, Add: -1}, {Index: 10, Add: -1}, {Index: 11, Add: 1}}
	for i := range 2 {
		if l := f.learn(tab, mark(1, "spam", "ham"), change...); l.Applied != (i == 0) {
			t.Fatalf("time %d: %+v", i, l)
		}
	}
	if got := f.cells(tab, 2, 10, 11); !cmp.Equal(got, []int32{0, 0, 1}) {
		t.Fatalf("as ham: %v", got)
	}
	for i := range 2 {
		if l := f.learn(tab, mark(1, "ham", ""), filters.Delta{Index: 11, Add: -1}); l.Applied != (i == 0) {
			t.Fatalf("unlearned, time %d: %+v", i, l)
		}
	}
	if got := f.cells(tab, 2, 10, 11); !cmp.Equal(got, []int32{0, 0, 0}) {
		t.Fatalf("unlearned: %v", got)
	}
	if l := f.learn(tab, mark(1, "", "ham"), filters.Delta{Index: 11, Add: 1}); !l.Applied {
		t.Fatalf("learned anew: %+v", l)
	}
}

func learnWhole(t *testing.T, f *fixture) {
	tab := table(t)
	journal := &filters.Stream{Name: "journal", Max: 100, TTL: time.Hour, Of: tab}
	learn := func(deltas []filters.Delta, marks ...filters.Mark) *filters.Learning {
		var b filters.Batch
		l := b.Learn(tab, marks, deltas)
		l.Journal, l.Notes = journal, []filters.Note{{Data: []byte("note")}}
		f.do(&b)
		return l
	}
	f.learn(tab, mark(7, "", "spam"))
	l := learn([]filters.Delta{{Index: 1, Add: 1}}, filters.Mark{Name: what(6), To: "ham"}, filters.Mark{Name: what(7), To: "ham"}, filters.Mark{Name: what(8), To: "ham"})
	if l.Applied || !cmp.Equal(l.Present, []string{"", "spam", ""}) {
		t.Fatalf("one of three marks is set: %+v", l)
	}
	var b filters.Batch
	m, notes := b.Marked(tab, []filters.Name{what(6), what(7), what(8)}), b.Read(journal, filters.Position{}, 10)
	f.do(&b)
	if !cmp.Equal(m.Present, []string{"", "spam", ""}) || len(notes.Notes) != 0 || f.cells(tab, 1)[0] != 0 {
		t.Fatalf("something was changed: %q, %d notes, %v", m.Present, len(notes.Notes), f.cells(tab, 1))
	}
	many := make([]filters.Delta, filters.MaxDeltas)
	for i := range many {
		many[i] = filters.Delta{Index: uint32(i * 3), Add: int32(i)}
	}
	if l := learn(many, filters.Mark{Name: what(6), To: "ham"}, filters.Mark{Name: what(7), From: "spam", To: "ham"}); !l.Applied {
		t.Fatalf("as many cells as may be: %+v", l)
	}
	b = filters.Batch{}
	notes = b.Read(journal, filters.Position{}, 10)
	f.do(&b)
	if got := f.cells(tab, 3, 3*(filters.MaxDeltas-1)); len(notes.Notes) != 1 || !cmp.Equal(got, []int32{1, filters.MaxDeltas - 1}) {
		t.Fatalf("%d notes, cells %v", len(notes.Notes), got)
	}
}

func cellsSaturate(t *testing.T, f *fixture) {
	tab := table(t)
	f.learn(tab, nil, filters.Delta{Index: 0, Add: math.MaxInt32}, filters.Delta{Index: 1, Add: math.MinInt32})
	f.learn(tab, nil, filters.Delta{Index: 0, Add: 1}, filters.Delta{Index: 1, Add: -1}, filters.Delta{Index: 2, Add: -5})
	if got := f.cells(tab, 0, 1, 2); !cmp.Equal(got, []int32{math.MaxInt32, math.MinInt32, -5}) {
		t.Fatalf("cells: %v", got)
	}
}

func clearTable(t *testing.T, f *fixture) {
	tab := table(t)
	journal := &filters.Stream{Name: "journal", Max: 100, TTL: time.Hour, Of: tab}
	replica := f.s.Replica(*tab)
	f.await("an untrained table", func() bool { s := replica.State(); return s.Known && !s.Trained() && !s.Stale })
	var b filters.Batch
	l := b.Learn(tab, mark(1, "", "spam"), []filters.Delta{{Index: 1, Add: 1}})
	l.Journal, l.Notes = journal, []filters.Note{{Data: []byte("note")}}
	f.do(&b)
	f.await("a trained table", func() bool { return replica.State().Trained() && replica.View().At(1) == 1 })
	b = filters.Batch{}
	b.Clear(tab)
	m, notes := b.Marked(tab, []filters.Name{what(1)}), b.Read(journal, filters.Position{}, 10)
	f.do(&b)
	if m.Present[0] != "" || len(notes.Notes) != 1 || f.cells(tab, 1)[0] != 0 {
		t.Fatalf("cleared: mark %q, %d notes, cell %v", m.Present, len(notes.Notes), f.cells(tab, 1))
	}
	f.await("an untrained table again", func() bool { s := replica.State(); return s.Known && !s.Trained() && replica.View().At(1) == 0 })
	again := f.learn(tab, mark(1, "", "ham"), filters.Delta{Index: 2, Add: 1})
	if !again.Applied || again.Version.Epoch == l.Version.Epoch || !cmp.Equal(f.cells(tab, 1, 2), []int32{0, 1}) {
		t.Fatalf("learned anew: %+v, first %+v; cells %v", again.Version, l.Version, f.cells(tab, 1, 2))
	}
	f.await("the new table", func() bool { return replica.View().At(2) == 1 && replica.State().Version == again.Version })
}

// await waits for something that must come within ten seconds.
func (f *fixture) await(what string, is func() bool) {
	f.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			f.Fatalf("%s does not come", what)
		}
	}
}

func replicaFollows(t *testing.T, f *fixture) {
	tab := table(t)
	replica := f.s.Replica(*tab)
	if f.s.Replica(*tab) != replica {
		t.Error("a second replica of the same table")
	}
	want := map[uint32]int32{}
	var last filters.Version
	for i := range 50 {
		var deltas []filters.Delta
		for j := range 40 {
			d := filters.Delta{Index: uint32(i*j*7919) % tab.Cells, Add: int32(j - 20)}
			deltas, want[d.Index] = append(deltas, d), want[d.Index]+d.Add
		}
		last = f.learn(tab, mark(i, "", "spam"), deltas...).Version
	}
	f.await("the last version", func() bool { return replica.State().Version == last })
	for i, v := range want {
		if got := replica.View().At(i); got != v {
			t.Fatalf("cell %d: %d, want %d", i, got, v)
		}
	}
	if replica.View().At(tab.Cells) != 0 || replica.View().At(math.MaxUint32) != 0 {
		t.Error("a cell beyond the table")
	}
}

func scopesApart(t *testing.T, f *fixture) {
	site := table(t)
	joe, jim := *site, *site
	joe.Scope, jim.Scope = filters.Name{Who: "joe@example.org"}, filters.Name{Who: "jim@example.org"}
	for i, tab := range []*filters.Table{site, &joe, &jim} {
		if l := f.learn(tab, mark(1, "", "spam"), filters.Delta{Index: 5, Add: int32(i + 1)}); !l.Applied {
			t.Fatalf("table %d: %+v", i, l)
		}
	}
	for i, tab := range []*filters.Table{site, &joe, &jim} {
		if got := f.cells(tab, 5); got[0] != int32(i+1) {
			t.Errorf("table %d: %v", i, got)
		}
	}
	other := *site
	other.Cells = 7
	var b filters.Batch
	b.Learn(&other, nil, nil)
	if err := f.s.Do(context.Background(), &b); err == nil {
		t.Error("a table of another size under the same name is taken")
	}
}
