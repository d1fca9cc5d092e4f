package pattern

import (
	"fmt"
	"strings"
	"testing"
)

func TestAPatternIsTriedWhereAllOfItMayBe(t *testing.T) {
	for source, texts := range map[string]map[string]bool{
		`/\b(?:review|open)\W+(?:\w+\W+){0,4}(?:document|invoice)/i`: {"Please review the Invoice": true, "open it": false, "a document": false, "invoice, open": true, "": false},
		`/wire\s+transfer.{0,20}today/`:                              {"wire \n transfer today": true, "wire transfer": false, "today": false, "wire today transfer": false},
		`/(?:free|cheap).*(?:pills|watches)/s`:                       {"free pills": true, "pills free": true, "free": false, "watches": false},
		`/offer\d*/`:                                                 {"offer": true, "of": false},
		`/(?:abc|x\d).*(?:long|y\d)/`:                                {"abc long": true, "x1": false, "q": false},
		`/long (?:word)?.*end(?:ing)?/`:                              {"long x end": true, "long x": false},
	} {
		p, err := Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		g, n, scratch := NewGroup([]*Pattern{p}), Notes{}, &Scratch{}
		for text, want := range texts {
			n.Forget()
			c := &counter{want: []int{1}, found: []int{0}}
			g.Look([]byte(text), &n, scratch, c)
			if n.May(0) != want {
				t.Errorf("%s in %q: tried %v, want %v", source, text, n.May(0), want)
			}
			g.Find(0, &n, scratch, c)
			if (c.found[0] > 0) != p.Match([]byte(text)) {
				t.Errorf("%s in %q: found %v", source, text, c.found[0])
			}
		}
	}
}

func TestWhatIsNotedOfATextIsBounded(t *testing.T) {
	var sources []string
	for i := range 30 {
		sources = append(sources, fmt.Sprintf(`/word\s+\d{1,%d}\b/`, i+1))
	}
	bounded(t, sources, func(i int) string { return fmt.Sprintf("word %d", i%30) }, 2000) // of one digit
	weak := []string{`/[a-c]\d[a-c]/`, `/\d[a-c]\d/`}
	bounded(t, weak, func(int) string { return strings.Repeat("a1b2c3", 40) }, 6000) // beginnings at nearly every byte
}

// bounded looks at 6,000 texts, and wants each pattern in all of them, the first one in so many.
func bounded(t *testing.T, sources []string, text func(i int) string, first int) {
	t.Helper()
	patterns := compileAll(t, sources)
	g, n, scratch, c := NewGroup(patterns), Notes{}, &Scratch{}, newCounter(len(patterns), 6000)
	for i := range 6000 {
		g.Look([]byte(text(i)), &n, scratch, &inEach{c})
		if noted := len(n.candidates) + len(n.events); noted > 100_000 {
			t.Fatalf("%d candidates and places are kept", noted)
		}
	}
	for i := range patterns {
		want := 6000
		if i == 0 {
			want = first
		}
		if g.Find(i, &n, scratch, &inEach{c}); c.found[i] != want {
			t.Errorf("%s is found in %d texts, want %d", sources[i], c.found[i], want)
		}
	}
}

// inEach counts a pattern once in each text.
type inEach struct{ *counter }

func (o *inEach) Want(i, text int) int { return min(1, o.counter.Want(i, text)) }
