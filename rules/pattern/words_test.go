package pattern

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWordsOfAPattern(t *testing.T) {
	for _, c := range []struct {
		name, pattern string
		want          []string // nil: it is more than words
	}{
		{"one letter", "/e/", []string{"e"}},
		{"letters in any case", "/ab/i", []string{"AB", "Ab", "aB", "ab"}},
		{"what it would rather match is first", "/ab?/", []string{"ab", "a"}},
		{"or last, where it is lazy", "/ab??/", []string{"a", "ab"}},
		{"a row of choices", `/\xc3[\xa8\xa9]|e/`, []string{"\xc3\xa8", "\xc3\xa9", "e"}},
		{"a repetition is more", "/a+/", nil},
		{"an assertion is more", `/\ba/`, nil},
		{"so is what may be empty", "/a?/", nil},
		{"and what looks around", "/a(?=b)/", nil},
		{"and too many", `/\d\d\d/`, nil},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var got []string
		if list := p.words(); list != nil {
			for _, of := range list {
				got = append(got, of...)
			}
		}
		less := func(s []string) map[string]bool {
			m := map[string]bool{}
			for _, w := range s {
				m[w] = true
			}
			return m
		}
		if diff := cmp.Diff(less(c.want), less(got)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", c.name, c.pattern, diff)
		}
	}
}

func TestWordsAreCountedAsTheEngineDoes(t *testing.T) {
	text := []byte("aabab abba \xc3\xa8e\xc3 ABab aaa")
	for _, pattern := range []string{"/a/", "/aa/", "/ab?/", "/ab??/", "/ab|a/", "/a|ab/", "/ba?b?/i", `/e|\xc3[\xa8\xa9]?/`, "/aba|bab/"} {
		p, err := Compile(pattern)
		if err != nil {
			t.Fatal(err)
		}
		want := len(p.whole.ready().re.FindAllIndex(latin1(nil, text), -1))
		if got := p.words().count(text, span{0, len(text)}, 1000); got != want {
			t.Errorf("%s: counted %d, the engine finds %d", pattern, got, want)
		}
		if got := p.words().count(text, span{0, len(text)}, 2); got != min(want, 2) {
			t.Errorf("%s: counted %d of at most 2", pattern, got)
		}
	}
}

// A pattern that is too large for a machine has one of a single round, which only tells where it can't be.
func TestLargePatternsAreLookedForByTheirRounds(t *testing.T) {
	var words []string
	for i := range uint32(600) {
		words = append(words, fmt.Sprintf("[a-z]%08x[a-z]", (i+1)*2654435761))
	}
	p, err := Compile("/(?:(?:" + strings.Join(words, "|") + `)\s?){5}/`)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.branches[0].compile().Inst); n <= maxMachine {
		t.Fatalf("%d instructions are not many", n)
	}
	if d := p.branches[0].sieve(&room{most: maxRoom}); d == nil || d.rounds != 5 {
		t.Fatal("it has no sieve of five rounds")
	}
	for text, want := range map[string]int{
		"x9e3779b1y x3c6ef362y xdaa66d13y x78dde6c4y x17156075y": 1,
		"x9e3779b1y x3c6ef362y xdaa66d13y x78dde6c4y x":          0,
		"none of them": 0,
		strings.Repeat("x9e3779b1y ", 4) + "- " + strings.Repeat("z3c6ef362z", 5): 1,
	} {
		g := NewGroup([]*Pattern{p})
		for range 3 { // the engines change places once it is known what they cost
			s := newCounter(1, 1)
			if g.Match([]byte(text), &Scratch{}, s); s.found[0] != want {
				t.Errorf("%.40q: found %d, want %d", text, s.found[0], want)
			}
		}
	}
}

// Rows of choices that are left out at once leave none out that matches.
func TestLongRowsOfChoices(t *testing.T) {
	var words []string
	for c := 'a'; c <= 'z'; c++ {
		words = append(words, string(c)+"x(?!y)", string(c)+"(?=w)")
	}
	p, err := Compile("/-(?:" + strings.Join(words, "|") + ")/")
	if err != nil {
		t.Fatal(err)
	}
	for c := 'a'; c <= 'z'; c++ {
		for end, want := range map[string]bool{"x": true, "xy": false, "w": true, "": false} {
			if text := "-" + string(c) + end; p.Match([]byte(text)) != want {
				t.Errorf("%q: want %v", text, want)
			}
		}
	}
	if p.Match([]byte("-")) || p.Match([]byte("-1x")) {
		t.Error("it matches without a choice")
	}
}
