package archive

import (
	"slices"
	"strings"
	"testing"

	"weir/message/archive/archivetest"
)

// TestWhatIsInsideIsReached archivetest.Packs a marker into every format within every format, under the right name, a wrong one and none.
func TestWhatIsInsideIsReached(t *testing.T) {

	all := archivetest.Packs
	for _, outer := range all {
		for _, inner := range all {
			t.Run(outer.Name+" of "+inner.Name, func(t *testing.T) {
				data := inner.Make(t, "marker.txt", []byte(marker+strings.Repeat(" and more", 20)))
				for _, name := range []string{inner.Name, "picture.jpg", ""} {
					l := walk(t, "mail.bin", outer.Make(t, name, data), Limits{})
					if !slices.ContainsFunc(l.found, func(path string) bool { return strings.Count(path, " > ") == 2 }) {
						t.Errorf("named %q, it was not reached:\n%s", name, strings.Join(l.lines, "\n"))
					}
				}
			})
		}
	}
}

func TestLimitsAreReported(t *testing.T) {
	nested := []byte(marker)
	for range 9 {
		nested = archivetest.StoredZip(t, "x.zip", nested)
	}
	for _, c := range []struct {
		name string
		lim  Limits
		data []byte
		want string
	}{
		{"depth", Limits{Depth: 8}, nested, "[too deep]"},
		{"entries", Limits{Entries: 3}, nested, "[too many files]"},
		{"bytes", Limits{Bytes: 100}, archivetest.Zip(t, "a", []byte(strings.Repeat(marker, 9))), "[too large]"},
		{"time", Limits{Time: 1}, nested, "[takes too long]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if l := walk(t, "x.zip", c.data, c.lim); !l.has(c.want) {
				t.Errorf("nothing says %s:\n%s", c.want, strings.Join(l.lines, "\n"))
			}
		})
	}
	if l := walk(t, "x.zip", nested, Limits{Depth: 10}); l.broken || len(l.found) == 0 {
		t.Errorf("within the limits it is reached: %v", l.lines)
	}
}
