package ascii

import (
	"regexp"
	"testing"
)

func TestBytesAreWhatPatternsSayTheyAre(t *testing.T) {
	space, word, digit := regexp.MustCompile(`^[\s\v]$`), regexp.MustCompile(`^\w$`), regexp.MustCompile(`^\d$`)
	for i := range 256 {
		c, s := byte(i), string([]byte{byte(i)})
		for name, got := range map[string][2]bool{
			"space": {Space(c), space.MatchString(s)},
			"word":  {Word(c), word.MatchString(s)},
			"digit": {Digit(c), digit.MatchString(s)},
			"only":  {Only([]byte("12345678" + s + "1234567")), i < 0x80},
		} {
			if got[0] != got[1] {
				t.Errorf("byte %#x: %s %v, want %v", c, name, got[0], got[1])
			}
		}
	}
}

func TestEdgesAreWhereWordsBeginAndEnd(t *testing.T) {
	edge := regexp.MustCompile(`\b`)
	for _, s := range []string{"", "a", " ", "an_example, 12 of\xe9b", "-x-"} {
		at := map[int]bool{}
		for _, place := range edge.FindAllStringIndex(s, -1) {
			at[place[0]] = true
		}
		for i := range len(s) + 1 {
			if Edge(s, i) != at[i] {
				t.Errorf("Edge(%q, %d) = %v, want %v", s, i, !at[i], at[i])
			}
		}
	}
}

func TestOnlyLettersOfASCIIChange(t *testing.T) {
	for _, c := range []struct{ text, lower string }{
		{"", ""}, {"plain", "plain"}, {"From", "from"}, {"@[`{AZ", "@[`{az"}, {"STRA\u00dfE \u00c4 \u212a", "stra\u00dfe \u00c4 \u212a"},
	} {
		if got := ToLower(c.text); got != c.lower {
			t.Errorf("ToLower(%q) = %q, want %q", c.text, got, c.lower)
		}
		if !EqualFold(c.text, []byte(c.lower)) {
			t.Errorf("%q and %q are not equal", c.text, c.lower)
		}
	}
	for _, c := range [][2]string{{"a", "b"}, {"a", "aa"}, {"\u212a", "k"}, {"\u00c4", "\u00e4"}, {"[", "{"}} {
		if EqualFold(c[0], c[1]) {
			t.Errorf("%q and %q are equal", c[0], c[1])
		}
	}
}
