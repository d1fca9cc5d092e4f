package bayes

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/redistest"
	"weir/scoring/bayes"
)

// TestSizeAfterTwoMillionMessages learns two million messages (with -measure; else fifty thousand) into a real Redis,
// and measures what the site's model takes there and in memory.
func TestSizeAfterTwoMillionMessages(t *testing.T) {
	long(t)
	total := 50_000
	if *measuring {
		total = 2_000_000
	}
	server := redistest.Start(t)
	empty := used(t, server)
	learner := openRedis(t, server.Addr, "weir")
	r := rand.New(rand.NewPCG(1, 2))
	const step = 4000
	for n := 0; n < total; n += step {
		learnMany(t, learner, r, n, step)
	}
	size := used(t, server) - empty
	t.Logf("%d messages: %.1f MB in Redis", total, float64(size)/(1<<20))
	if size > 24<<20 {
		t.Errorf("%d bytes in Redis, want 24 MB at most", size)
	}
	before := heap()
	g := newGateway(t, server.Addr)
	fitted(t, g)
	inMemory := 0
	await(t, "the memory of a gateway", 20*time.Second, func() error { // a table that was just loaded again is there twice for a moment
		if inMemory = heap() - before; inMemory > 16<<20 {
			return fmt.Errorf("%d bytes, want 16 MB at most", inMemory)
		}
		return nil
	})
	t.Logf("%.1f MB in the memory of a gateway", float64(inMemory)/(1<<20))
	runtime.KeepAlive(g)
}

// learnMany learns messages of 700 features each, as many in one step as the store takes: the changes of cells that
// come together are one.
func learnMany(t *testing.T, s filters.Store, r *rand.Rand, from, n int) {
	t.Helper()
	var b filters.Batch
	for c := range 2 {
		l := b.Learn(&site.table, nil, nil)
		l.Journal = &site.journals[c]
		for i := from + c; i < from+n; i += 2 {
			l.Marks = append(l.Marks, filters.Mark{Name: filters.Name{What: fmt.Sprint(i)}, To: "s12345678"})
			if i >= from+n-1000 { // the older ones would be pushed out at once
				l.Notes = append(l.Notes, filters.Note{Data: entryOf(r, i, c == 1)})
			}
		}
		l.Deltas = append(l.Deltas, filters.Delta{Index: bayes.Total(c == 1), Add: int32(n / 2)})
		for range filters.MaxDeltas - 1 {
			l.Deltas = append(l.Deltas, filters.Delta{Index: bayes.Cell(r.Uint32N(bayes.Slots), c == 1), Add: 1 + r.Int32N(40)})
		}
	}
	for tries := 0; ; tries++ { // a slow machine may be late with an answer; the marks make doing it again safe
		if err := s.Do(context.Background(), &b); err == nil {
			return
		} else if tries == 5 {
			t.Fatal(err)
		}
	}
}

func entryOf(r *rand.Rand, i int, spam bool) []byte {
	tokens := make([]bayes.Token, 700)
	for j := range tokens {
		tokens[j].Hash = r.Uint64()
	}
	e := Entry{Now: filters.Class(1 + class(spam)), Who: "somebody", Vector: bayes.Pack(tokens)}
	binary.BigEndian.PutUint64(e.ID[:], uint64(i)*0x9e3779b97f4a7c15)
	return e.bytes()
}

// used is Redis's memory for data.
func used(t *testing.T, s *redistest.Server) int {
	t.Helper()
	for line := range strings.Lines(fmt.Sprint(s.Do("info", "memory"))) {
		if n, ok := strings.CutPrefix(line, "used_memory_dataset:"); ok {
			v, err := strconv.Atoi(strings.TrimSpace(n))
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatal("Redis does not tell its memory")
	return 0
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// fitted waits until a gateway has all of the model in memory.
func fitted(t *testing.T, g *gateway) {
	t.Helper()
	await(t, "the linear model is not fitted", 30*time.Second, func() error {
		g.says(1)
		m := g.f.memory
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.linear == nil || m.fitted != m.replica.State().Version {
			return fmt.Errorf("fitted to %+v", m.fitted)
		}
		return nil
	})
}
