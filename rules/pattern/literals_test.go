package pattern

import (
	"fmt"
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
	patterns := compileAll(t, sources)
	g, n, scratch, c := NewGroup(patterns), Notes{}, &Scratch{}, newCounter(len(patterns), 10_000)
	for i := range 6000 {
		g.Look(fmt.Appendf(nil, "word %d", i%30), &n, scratch, c)
		if len(n.candidates) > 100_000 { // of 180,000
			t.Fatalf("%d candidates are kept", len(n.candidates))
		}
	}
	for i := range patterns {
		want := 6000
		if i == 0 {
			want = 2000 // numbers of one digit
		}
		if g.Find(i, &n, scratch, c); c.found[i] != want {
			t.Errorf("%s is found %d times, want %d", sources[i], c.found[i], want)
		}
	}
}
