package args

import (
	"math"
	"testing"

	"weir/rules/eval"
)

func TestArgumentsAreReadAsNumbers(t *testing.T) {
	for _, c := range []struct {
		name     string
		args     []string
		min, max float64
		ok       bool
	}{
		{"two numbers", []string{"0.5", "10"}, 0.5, 10, true},
		{"no upper end", []string{"3"}, 3, math.Inf(1), true},
		{"no upper end, in SpamAssassin's word", []string{"3", "undef"}, 3, math.Inf(1), true},
		{"nothing", nil, 0, math.Inf(1), false},
		{"a word", []string{"few"}, 0, math.Inf(1), false},
		{"a word as upper end", []string{"1", "many"}, 1, 0, false},
		{"no number at all", []string{"nan"}, 0, math.Inf(1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Between(eval.Call{Name: "f", Args: c.args}, 0)
			if (err == nil) != c.ok || err == nil && (r.Min != c.min || r.Max != c.max) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

func TestTheEndsOfRanges(t *testing.T) {
	r := Range{1, 3}
	for v, want := range map[float64][2]bool{0: {false, false}, 1: {true, false}, 2: {true, true}, 3: {true, true}, 4: {false, false}} {
		if got := [2]bool{r.Has(v), r.Above(v)}; got != want {
			t.Errorf("%g: got %v, want %v", v, got, want)
		}
	}
	if !(Range{0, 3}).Above(-1) {
		t.Error("a lower end of 0 must let everything below pass")
	}
}

func TestPatternsWithoutDelimiters(t *testing.T) {
	for in, want := range map[string]string{`\d@`: `/\d@/`, `a/b`: `/a\/b/`, `a\/b`: `/a\/b/`, `/x/i`: `/x/i`, `m{x}i`: `m{x}i`, `mail`: `/mail/`, `\`: `/\/`, "": "//"} {
		if got := Delimited(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	p, err := Pattern(eval.Call{Args: []string{`\d@`}}, 0)
	if err != nil || !p.Match([]byte("ann7@example.org")) || p.Match([]byte("ann@example.org")) {
		t.Errorf("got %v, %v", p, err)
	}
	if _, err := Pattern(eval.Call{Name: "f", Args: []string{"("}}, 0); err == nil {
		t.Error("a broken pattern is taken")
	}
	if p, err := Pattern(eval.Call{}, 0); err == nil {
		t.Errorf("an absent pattern: got %v", p)
	}
}
