package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/key"
)

// Secret is the secret under which the stores of the suite must be opened.
var Secret = []byte("the suite's secret")

// fill puts a bit of everything into a store.
func (f *fixture) fill(t *testing.T) (fam *filters.Family, tab *filters.Table, journal *filters.Stream) {
	fam, tab = family(t, time.Hour, 1000), table(t)
	fam.Name, tab.Name = "back-"+fam.Name, "back-"+tab.Name
	journal = &filters.Stream{Name: "journal", Max: 100, TTL: time.Hour, Of: tab}
	var b filters.Batch
	for i := range 200 {
		b.Keep(fam, filters.Name{Who: fmt.Sprintf("joe%d@example.org", i), With: "jim@example.net"}, []byte(fmt.Sprint(i)))
	}
	for i := range 20 {
		b.Append(&filters.Stream{Name: "back-" + short(t), Max: 15, TTL: time.Hour}, filters.Name{Who: fmt.Sprintf("joe%d@example.org", i%3)}, fmt.Append(nil, i))
	}
	own := *tab
	own.Scope = filters.Name{Who: "joe1@example.org"}
	b.Learn(&own, nil, []filters.Delta{{Index: 9, Add: 9}})
	for i := range 30 {
		l := b.Learn(tab, mark(i, "", "spam"), []filters.Delta{{Index: uint32(i * 3001), Add: int32(i)}})
		l.Journal, l.Notes = journal, []filters.Note{{About: filters.Name{Who: "joe2@example.org"}, Data: fmt.Append(nil, "n", i)}}
	}
	l := b.Learn(tab, mark(31, "", "ham"), []filters.Delta{{Index: 5, Add: 5}})
	l.Journal, l.Notes = &filters.Stream{Name: "second", Max: 50, TTL: 2 * time.Hour, Of: tab}, []filters.Note{{Data: []byte("n")}}
	f.do(&b)
	return fam, tab, journal
}

// all gives everything in a store by what it is, without the parts that each store chooses itself.
func all(t *testing.T, s backend.Backend, only string) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := s.Walk(context.Background(), func(r backend.Record) error {
		if len(r.Name) < len(only) || r.Name[:len(only)] != only {
			return nil
		}
		at := ""
		if r.At != nil {
			at = fmt.Sprint(*r.At)
		}
		id := fmt.Sprintf("%s %s %x %s %d", r.Kind, r.Name, r.Key, at, r.From)
		if _, twice := got[id]; twice && r.Kind != backend.EntryKind {
			t.Errorf("%s is visited twice", id)
		}
		got[id] = fmt.Sprintf("%d %d %d %d %d %x", r.End, r.TTL, r.MarkTTL, r.Budget, r.Cells, r.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func backupRestores(t *testing.T, f *fixture) {
	fam, tab, journal := f.fill(t)
	before := all(t, f.s, "back-")
	if len(before) < 200+15+2+30+30+3 {
		t.Fatalf("only %d records were visited", len(before))
	}
	var records []backend.Record
	collect := func(r backend.Record) error {
		if len(r.Name) > 5 && r.Name[:5] == "back-" {
			records = append(records, r)
		}
		return nil
	}
	if err := f.s.Walk(context.Background(), collect); err != nil {
		t.Fatal(err)
	}
	everything := func(key.Key) bool { return true }
	if _, err := f.s.Erase(context.Background(), everything); err != nil {
		t.Fatal(err)
	}
	var b filters.Batch
	b.Clear(tab)
	b.Learn(tab, mark(500, "", "ham"), []filters.Delta{{Index: 77, Add: 77}})
	f.do(&b)
	for len(records) > 0 {
		n := min(50, len(records))
		if err := f.s.Restore(context.Background(), records[:n]); err != nil {
			t.Fatal(err)
		}
		records = records[n:]
	}
	if diff := cmp.Diff(before, all(t, f.s, "back-")); diff != "" {
		t.Fatalf("restored (-before +after):\n%s", diff)
	}
	b = filters.Batch{}
	v, m, r := b.Recall(fam, filters.Name{Who: "joe7@example.org", With: "jim@example.net"}), b.Marked(tab, []filters.Name{what(3), what(500)}), b.Read(journal, filters.Position{}, 100)
	f.do(&b)
	if string(v.Data) != "7" || !cmp.Equal(m.Present, []string{"spam", ""}) || len(r.Notes) != 30 || !cmp.Equal(f.cells(tab, 3001, 77), []int32{1, 0}) {
		t.Fatalf("%q, %q, %d notes, cells %v", v.Data, m.Present, len(r.Notes), f.cells(tab, 3001, 77))
	}
	replica := f.s.Replica(*tab)
	f.await("the replica", func() bool { return replica.View().At(3001) == 1 && replica.View().At(77) == 0 })
}

func eraseLeavesOthers(t *testing.T, f *fixture) {
	fam, tab, journal := f.fill(t)
	y := key.New(Secret)
	before := all(t, f.s, "back-")
	joe := y.Person("joe1@example.org")
	n, err := f.s.Erase(context.Background(), func(k key.Key) bool { return k.Concerns(joe) })
	if err != nil || n != 1+5+1 {
		t.Fatalf("%d erased, %v; want one entry, five notes, one table", n, err)
	}
	after := all(t, f.s, "back-")
	var b filters.Batch
	gone, there, r := b.Recall(fam, filters.Name{Who: "joe1@example.org", With: "jim@example.net"}), b.Recall(fam, filters.Name{Who: "joe10@example.org", With: "jim@example.net"}), b.Read(journal, filters.Position{}, 100)
	f.do(&b)
	if gone.Found || !there.Found || len(r.Notes) != 30 || len(before)-len(after) < 7 {
		t.Fatalf("joe1 %v, joe10 %v, %d notes; %d records before, %d after", gone.Found, there.Found, len(r.Notes), len(before), len(after))
	}
	own := *tab
	own.Scope = filters.Name{Who: "joe1@example.org"}
	if got := f.cells(&own, 9); got[0] != 0 {
		t.Errorf("the table of joe1 holds %v", got)
	}
}

func eraseDomain(t *testing.T, f *fixture) {
	fam, tab, journal := f.fill(t)
	org := key.New(Secret).Person("example.org")
	n, err := f.s.Erase(context.Background(), func(k key.Key) bool { return k.Concerns(org) })
	if err != nil || n != 200+15+1+30 {
		t.Fatalf("%d erased, %v; want 200 entries, 15 and 30 notes, one table", n, err)
	}
	var b filters.Batch
	v, r := b.Recall(fam, filters.Name{Who: "joe1@example.org", With: "jim@example.net"}), b.Read(journal, filters.Position{}, 100)
	f.do(&b)
	if v.Found || len(r.Notes) != 0 || f.cells(tab, 3001)[0] != 1 {
		t.Fatalf("found %v, %d notes, the site's cell %v", v.Found, len(r.Notes), f.cells(tab, 3001))
	}
}

func wipe(t *testing.T, f *fixture) {
	fam, tab, journal := f.fill(t)
	replica := f.s.Replica(*tab)
	f.await("the replica", func() bool { return replica.View().At(3001) == 1 })
	if err := f.s.Wipe(context.Background()); err != nil {
		t.Fatal(err)
	}
	for id := range all(t, f.s, "") {
		if id[:6] != "family" && id[:6] != "stream" && id[:5] != "table" {
			t.Errorf("%s is left", id)
		}
	}
	f.await("an untrained replica", func() bool { return !replica.State().Trained() && replica.View().At(3001) == 0 })
	var b filters.Batch
	v, m, r := b.Recall(fam, filters.Name{Who: "joe7@example.org", With: "jim@example.net"}), b.Marked(tab, []filters.Name{what(3)}), b.Read(journal, filters.Position{}, 100)
	f.do(&b)
	if v.Found || m.Present[0] != "" || len(r.Notes) != 0 {
		t.Fatalf("found %v, marked %q, %d notes", v.Found, m.Present, len(r.Notes))
	}
	f.fill(t)
	if n := len(all(t, f.s, "back-")); n < 200+15+2+30+30+3 {
		t.Fatalf("only %d records were stored afterwards", n)
	}
}

func statsShow(t *testing.T, f *fixture) {
	fam, tab, _ := f.fill(t)
	stats, err := f.s.Stats(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]backend.Stat{}
	for _, s := range stats {
		if s.Problem != "" {
			t.Errorf("%+v", s)
		}
		found[string(s.Kind)+" "+s.Name] = s
	}
	for name, want := range map[string]backend.Stat{
		"family " + fam.Name:              {Entries: 200, Budget: 1000, TTL: time.Hour},
		"stream back-" + short(t):         {Entries: 15, Budget: 15, TTL: time.Hour},
		"stream " + tab.Name + "/journal": {Entries: 30, Budget: 100, TTL: time.Hour},
		"stream " + tab.Name + "/second":  {Entries: 1, Budget: 50, TTL: 2 * time.Hour},
		"mark " + tab.Name:                {Entries: 31, Budget: 10_000, TTL: 24 * time.Hour},
	} {
		got := found[name]
		if got.Entries != want.Entries || got.Budget != want.Budget || got.TTL != want.TTL || got.Bytes == 0 || got.Keys == 0 {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := found["table "+tab.Name]; got.Budget != int64(tab.Cells) || got.Bytes == 0 {
		t.Errorf("the table: %+v", got)
	}
}
