package craft

import (
	"math/rand/v2"
	"strings"

	"weir/rules/pattern"
)

// Bounds on one walk: bytes that grow, pieces of the pattern that are walked.
const (
	maxText  = 6000
	maxSteps = 100_000
)

// grower walks a pattern.
type grower struct {
	*rand.Rand
	out    []byte
	groups map[int]string
	names  map[string]string
	steps  int
	look   bool // a look-ahead is written out
	long   bool // repeats are taken more than the least number of times
}

// grow gives a text that a pattern should match. It tries some walks, and takes the first that does match; ok tells
// whether one did.
func grow(rnd *rand.Rand, source string) (text string, ok bool) {
	root, fold := parse(source)
	p, err := pattern.Compile(source)
	for try := range 24 {
		g := grower{Rand: rnd, groups: map[int]string{}, names: map[string]string{}, look: try%2 == 1, long: try%3 > 0}
		g.node(root)
		if text = string(g.out); fold && rnd.IntN(4) == 0 {
			text = strings.ToUpper(text)
		}
		if err != nil {
			return text, false
		}
		if p.Match([]byte(text)) {
			return text, true
		}
	}
	return text, false
}

func (g *grower) node(n *node) {
	if g.steps++; len(g.out) > maxText || g.steps > maxSteps {
		return
	}
	switch n.op {
	case literal:
		g.out = append(g.out, n.text...)
	case class:
		g.out = append(g.out, g.pick(n.set))
	case sequence:
		for _, sub := range n.subs {
			g.node(sub)
		}
	case choice:
		g.node(n.subs[g.IntN(len(n.subs))])
	case repeat:
		for range g.times(n) {
			g.node(n.subs[0])
		}
	case group:
		g.group(n)
	case ahead:
		if g.look {
			g.node(n.subs[0])
		}
	case reference:
		g.out = append(g.out, g.groups[n.group]+g.names[n.name]...)
	}
}

func (g *grower) group(n *node) {
	start := len(g.out)
	g.node(n.subs[0])
	if n.group > 0 {
		g.groups[n.group] = string(g.out[start:])
	}
	if n.name != "" {
		g.names[n.name] = string(g.out[start:])
	}
}

// times says how often a repeat is walked.
func (g *grower) times(n *node) int {
	more := 0
	if g.long {
		more = g.IntN(4)
	}
	if n.max >= 0 {
		more = min(more, n.max-n.min)
	}
	return min(max(n.min+more, 0), maxText)
}

// plain are the bytes that a class is asked for first.
const plain = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"

// pick takes a byte of a class, an ordinary one if there is one.
func (g *grower) pick(set *[256]bool) byte {
	for range 8 {
		if c := plain[g.IntN(len(plain))]; set[c] {
			return c
		}
	}
	start := g.IntN(256)
	for _, from := range []int{'!', start} {
		for i := range 256 {
			c := byte(from + i)
			if set[c] && c != 0 && c != '\r' && (c != '\n' || from == start) {
				return c
			}
		}
	}
	return ' '
}
