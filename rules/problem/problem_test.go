package problem

import (
	"slices"
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain text: é → ✓": "plain text: é → ✓",
		"a\x1b[2Jb\x00":     `a\x1b[2Jb\x00`,
		"\xff\u202e\u200b":  `\xff\u202e\u200b`,
		"\ufffd":            `\ufffd`,
		"":                  "",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if again := Printable(want); again != want {
			t.Errorf("%q is written out twice: %q", in, again)
		}
	}
}

func TestNearestFindsWhatWasMeant(t *testing.T) {
	long := strings.Repeat("a", longest+1)
	known := []string{"listen", "banner", "max_size", "tls", "tag", "SPF_FAIL", long}
	for word, want := range map[string]string{
		"lisen": "listen", "lsiten": "listen", "Listen": "listen", "maxsize": "max_size", "tsl": "tls", "x": "", "completely_other": "", "": "",
		"spf_fial": "SPF_FAIL", long: "",
	} {
		if got := Nearest(word, slices.Values(known)); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
