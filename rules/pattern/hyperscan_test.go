//go:build hyperscan

package pattern

import (
	"fmt"
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
	g.Ready()
	if g.screened() == nil {
		t.Error("it has none when asked for")
	}
}

// TestTheScreenLetsLittleThrough: else it would be correct, and of no use.
func TestTheScreenLetsLittleThrough(t *testing.T) {
	g := readied(many(t, 100))
	var p picks
	p.reset(len(g.parts))
	if !g.screened().scan([]byte(strings.Repeat("word1 word2 word3 words ", 50)+"word42 is"), &p, &sightings{}) || len(p.list) != 1 || g.parts[p.list[0]].pattern != 42 {
		t.Errorf("candidates %v", p.list)
	}
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
	d, taken := compileSome([]string{"a+b", "(", "c", "["}, []uint32{3, 5, 7, 9})
	if d == nil || len(taken) != 2 || !taken[3] || !taken[7] {
		t.Fatalf("taken %v", taken)
	}
	var p picks
	p.reset(10)
	if !d.scan([]byte("xcx"), &p) || len(p.list) != 1 || p.list[0] != 7 {
		t.Errorf("found %v", p.list)
	}
	if d, _ := compileSome([]string{"("}, []uint32{0}); d != nil {
		t.Error("a database of nothing")
	}
}

func TestAFailedScanLeavesItToTheLiterals(t *testing.T) {
	g := readied(many(t, 30))
	d := g.screened().database
	d.scratches.New = func() any { return &scratch{ids: make([]uint32, d.size)} } // the library refuses a scratch that is none
	var p picks
	p.reset(len(g.parts))
	if g.screened().scan([]byte("word1 is"), &p, &sightings{}) || len(p.list) != 0 {
		t.Errorf("picks %v", p.list)
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
