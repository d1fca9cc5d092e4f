package redis

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
)

func TestDeltasAreMergedAndSorted(t *testing.T) {
	in := []filters.Delta{{Index: 9, Add: 1}, {Index: 1, Add: 2}, {Index: 9, Add: -4}, {Index: 1, Add: math.MaxInt32}}
	want := []filters.Delta{{Index: 1, Add: math.MaxInt32}, {Index: 9, Add: -3}}
	if diff := cmp.Diff(want, merged(in)); diff != "" {
		t.Error(diff)
	}
	if in[0].Index != 9 {
		t.Error("the caller's deltas were changed")
	}
}

func TestChangesAreTakenApart(t *testing.T) {
	index := "\x00\x00\x00\x01\x00\x00\x01\x00\x00\x01\x00\x00"
	for name, c := range map[string]struct {
		index, values string
		want          []filters.Cell
	}{
		"all small":            {index, "\x93\x00\x7f\xff", []filters.Cell{{Index: 1}, {Index: 256, Value: 127}, {Index: 65536, Value: -1}}},
		"of one to four bytes": {index, "\x92\xcc\xff\xd1\x80\x00\x91\xce\x7f\xff\xff\xff", []filters.Cell{{Index: 1, Value: 255}, {Index: 256, Value: -32768}, {Index: 65536, Value: math.MaxInt32}}},
		"of eight bytes":       {index[:4], "\x91\xd3\xff\xff\xff\xff\x80\x00\x00\x00", []filters.Cell{{Index: 1, Value: math.MinInt32}}},
		"a long list's head":   {index[:4], "\xdc\x00\x01\x05", []filters.Cell{{Index: 1, Value: 5}}},
		"too few values":       {index, "\x92\x01\x02", nil},
		"too many values":      {index[:4], "\x92\x01\x02", nil},
		"an empty list":        {index, "\x90", nil},
		"no integer":           {index[:4], "\x91\xa1a", nil},
		"cut off":              {index[:4], "\x91\xce\x00\x00", nil},
		"half an index":        {index[:3], "\x91\x00", nil},
	} {
		got, ok := changed(nil, c.index, c.values)
		if ok != (c.want != nil) || ok && !cmp.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, ok, c.want)
		}
	}
}

func FuzzChanged(f *testing.F) {
	f.Add("\x00\x00\x00\x01", "\x91\x05")
	f.Add("\x00\x00\x00\x01", "\xdd\xff\xff\xff\xff")
	f.Fuzz(func(t *testing.T, index, values string) {
		cells, ok := changed(nil, index, values)
		if ok && 4*len(cells) != len(index) {
			t.Fatalf("%d cells of %d bytes of indices", len(cells), len(index))
		}
	})
}
