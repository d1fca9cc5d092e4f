package bayes

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/scoring/bayes"
)

func TestEntriesAreReadAsTheyWereWritten(t *testing.T) {
	v := bayes.Pack([]bayes.Token{{Hash: 1 << 60, Kind: bayes.Word}, {Hash: 77, Kind: bayes.Pair}})
	for name, e := range map[string]Entry{
		"learned":          {ID: ID{1, 15: 2}, Now: filters.Spam, Tick: 1 << 60, Who: "ann", Vector: v},
		"changed by auto":  {ID: ID{3}, Now: filters.Ham, Before: filters.Spam, Auto: true, Who: "auto", Vector: v},
		"without features": {Before: filters.Ham},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseEntry(e.bytes())
			if diff := cmp.Diff(e, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	t.Run("a long name is cut", func(t *testing.T) {
		e := Entry{Who: strings.Repeat("x", 300), Vector: v}
		if got, err := parseEntry(e.bytes()); err != nil || len(got.Who) != maxWho || got.Vector != v {
			t.Errorf("%v: %d bytes of a name, %d of features", err, len(got.Who), len(got.Vector))
		}
	})
}

func FuzzEntry(f *testing.F) {
	e := Entry{ID: ID{1, 2, 3}, Now: filters.Spam, Before: filters.Ham, Auto: true, Tick: 5, Who: "ann", Vector: "abc"}
	f.Add(e.bytes())
	f.Add(e.bytes()[:entryHead])
	f.Add([]byte{entryVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseEntry(b)
		if err != nil {
			return
		}
		e.Vector.Append(nil) // whatever it is, it has an end
		e.Who = e.Who[:min(len(e.Who), maxWho)]
		again, err := parseEntry(e.bytes())
		if diff := cmp.Diff(e, again); diff != "" || err != nil {
			t.Errorf("written again: %v (-want +got):\n%s", err, diff)
		}
	})
}
