package pattern

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// placed are patterns whose literal is at the start, in the middle or at the end of what matches, with much or little around it.
var placed = []string{
	`/\bbuy\s+now\b/i`, `/\bbuy\b.{0,5}\bnow\b/`, `/x{0,3}\s*buy(?:\s|-){1,3}now\w{0,2}/`, `/\w+\s+buy\b/`, `/^buy.{0,3}$/m`, `/\Abuy|now\z/`,
	`/(?:a\s+|an\s+)?offer(?:s|ed)?\b/`, `/(?:buy|sell)\s\s+(?:it\s+)?now/`, `/[^b]{2}offer\S{0,4}/`, `/\Bffer\B/`, `/(?:no\s+){2,3}offer/`, `/buy(?: it){1,2}(?:\s+now)?/`,
	`/\$\s?\d{1,3}(?:,\d{3})?\s+now/`, `/(?:it|no)\W{1,4}offer/`, `/(?:^|\W)now(?:\W|$)/`, `/\s{2,4}offer\s{2}/`, `/(?:buy|offer).*?(?:now|it)/s`, `/offer\n\s*now/`,
}

// TestAGroupFindsAndCountsWhatTheEngineDoes: where a pattern is looked for is no reason to miss it, or to find what is not there.
func TestAGroupFindsAndCountsWhatTheEngineDoes(t *testing.T) {
	words := []string{"buy", "now", "offer", "it", "no", "a", "Buy", "xx", "\xe9", "$12", "-", "", "offered", "1,234", "sell"}
	gaps := []string{"", " ", " ", "  ", "\n", " \t ", "    ", "\r\n", "-", "\n\n  "}
	r := rand.New(rand.NewPCG(5, 6))
	var list []*Pattern
	for _, source := range append(placed[:len(placed):len(placed)], hard...) {
		p, err := Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	g, scratch, hits, rounds := NewGroup(list), &Scratch{}, 0, 4000
	if testing.Short() {
		rounds = 200
	}
	for range rounds {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString(words[r.IntN(len(words))] + gaps[r.IntN(len(gaps))])
		}
		text := []byte(b.String())
		for _, want := range []int{1, 4} {
			c := newCounter(len(list), want)
			g.Match(text, scratch, c)
			for i, p := range list {
				if p.whole.empty && want > 1 { // Perl counts empty matches otherwise: perl_test.go
					continue
				}
				n := countAll(p, text, want)
				if c.found[i] != n {
					t.Fatalf("%s on %q: found %d of %d", p.Source, text, c.found[i], n)
				}
				hits += n
			}
		}
	}
	if hits < 3*rounds {
		t.Errorf("only %d matches: the texts say little", hits)
	}
}

func TestAPatternIsRunWhereItCanMatchOnly(t *testing.T) {
	for name, c := range map[string]struct{ source, text, want string }{
		"around its literal":                    {`/.{3}offer.{3}/`, "0123456789012345 offer 0123456789", "45 offer 0123456789"},
		"white space is one step":               {`/\boffer\s+!/`, "0123456789     offer      !0123456789", "offer      !0123456"},
		"from its start, were anything before":  {`/.*offer/`, "0123456789 offer", "0123456789 offer"},
		"to the end, where anything may follow": {`/offer.*/`, "0123456789012345678 offer and so on", "offer and so on"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Compile(c.source)
			if err != nil {
				t.Fatal(err)
			}
			g, picks := NewGroup([]*Pattern{p}), picks{}
			picks.reset(1)
			g.literals.scan([]byte(c.text), &picks)
			in := p.branches[0].span([]byte(c.text), picks.ends[0])
			if got := c.text[in.from:in.to]; got != c.want {
				t.Errorf("it is run on %q, want %q", got, c.want)
			}
		})
	}
}

// countAll counts matches of a pattern by the engine alone.
func countAll(p *Pattern, text []byte, want int) (n int) {
	if !p.whole.backtracks {
		return len(p.whole.ready().re.FindAllIndex(latin1(nil, text), want))
	}
	s := p.whole.exact.on(text, span{0, len(text)}, time.Minute)
	defer s.done()
	for n < want && s.next() {
		n++
	}
	return n
}
