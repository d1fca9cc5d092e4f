package pattern

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"sync"
	"testing"
)

// beginners have no good literals.
var beginners = []string{
	`/(?=[ab\xe9])(?!abc)[ab\xe9]+[cxyz1-9]\w?[\x80-\xff\sa-c]/i`, `/(?:a|b)?(?:c|\n)?[ab]{2,40}c/`, `/\b(?:[ab]{3,}[\s.]+){2}/`, `/^\s?[ab][bc](?:x|\d)?/m`, `/[ab]*c[ab]+x/`, `/(?:[ab]|ca){2,}-/`,
	`/\s*[ab]\s*[bc]\s*[ca]/`, `/(?<![ab])[ab][^\n]b$/`, `/(?:aa?b?|[cx]{3})+\xe9/`, `/[^ab][ab]\b[^c]/`,
}

func TestPatternsAreFoundByTheirBeginnings(t *testing.T) {
	list := compileAll(t, append(beginners[:len(beginners):len(beginners)], hard...))
	for i, p := range list[:len(beginners)] {
		if p.branches[0].begins == nil {
			t.Errorf("%s has no beginning", beginners[i])
		}
	}
	g, scratch := NewGroup(list), &Scratch{}
	for i, text := range texts(3000) {
		if i%50 == 0 { // longer than the places that are noted
			text = append(text, strings.Repeat("aabb c-", 60)...)
		}
		sameFound(t, g, text, scratch)
	}
}

func TestABeginningIsBoundedAndSure(t *testing.T) {
	for source, want := range map[string]bool{`/[ab]{2}.*c/`: true, `/[ab]/`: false, `/.*[ab]{9}/s`: true, `/[ab]?/`: false, `/(?:x|[ab]{300})+[bc]d?/`: true} {
		p := compileAll(t, []string{source})[0]
		relaxed, _ := relax(p.whole.tree())
		b, _ := begins(relaxed)
		if (b != nil) != want || b != nil && (b.least < minBeginning || b.most > maxBeginning) {
			t.Errorf("%s: %+v", source, b)
		}
	}
}

// TestManyGoroutinesShareBeginnings, while states are thrown away all the time.
func TestManyGoroutinesShareBeginnings(t *testing.T) {
	trees := map[int32]*syntax.Regexp{}
	for i, p := range compileAll(t, beginners) {
		relaxed, _ := relax(p.branches[0].confirm.tree())
		_, trees[int32(i)] = begins(relaxed)
	}
	b, taken := newBeginnings(trees)
	if len(taken) != len(beginners) {
		t.Fatalf("%d of %d fit in", len(taken), len(beginners))
	}
	list := texts(400)
	want := make([][]event, len(list))
	for i, text := range list {
		s := &sightings{}
		s.reset(len(beginners))
		b.scan(text, s)
		want[i] = s.list
	}
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			s, r := &sightings{}, rand.New(rand.NewPCG(1, uint64(n)))
			for range 600 {
				i := r.IntN(len(list))
				s.reset(len(beginners))
				b.scan(list[i], s)
				if len(s.list) != len(want[i]) {
					t.Errorf("%q: %d places, want %d", list[i], len(s.list), len(want[i]))
				}
				if n == 0 && i%10 == 0 {
					b.mu.Lock()
					b.renew()
					b.mu.Unlock()
				}
			}
		})
	}
	all.Wait()
}
