package rules

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"weir/rules/pattern"
)

// TestStockPatternsAreFoundTogetherAsAlone holds the way that groups are searched, whatever the build has for it, to what
// each pattern finds by the engine alone: on the samples of the stock rules, and on texts made of their pieces.
func TestStockPatternsAreFoundTogetherAsAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes too long for a short run")
	}
	s, _ := stockSet(t)
	var patterns []*pattern.Pattern
	var samples [][]byte
	for _, r := range s.rules {
		if r.pattern != nil && r.Kind != Full {
			patterns = append(patterns, r.pattern)
		}
		for _, sample := range r.samples {
			samples = append(samples, []byte(sample.Text))
		}
	}
	g, hits := pattern.NewGroup(patterns), 0
	g.Screen()
	g.Ready()
	for _, text := range append(samples, mixed(samples, 300)...) {
		f := make(foundOnce, len(patterns))
		g.Match(text, &pattern.Scratch{}, f)
		for i, p := range patterns {
			want := p.Match(text)
			if want {
				hits++
			}
			if f[i] != want {
				t.Errorf("%s in %q: together %v, alone %v", p.Source, text, f[i], want)
			}
		}
	}
	if hits < len(patterns) {
		t.Errorf("only %d hits of %d patterns: these texts say little", hits, len(patterns))
	}
}

// mixed makes texts of pieces of others, with the case and the white space of some bytes changed.
func mixed(from [][]byte, n int) (list [][]byte) {
	r := rand.New(rand.NewPCG(5, 6))
	for range n {
		var b []byte
		for range 1 + r.IntN(4) {
			s := from[r.IntN(len(from))]
			at := r.IntN(len(s)/4 + 1)
			b = append(b, s[at:len(s)-r.IntN((len(s)-at)/4+1)]...)
			b = append(b, " \n\t\xa0,"[r.IntN(5)])
		}
		for range len(b) / 20 {
			switch i := r.IntN(len(b)); {
			case b[i] == ' ':
				b = append(b[:i], bytes.Replace(b[i:], []byte(" "), []byte("\r\n "), 1)...)
			case b[i]|0x20 >= 'a' && b[i]|0x20 <= 'z':
				b[i] ^= 0x20
			}
		}
		list = append(list, b)
	}
	return list
}

// foundOnce notes which patterns occur.
type foundOnce []bool

func (f foundOnce) Want(i, _ int) int {
	if f[i] {
		return 0
	}
	return 1
}
func (f foundOnce) Found(i, _, _ int)            { f[i] = true }
func (foundOnce) Spent(int, time.Duration, bool) {}
func (foundOnce) Left(int) time.Duration         { return time.Minute }
