package bayes

import "testing"

// TestWhoTaughtIsFoundByHisAddress: else weir forget would leave it in the journal.
func TestWhoTaughtIsFoundByHisAddress(t *testing.T) {
	for who, want := range map[string]string{
		"joe@example.org":                    "joe@example.org",
		"joe@example.org (undo)":             "joe@example.org",
		"Joe Smith <joe@example.org>":        "joe@example.org",
		"Joe Smith <joe@example.org> (undo)": "joe@example.org",
		"Joe (joe@example.org)":              "joe@example.org",
		"mailto joe@example.org, at noon":    "joe@example.org",
		"root":                               "",
		"root (undo)":                        "",
		"":                                   "",
	} {
		if got := person(who); got != want {
			t.Errorf("%q is %q, want %q", who, got, want)
		}
	}
}
