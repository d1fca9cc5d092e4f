package headers

import (
	"slices"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
	"weir/scoring"
)

// TestNamesAreLookedAtAsFarAsTheyAreShown has a domain in a display name, and one behind what anybody shows.
func TestNamesAreLookedAtAsFarAsTheyAreShown(t *testing.T) {
	f := filtertest.New(t, Spec, "", filters.Env{Clock: filtertest.Clock(filtertest.Now)})
	for _, c := range []struct {
		name string
		from string
		want bool
	}{
		{"a domain in the name", "www.bank.com security", true},
		{"behind four kilobytes of name", strings.Repeat("word ", 900) + "www.bank.com", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := message.New(message.Envelope{}, message.Options{})
			m.Load([]byte("From: " + strings.ReplaceAll(c.from, " word", "\r\n word") + " <x@own.example>\r\nSubject: x\r\n\r\nx\r\n"))
			r, err := f.Check(t.Context(), m, filters.Findings{})
			if got := slices.ContainsFunc(r.Hits, func(h scoring.Hit) bool { return h.Name == "HEADERS_FROM_NAME_DOMAIN" }); err != nil || got != c.want {
				t.Errorf("%v %v, want %v: %+v", got, err, c.want, r.Hits)
			}
		})
	}
}
