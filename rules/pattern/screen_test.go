package pattern

import (
	"math/rand/v2"
	"testing"
)

// readied is a group that is as fast as it gets in this build: with the tag hyperscan, its screen is there.
func readied(patterns []*Pattern) *Group {
	g := NewGroup(patterns)
	g.Screen()
	g.Ready()
	return g
}

// awkward are patterns whose screens can say less than the pattern does.
var awkward = append([]string{
	`/^$/`, `/\n^/m`, `/a(?:^|b)c/m`, `/(?:a$|b\z)|c/`, `/$^a/m`, `/x{2,900}y/`, `/a.{0,999}b/s`, `/[\x00-\xff]/`, `/[^\x00-\xff]/`, `/k/i`, `/[s\xe9]+b/i`, `/\xe9\xc9/i`,
	`/(?i:a)b(?-i:C)/`, `/a??b/`, `/(?:)/`, `/\x00/`, `/()a|/`, `/a\Bb\b$/`, `/(?:ab){3}/`, `/.\z/s`, `/\A.\A/s`, `/\z\z/`, `/a\zb/`, `/b\Aa/`,
}, hard...)

func compileAll(t testing.TB, sources []string) (list []*Pattern) {
	t.Helper()
	for _, source := range sources {
		p, err := Compile(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		list = append(list, p)
	}
	return list
}

// sameFound checks that a group finds in a text what each pattern finds alone.
func sameFound(t testing.TB, g *Group, text []byte, scratch *Scratch) {
	t.Helper()
	c := newCounter(len(g.patterns), 1)
	g.Match(text, scratch, c)
	for i, p := range g.patterns {
		if want := p.Match(text); want != (c.found[i] == 1) {
			t.Fatalf("%s in %q: found %d, want %v", p.Source, text, c.found[i], want)
		}
	}
}

func TestAwkwardPatternsAreFoundInAGroupAsAlone(t *testing.T) {
	g, scratch := readied(compileAll(t, awkward)), &Scratch{}
	many, random := 3000, 300
	if testing.Short() {
		many, random = 150, 15
	}
	list := append(texts(many), []byte(""), []byte("\n"), []byte("\n\n"), []byte("aaab"), []byte("\xe9\xc9"), []byte("xxxxy\x00"))
	r := rand.New(rand.NewPCG(3, 4))
	for range random {
		b := make([]byte, r.IntN(3000))
		for i := range b {
			b[i] = byte(r.UintN(256))
		}
		list = append(list, b)
	}
	for _, text := range list {
		sameFound(t, g, text, scratch)
	}
}

// FuzzScreen takes any pattern and any text.
func FuzzScreen(f *testing.F) {
	for _, source := range awkward {
		f.Add(source, "aab\nword \xe9")
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		p, err := Compile(source)
		if err != nil || len(source) > 60 || len(text) > 500 {
			return
		}
		sameFound(t, readied([]*Pattern{p}), []byte(text), &Scratch{})
	})
}
