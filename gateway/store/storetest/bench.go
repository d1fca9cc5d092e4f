package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"weir/filters"
)

// Benchmarks measures what the filters ask of a store: a batch of ten operations, learning in bulk as `weir learn` does
// (100 messages of 300 tokens in one step), and learning one message at a time with each kept for good.
func Benchmarks(b *testing.B, s filters.Store) {
	b.Run("ten operations in one batch", func(b *testing.B) { tenOperations(b, s) })
	b.Run("ten operations, sixteen at once", func(b *testing.B) { manyOperations(b, s) })
	b.Run("learn in bulk", func(b *testing.B) { learnBulk(b, s) })
	b.Run("learn one by one", func(b *testing.B) { learnSingly(b, s) })
}

var (
	benchRep  = &filters.Family{Name: "bench-rep", TTL: 24 * time.Hour, Budget: 100_000}
	benchGrey = &filters.Family{Name: "bench-grey", TTL: 24 * time.Hour, Budget: 100_000}
	benchRate = &filters.Family{Name: "bench-rate", TTL: 24 * time.Hour, Budget: 100_000}
	benchTab  = &filters.Table{Name: "bench", Cells: 1 << 22, Marks: filters.Family{TTL: 24 * time.Hour, Budget: 200_000}}
)

func tenOps(b *filters.Batch, n int) {
	who := fmt.Sprintf("s%d@example.com", n%5000)
	for i := range 4 {
		b.Count(benchRep, filters.Name{Who: who, What: string(rune('a' + i))}, 24*time.Hour, 1, 0)
	}
	for i := range 3 {
		b.Look(benchGrey, filters.Name{Who: who, What: string(rune('a' + i))})
	}
	b.Seen(benchGrey, filters.Name{Who: who, With: "joe@example.org"})
	b.Take(benchRate, filters.Name{Who: who}, 1, 1e9, 1)
	b.Take(benchRate, filters.Name{What: who}, 1, 1e9, 1)
}

func tenOperations(b *testing.B, s filters.Store) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		var batch filters.Batch
		tenOps(&batch, n)
		if err := s.Do(context.Background(), &batch); err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(10*b.N)/b.Elapsed().Seconds(), "operations/s")
}

func manyOperations(b *testing.B, s filters.Store) {
	var n atomic.Int64
	b.SetParallelism(8) // times GOMAXPROCS
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			var batch filters.Batch
			tenOps(&batch, int(n.Add(1)))
			if err := s.Do(context.Background(), &batch); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(10*b.N)/b.Elapsed().Seconds(), "operations/s")
}

var benchRun atomic.Int64

// tokens gives the cells of a message: some that all messages share, more that few do.
func tokens(r *rand.Rand, n int) []filters.Delta {
	deltas := make([]filters.Delta, n)
	for i := range deltas {
		f := r.Float64()
		deltas[i] = filters.Delta{Index: uint32(f * f * f * f * float64(benchTab.Cells)), Add: 1}
	}
	return deltas
}

func learnBulk(b *testing.B, s filters.Store) {
	const messages = 100
	r := rand.New(rand.NewPCG(1, 2))
	run := benchRun.Add(1)
	n := 0
	for b.Loop() {
		marks := make([]filters.Mark, messages)
		for i := range marks {
			marks[i] = filters.Mark{Name: filters.Name{What: fmt.Sprint(run, n, i)}, To: "spam"}
		}
		var batch filters.Batch
		l := batch.Learn(benchTab, marks, tokens(r, 300*messages))
		if err := s.Do(context.Background(), &batch); err != nil || !l.Applied {
			b.Fatal(err, l.Applied)
		}
		n++
	}
	b.ReportMetric(float64(messages*b.N)/b.Elapsed().Seconds(), "messages/s")
}

func learnSingly(b *testing.B, s filters.Store) {
	r := rand.New(rand.NewPCG(3, 4))
	run := benchRun.Add(1)
	n := 0
	for b.Loop() {
		var batch filters.Batch
		l := batch.Learn(benchTab, []filters.Mark{{Name: filters.Name{What: fmt.Sprint(run, n)}, To: "spam"}}, tokens(r, 300))
		if err := s.Do(context.Background(), &batch); err != nil || !l.Applied {
			b.Fatal(err, l.Applied)
		}
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
