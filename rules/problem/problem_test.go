package problem

import "testing"

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
