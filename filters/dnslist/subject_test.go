package dnslist

import (
	"strings"
	"testing"
)

// TestNamesThatNobodyCanRegister are not put to a list: whoever makes them up could turn it off for everybody, with the
// error that it answers.
func TestNamesThatNobodyCanRegister(t *testing.T) {
	l := newList("dnsbl", "x", Zone{Enabled: true, Zone: "x.example", Ask: []Kind{Helo}})
	for name, want := range map[string]string{
		"evil.example":                    "evil.example.x.example.",
		"a_b.evil-2.example":              "a_b.evil-2.example.x.example.",
		"evil.example(x":                  "",
		"a b.example":                     "",
		`a\046b.example`:                  "",
		"a\x00b.example":                  "",
		"b\u00e4nk.example":               "",
		"*.example":                       "",
		"a..example":                      "",
		".example":                        "",
		"example.":                        "",
		strings.Repeat("a", 64) + ".test": "",
	} {
		s := Subject{Kind: Helo, Text: name, Name: name}
		if got := s.question(l); got != want {
			t.Errorf("E07_%q: %q is asked, want %q", name, got, want)
		}
	}
}
