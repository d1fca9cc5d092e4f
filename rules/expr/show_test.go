package expr

import "testing"

func TestShowWritesTheNumberBehindEachName(t *testing.T) {
	for src, want := range map[string]string{
		"A":                         "A=7",
		"(A && !B)":                 "(A=7 && !B=7)",
		"A+ 2 > rules_matching(x*)": "A=7+ 2 > rules_matching(x*)=7",
		"A && (":                    "A && (", // Parse refuses it
	} {
		if got := Show(src, func(Name) string { return "7" }); got != want {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}
