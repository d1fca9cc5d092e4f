//go:build hyperscan

package pattern

import (
	"fmt"
	"regexp/syntax"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// many gives n groups' worth of patterns that need different words.
func many(t testing.TB, n int) []*Pattern {
	var sources []string
	for i := range n {
		sources = append(sources, fmt.Sprintf(`/\bword%d\s+(?:is|was)\b/i`, i))
	}
	return compileAll(t, sources)
}

func TestTheScreenIsMadeInTheBackground(t *testing.T) {
	g, scratch := NewGroup(many(t, minScreened)), &Scratch{}
	for end := time.Now().Add(time.Minute); g.screening.made.Load() == nil; {
		sameFound(t, g, []byte("the word7 was, WORD9  is"), scratch)
		if time.Now().After(end) {
			t.Fatal("no screen after a minute")
		}
	}
	sameFound(t, g, []byte("the word7 was, WORD9  is"), scratch)
}

func TestASmallGroupDoesWithoutAScreen(t *testing.T) {
	g := NewGroup(many(t, minScreened-1))
	if g.screened() != nil {
		t.Error("it has one")
	}
	begun := true
	if g.screening.begin.Do(func() { begun = false }); begun {
		t.Error("one is being made")
	}
	g.Screen()
	g.Ready()
	if g.screened() == nil {
		t.Error("it has none when asked for")
	}
}

// TestTheScreenTellsWhatMatches: it would be correct, and of no use, if our engines had to run everything.
func TestTheScreenTellsWhatMatches(t *testing.T) {
	g := readied(many(t, 100))
	var p picks
	p.reset(len(g.parts))
	text := strings.Repeat("word1 word2 word3 words ", 50) + "word42 is"
	if !g.screened().scan([]byte(text), &p, &sightings{}) || len(p.list) != 0 || len(p.whole) != 1 || p.whole[0] != eventOf(42, len(text)) {
		t.Errorf("candidates %v, found %v", p.list, p.whole)
	}
	if !g.screened().surely[42] {
		t.Error("what Hyperscan says is not enough")
	}
}

func TestWhatHyperscanHasNoEqualOfIsVerified(t *testing.T) {
	g := readied(append(many(t, 20), compileAll(t, []string{`/(?!wire)w[i1]re\s+tran/`, `/(\w)x\1/`, `/a\bb|end$/m`})...))
	for i, want := range []bool{true, false, false} {
		if g.screened().surely[19+i] != want {
			t.Errorf("pattern %d: %v", 19+i, !want)
		}
	}
	for _, text := range []string{"wire tran", "w1re tran", "axa", "axb", "the end\n", "end of", "ab", ""} {
		sameFound(t, g, []byte(text), &Scratch{})
	}
}

// TestWhatHyperscanWouldBeSlowAtIsLeftToLiterals: large patterns, and those that are looked for by their beginnings.
func TestWhatHyperscanWouldBeSlowAtIsLeftToLiterals(t *testing.T) {
	letter := `(?:[aA@]|\xc3[\xa0-\xa5]|\xd0[\xb0\x90]|&#97;|&#65;|\xf0\x9d\x97\xae|\xe1\xba[\xa1\xa3]|\xce[\x91\xb1]|\xc4[\x80-\x85])`
	list := compileAll(t, []string{"/begin b" + strings.Repeat(letter, 24) + "c/", "/" + letter + letter + "/", `/word1 (?:is|was)/`})
	if insts := instsOf(treeOf(syntax.Parse(list[0].Expr(), syntax.Perl))); insts <= maxInsts || !list[1].begun() || list[2].begun() {
		t.Fatalf("%d instructions; by beginnings: %v, %v", insts, list[1].begun(), list[2].begun())
	}
	g := readied(append(many(t, 20), list...))
	for _, e := range g.expressions() {
		if e.id == 20 || e.id == 21 {
			t.Errorf("Hyperscan is given %s", list[e.id-20].Source)
		}
	}
	if e := g.expressions(); e[len(e)-1].id != 22 {
		t.Error("Hyperscan is not given what it is good at")
	}
	for _, text := range []string{"begin b" + strings.Repeat("a\xd0\xb0&#97;\xc4\x80", 6) + "c", "begin b" + strings.Repeat("a", 23) + "c, word1 was", "A\xd0\xb0", "a a"} {
		sameFound(t, g, []byte(text), &Scratch{})
	}
}

func treeOf(re *syntax.Regexp, err error) *syntax.Regexp {
	if err != nil {
		panic(err)
	}
	return re
}

func TestWhatHyperscanRefusesKeepsItsLiterals(t *testing.T) {
	long := `/start` + strings.Repeat(`[a-m]{1,20}[n-z]{1,20}`, 12) + `end/`
	g := readied(append(many(t, 30), compileAll(t, []string{long, `/[^\x00-\xff]|needle/`, `/` + strings.Repeat(`(?:a?b?c?d?)`, 600) + `zz/`})...))
	s := g.screened()
	if s == nil || s.literals == nil {
		t.Fatalf("screen %+v", s)
	}
	for _, text := range []string{"start" + strings.Repeat("an", 12) + "end", "needle", "abzz", "word3 is needle zz"} {
		sameFound(t, g, []byte(text), &Scratch{})
	}
}

func TestAnExpressionThatHyperscanRefusesIsLeftOut(t *testing.T) {
	list := []expression{{id: 3, text: "a+b"}, {id: 5, text: "("}, {id: 7, text: "c", exact: true}, {id: 9, text: "["}}
	d, taken := compileSome(list)
	if d == nil || len(taken) != 2 || taken[0].id != 3 || taken[1].id != 7 {
		t.Fatalf("taken %v", taken)
	}
	var p picks
	if !d.scan([]byte("xcx"), &p) || len(p.whole) != 1 || p.whole[0] != eventOf(7, 2) {
		t.Errorf("found %v", p.whole)
	}
	if d, _ := compileSome(list[1:2]); d != nil {
		t.Error("a database of nothing")
	}
}

func TestAFailedScanLeavesItToTheLiterals(t *testing.T) {
	g := readied(many(t, 30))
	d := g.screened().database
	d.scratches.New = func() any { return &scratch{events: make([]event, d.size)} } // the library refuses a scratch that is none
	var p picks
	p.reset(len(g.parts))
	if g.screened().scan([]byte("word1 is"), &p, &sightings{}) || len(p.list)+len(p.whole) != 0 {
		t.Errorf("picks %v", p)
	}
	sameFound(t, g, []byte("word1 is"), &Scratch{})
}

func TestManyGoroutinesShareAScreen(t *testing.T) {
	g := readied(many(t, 200))
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			scratch := &Scratch{}
			for i := range 100 {
				sameFound(t, g, fmt.Appendf(nil, "word%d is and word%d was", (i+n)%200, (i*3)%250), scratch)
			}
		})
	}
	all.Wait()
}

// TestDatabasesAreGivenBack: a thousand reloads must not eat the machine.
func TestDatabasesAreGivenBack(t *testing.T) {
	patterns := many(t, 40)
	given := make(chan struct{})
	func() {
		g := readied(patterns)
		sameFound(t, g, []byte("word1 is"), &Scratch{})
		runtime.AddCleanup(g.screened().database, func(c chan struct{}) { close(c) }, given)
	}()
	for end := time.Now().Add(time.Minute); ; {
		runtime.GC()
		select {
		case <-given:
			return
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("the database of a group that is gone is still there")
		}
	}
}
