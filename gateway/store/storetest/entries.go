package storetest

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
)

func seenEnds(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 1000)
	first := f.seen(fam, what(1))
	if !first.New || !first.First.Equal(Start) || !first.Last.IsZero() || first.Times != 1 {
		t.Fatalf("first: %+v", first)
	}
	f.m.Pass(10 * time.Minute)
	again := f.seen(fam, what(1))
	if again.New || !again.First.Equal(Start) || !again.Last.Equal(Start) || again.Times != 2 {
		t.Fatalf("again: %+v", again)
	}
	if other := f.seen(fam, what(2)); !other.New {
		t.Fatalf("another name: %+v", other)
	}
	f.m.Pass(49 * time.Minute)
	if s := f.look(fam, what(1)); s.Times != 2 || !s.Last.Equal(Start.Add(10*time.Minute)) {
		t.Fatalf("a minute before its end: %+v", s)
	}
	f.m.Pass(time.Minute)
	if s := f.seen(fam, what(1)); !s.New || s.Times != 1 {
		t.Fatalf("after its end: %+v", s)
	}
}

func seenSlides(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 1000)
	fam.Slide = true
	for i := range 5 {
		if s := f.seen(fam, what(1)); s.New != (i == 0) || s.Times != i+1 {
			t.Fatalf("time %d: %+v", i, s)
		}
		f.m.Pass(50 * time.Minute)
	}
	f.m.Pass(10 * time.Minute)
	if s := f.look(fam, what(1)); s.Times != 0 {
		t.Fatalf("an hour after the last time: %+v", s)
	}
}

func lookChangesNothing(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 1000)
	for range 2 {
		var b filters.Batch
		s, c, k, set, v := b.Look(fam, what(1)), b.Count(fam, what(2), time.Hour), b.Take(fam, what(3), 1, 5, 0), b.Join(fam, what(4)), b.Recall(fam, what(5))
		f.do(&b)
		if s.New || s.Times != 0 || !s.First.IsZero() || c.Values != nil || !k.OK || k.Left != 5 || set.Members != nil || v.Found {
			t.Fatalf("something is known: %+v %+v %+v %+v %+v", s, c, k, set, v)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(b)) }

func countersFade(t *testing.T, f *fixture) {
	fam := family(t, 30*24*time.Hour, 1000)
	count := func(plus ...float64) []float64 {
		var b filters.Batch
		c := b.Count(fam, what(1), time.Hour, plus...)
		c.Cap = 100
		f.do(&b)
		return c.Values
	}
	check := func(step string, got []float64, want ...float64) {
		t.Helper()
		if !cmp.Equal(got, want, cmp.Comparer(near)) {
			t.Fatalf("%s: %v, want %v", step, got, want)
		}
	}
	check("first", count(8, 1), 8, 1)
	f.m.Pass(time.Hour)
	check("half", count(), 4, 0.5)
	check("half, read again", count(), 4, 0.5)
	check("added to one", count(1), 5, 0.5)
	f.m.Pass(30 * time.Minute)
	check("half an hour", count(0, 0, -2), 5/math.Sqrt2, 0.5/math.Sqrt2, -2)
	check("capped", count(1000, 0, -1000), 100, 0.5/math.Sqrt2, -100)
	f.m.Pass(29 * 24 * time.Hour)
	if got := count(); len(got) != 3 || got[0] > 1e-100 {
		t.Fatalf("after 29 days: %v", got)
	}
	f.m.Pass(24 * time.Hour)
	if got := count(); got != nil {
		t.Fatalf("after its time: %v", got)
	}
}

func bucketFills(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 1000)
	take := func(cost float64) *filters.Taking {
		var b filters.Batch
		k := b.Take(fam, what(1), 0.5, 3, cost)
		f.do(&b)
		return k
	}
	for i := range 3 {
		if k := take(1); !k.OK || !near(k.Left, float64(2-i)) {
			t.Fatalf("token %d: %+v", i, k)
		}
	}
	if k := take(1); k.OK || k.Left != 0 || k.Wait != 2*time.Second {
		t.Fatalf("empty: %+v", k)
	}
	f.m.Pass(time.Second)
	if k := take(1); k.OK || !near(k.Left, 0.5) || k.Wait != time.Second {
		t.Fatalf("half a token: %+v", k)
	}
	f.m.Pass(time.Second)
	if k := take(1); !k.OK || !near(k.Left, 0) {
		t.Fatalf("one token: %+v", k)
	}
	f.m.Pass(time.Minute)
	if k := take(0); !k.OK || k.Left != 3 {
		t.Fatalf("full again: %+v", k)
	}
	if k := take(4); k.OK || k.Wait >= 0 || k.Left != 3 {
		t.Fatalf("more than it holds: %+v", k)
	}
}

func setKeepsNewest(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 1000)
	join := func(hold int, members ...uint64) []uint64 {
		var b filters.Batch
		s := b.Join(fam, what(1), members...)
		s.Hold = hold
		f.do(&b)
		return s.Members
	}
	for _, c := range []struct {
		hold      int
		add, want []uint64
	}{
		{3, []uint64{1, math.MaxUint64}, []uint64{1, math.MaxUint64}},
		{3, []uint64{2, 1}, []uint64{math.MaxUint64, 2, 1}},
		{3, []uint64{7}, []uint64{2, 1, 7}},
		{3, nil, []uint64{2, 1, 7}},
		{2, []uint64{7}, []uint64{1, 7}},
		{0, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
		{0, []uint64{256}, []uint64{2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 256}},
	} {
		if got := join(c.hold, c.add...); !cmp.Equal(got, c.want) {
			t.Fatalf("add %v, keep %d: %v, want %v", c.add, c.hold, got, c.want)
		}
	}
	f.m.Pass(time.Hour)
	if got := join(0); got != nil {
		t.Fatalf("after its time: %v", got)
	}
}

func bytesKept(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 1000)
	long := make([]byte, filters.MaxData)
	for _, data := range [][]byte{[]byte("a"), []byte("\x00\r\n\xff"), {}, long, []byte("b")} {
		var b filters.Batch
		k, r := b.Keep(fam, what(1), data), b.Recall(fam, what(1))
		f.do(&b)
		if !r.Found || string(r.Data) != string(data) || k.Found != (string(data) != "a") {
			t.Fatalf("kept %q: %+v %+v", data, k, r)
		}
	}
	var b filters.Batch
	d, r, again := b.Drop(fam, what(1)), b.Recall(fam, what(1)), b.Drop(fam, what(1))
	f.do(&b)
	if !d.Found || r.Found || again.Found {
		t.Fatalf("dropped: %v, then found %v, dropped again %v", d.Found, r.Found, again.Found)
	}
}

func oddNamesApart(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 100_000)
	all := map[filters.Name]byte{}
	for _, a := range oddNames {
		for _, n := range []filters.Name{{Who: a}, {With: a, What: "w"}, {What: "w" + a}, {Who: a, With: a, What: a + "x"}} {
			all[n] = byte(len(all))
		}
	}
	for n, i := range all {
		var b filters.Batch
		v := b.Keep(fam, n, []byte{i})
		f.do(&b)
		if v.Found {
			t.Fatalf("%.30q was there before it was put", n)
		}
	}
	for n, i := range all {
		var b filters.Batch
		v := b.Recall(fam, n)
		f.do(&b)
		if !v.Found || len(v.Data) != 1 || v.Data[0] != i {
			t.Fatalf("%.30q: %v, want %d", n, v.Data, i)
		}
	}
}

func budgetHolds(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 300)
	for i := 0; i < 3000; i += 100 {
		var b filters.Batch
		for j := range 100 {
			b.Seen(fam, what(i+j))
		}
		f.do(&b)
	}
	known := 0
	for i := 0; i < 3000; i += 100 {
		var b filters.Batch
		for j := range 100 {
			b.Look(fam, what(i+j))
		}
		f.do(&b)
		for _, op := range b.Ops {
			if op.(*filters.Sight).Times > 0 {
				known++
			}
		}
	}
	if known > 300 || known < 250 {
		t.Fatalf("%d are known, of a budget of 300", known)
	}
}

func firstEndsFirst(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 5)
	for i := range 5 {
		f.seen(fam, what(i))
		f.m.Pass(time.Minute)
	}
	f.seen(fam, what(5))
	for i := range 6 {
		if got := f.look(fam, what(i)).Times > 0; got != (i > 0) {
			t.Errorf("%d is known: %v", i, got)
		}
	}
	f.m.Pass(57 * time.Minute) // 1 and 2 have ended
	f.seen(fam, what(6))
	f.seen(fam, what(7))
	for i := 3; i < 8; i++ {
		if f.look(fam, what(i)).Times == 0 {
			t.Errorf("%d had to go though others had ended", i)
		}
	}
}

func clockJumps(t *testing.T, f *fixture) {
	fam := family(t, 2*time.Hour, 1000)
	f.seen(fam, what(1))
	for _, jump := range []time.Duration{24 * time.Hour, -48 * time.Hour, 12 * 365 * 24 * time.Hour, 62 * 365 * 24 * time.Hour, -74*365*24*time.Hour + 24*time.Hour} {
		f.m.Jump(jump)
		f.m.Pass(10 * time.Minute)
		s := f.look(fam, what(1))
		if s.Times != 1 {
			t.Fatalf("after a jump of %s it is not known", jump)
		}
		// Greylisting: what is first seen now must be old enough ten minutes later.
		first := f.seen(fam, filters.Name{What: jump.String()})
		f.m.Pass(10 * time.Minute)
		again := f.seen(fam, filters.Name{What: jump.String()})
		if age := again.Last.Sub(first.First); again.New || age < 0 {
			t.Fatalf("after a jump of %s: first %+v, ten minutes later %+v", jump, first, again)
		}
		var b filters.Batch
		now := b.Seen(fam, filters.Name{What: "now" + jump.String()})
		f.do(&b)
		if age := now.First.Sub(first.First); age < 8*time.Minute || age > 12*time.Minute {
			t.Fatalf("after a jump of %s, ten minutes are %s", jump, age)
		}
	}
}

func badOperations(t *testing.T, f *fixture) {
	good := family(t, time.Hour, 10)
	table := &filters.Table{Name: "test-bad", Cells: 10, Marks: filters.Family{TTL: time.Hour, Budget: 10}}
	for name, add := range map[string]func(b *filters.Batch) filters.Op{
		"no family": func(b *filters.Batch) filters.Op { return b.Seen(nil, what(1)) },
		"no TTL":    func(b *filters.Batch) filters.Op { return b.Seen(&filters.Family{Name: "x", Budget: 1}, what(1)) },
		"no budget": func(b *filters.Batch) filters.Op { return b.Seen(&filters.Family{Name: "x", TTL: time.Hour}, what(1)) },
		"a bad name": func(b *filters.Batch) filters.Op {
			return b.Seen(&filters.Family{Name: "X{}", TTL: time.Hour, Budget: 1}, what(1))
		},
		"not a number":  func(b *filters.Batch) filters.Op { return b.Count(good, what(1), time.Hour, math.NaN()) },
		"five counters": func(b *filters.Batch) filters.Op { return b.Count(good, what(1), time.Hour, 1, 2, 3, 4, 5) },
		"negative cost": func(b *filters.Batch) filters.Op { return b.Take(good, what(1), 1, 1, -1) },
		"long value":    func(b *filters.Batch) filters.Op { return b.Keep(good, what(1), make([]byte, filters.MaxData+1)) },
		"other budget": func(b *filters.Batch) filters.Op {
			return b.Seen(&filters.Family{Name: good.Name, TTL: time.Hour, Budget: 11}, what(1))
		},
		"no stream":      func(b *filters.Batch) filters.Op { return b.Append(nil, filters.Name{}, nil) },
		"beyond a table": func(b *filters.Batch) filters.Op { return b.Learn(table, nil, []filters.Delta{{Index: 10, Add: 1}}) },
		"long mark": func(b *filters.Batch) filters.Op {
			return b.Learn(table, []filters.Mark{{To: "12345678901234567"}}, nil)
		},
	} {
		var b filters.Batch
		before := b.Seen(good, what(1))
		bad := add(&b)
		after := b.Seen(good, what(1))
		err := f.s.Do(context.Background(), &b)
		if !errors.Is(err, filters.ErrBadOperation) || !errors.Is(bad.Failure(), filters.ErrBadOperation) {
			t.Errorf("%s: %v; batch: %v", name, bad.Failure(), err)
		}
		if before.Err != nil || after.Err != nil || after.Times != before.Times+1 {
			t.Errorf("%s: the others did not run: %+v %+v", name, before, after)
		}
	}
}

func endedContext(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 10)
	f.seen(fam, what(1))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var b filters.Batch
	s := b.Seen(fam, what(1))
	if err := f.s.Do(ctx, &b); !errors.Is(err, filters.ErrStoreDown) || !errors.Is(s.Err, filters.ErrStoreDown) {
		t.Fatalf("%v, %v", err, s.Err)
	}
}

func closedStore(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 10)
	f.seen(fam, what(1))
	if err := f.s.Close(); err != nil {
		t.Fatal(err)
	}
	var b filters.Batch
	s := b.Look(fam, what(1))
	if err := f.s.Do(context.Background(), &b); !errors.Is(err, filters.ErrStoreDown) || s.Err == nil {
		t.Fatalf("%v, %v", err, s.Err)
	}
	if err := f.s.Close(); err != nil {
		t.Fatalf("closed twice: %v", err)
	}
}

func manyAtOnce(t *testing.T, f *fixture) {
	fam := family(t, time.Hour, 1000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				var b filters.Batch
				b.Count(fam, what(1), 0, 1)
				b.Seen(fam, what(2))
				if err := f.s.Do(context.Background(), &b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var b filters.Batch
	c, s := b.Count(fam, what(1), 0), b.Look(fam, what(2))
	f.do(&b)
	if len(c.Values) != 1 || c.Values[0] != 400 || s.Times != 400 {
		t.Fatalf("%v, %d; want 400", c.Values, s.Times)
	}
}
