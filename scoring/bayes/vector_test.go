package bayes

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVectorsUnpackToWhatWasPacked(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sets := [][]uint32{nil, {0}, {Slots - 1}, {0, Slots - 1}, {5, 6, 7, 8}, {1023, 1024, 2048, 500_000}}
	for range 500 {
		var s []uint32
		for range r.IntN(1500) {
			s = append(s, r.Uint32N(Slots))
		}
		slices.Sort(s)
		sets = append(sets, slices.Compact(s))
	}
	for _, want := range sets {
		if diff := cmp.Diff(want, packed(want).Append(nil)); diff != "" {
			t.Fatalf("%d slots (-want +got):\n%s", len(want), diff)
		}
	}
}

func TestAMessageOfAThousandFeaturesTakesLittleRoom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tokens := make([]Token, 1000)
	for i := range tokens {
		tokens[i].Hash = r.Uint64()
	}
	if n := len(Pack(tokens)); n > 1500 {
		t.Errorf("%d bytes, want 1500 at most", n)
	}
}

func FuzzVector(f *testing.F) {
	f.Add(string(packed([]uint32{1, 2, 70_000})))
	f.Add("\xff\xff\xff\xff\x00")
	f.Fuzz(func(t *testing.T, s string) {
		slots := Vector(s).Append(nil)
		for i, v := range slots {
			if v >= Slots || i > 0 && v <= slots[i-1] {
				t.Fatalf("slots %v of %q are not in order below %d", slots, s, Slots)
			}
		}
		if diff := cmp.Diff(slots, packed(slots).Append(nil)); diff != "" {
			t.Errorf("packed again (-want +got):\n%s", diff)
		}
	})
}

func BenchmarkVector(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	tokens := make([]Token, 800)
	for i := range tokens {
		tokens[i].Hash = r.Uint64()
	}
	v, slots := Pack(tokens), make([]uint32, 0, 1000)
	b.ReportAllocs()
	for b.Loop() {
		slots = v.Append(slots[:0])
	}
}
