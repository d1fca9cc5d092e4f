package pattern

import (
	"regexp/syntax"
	"sync"
)

// Group is the plain engine: one pass for the literals of all patterns, then a machine, or RE2, for each branch whose
// literal is there.
type Group struct {
	patterns []*Pattern
	parts    []part
	always   []int32 // parts without a literal
	literals *literals
	begun    []int32 // parts that are looked for by their beginnings, and don't fit in: they are tried on every text
	begin    sync.Once
	starts   *beginnings // made when the group is first used
	room     room

	screening screening
}

// NewGroup makes a Group; the patterns keep their index.
func NewGroup(patterns []*Pattern) *Group {
	g := &Group{patterns: patterns, room: room{most: maxRoom}}
	n := 0
	for _, p := range patterns {
		n += len(p.branches)
	}
	g.parts = make([]part, n)
	id := 0
	for i, p := range patterns {
		for j := range p.branches {
			g.parts[id].pattern, g.parts[id].branch = i, &p.branches[j]
			id++
		}
	}
	g.always, g.literals = needs(g.parts, func(int32) bool { return true })
	return g
}

// beginnings gives the pass for the parts that are looked for by their beginnings; nil: there are none.
func (g *Group) beginnings() *beginnings {
	g.begin.Do(func() { g.starts, g.begun = g.passFor(func(int32) bool { return true }) })
	return g.starts
}

// passFor makes the pass for some of the parts that are looked for by their beginnings. rest are those that don't fit in.
func (g *Group) passFor(of func(id int32) bool) (b *beginnings, rest []int32) {
	trees := map[int32]*syntax.Regexp{}
	for i := range g.parts {
		if b := g.parts[i].branch; b.begins != nil && of(int32(i)) {
			relaxed, _ := relax(b.confirm.tree())
			_, trees[int32(i)] = begins(relaxed)
		}
	}
	b, taken := newBeginnings(trees)
	for id := range trees {
		if !taken[id] {
			rest = append(rest, id)
		}
	}
	return b, rest
}

// pick lists the parts that may match in text. exactly: where a part's literals are all there is to it, it does.
func (g *Group) pick(text []byte, picks *picks, begun *sightings) (exactly bool) {
	picks.reset(len(g.parts))
	begun.reset(len(g.parts))
	if s := g.screened(); s != nil && s.scan(text, picks, begun) {
		return false
	}
	picks.add(g.always)
	if g.literals != nil {
		g.literals.scan(text, picks)
	}
	g.beginnings().sight(text, picks, begun)
	picks.add(g.begun)
	return true
}

// sight adds the parts of which the beginning is in text.
func (b *beginnings) sight(text []byte, picks *picks, begun *sightings) {
	if b == nil {
		return
	}
	b.scan(text, begun)
	picks.add(begun.ids)
}
