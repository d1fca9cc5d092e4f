package pattern

import (
	"maps"
	"regexp/syntax"
	"slices"
	"sync"
	"time"
)

// capturer is what Capture needs of a pattern; it is made when it is first called.
type capturer struct {
	plain *backtracker   // without groups, to count matches
	names map[string]int // named groups

	make  sync.Once
	exact *backtracker
	group *Group
	pool  sync.Pool // of *Scratch
}

// captureTime is the CPU time that one Capture may take.
const captureTime = 50 * time.Millisecond

// Names lists the names of the pattern's groups, in the order of the alphabet.
func (p *Pattern) Names() []string { return slices.Sorted(maps.Keys(p.caught.names)) }

// Capture finds the first match in text and what its groups caught: groups[0] is the match, groups[1] is Perl's $1; nil: the group
// did not take part. They are slices of text. ok is false if there is no match, or if finding it takes too long.
func (p *Pattern) Capture(text []byte) (groups [][]byte, ok bool) {
	p.captures(text, func(s *search) bool {
		groups, ok = s.caught(), true
		return false
	})
	return groups, ok
}

// Find calls each with the bounds of every match in text, while it wants more.
func (p *Pattern) Find(text []byte, each func(from, to int) bool) {
	p.captures(text, func(s *search) bool { return each(s.from, s.end) })
}

// Captures calls each with the name and the value of every named group that took part in a match, match after match.
func (p *Pattern) Captures(text []byte, each func(name string, value []byte)) {
	names := p.Names()
	p.captures(text, func(s *search) bool {
		groups := s.caught()
		for _, name := range names {
			if value := groups[p.caught.names[name]]; value != nil {
				each(name, value)
			}
		}
		return true
	})
}

// captures finds match after match, while each wants more.
func (p *Pattern) captures(text []byte, each func(s *search) bool) {
	c := p.caught
	c.make.Do(func() { c.prepare(p) })
	if !c.may(text) {
		return
	}
	s := c.exact.on(text, span{0, len(text)}, captureTime)
	defer s.done()
	for s.next() && each(s) {
	}
}

// caught gives the match at hand and its groups.
func (s *search) caught() [][]byte {
	groups := make([][]byte, len(s.b.groups)+1)
	groups[0] = s.text[s.from:s.end:s.end]
	for n, slot := range s.b.groups {
		if from, to := s.slots[slot+1], s.slots[slot+2]; to >= 0 {
			groups[n] = s.text[from:to:to]
		}
	}
	return groups
}

// prepare compiles the pattern with all its groups. It was read before, so this can't fail.
func (c *capturer) prepare(p *Pattern) {
	source := p.Source
	c.exact = &backtracker{tree: func() *syntax.Regexp { return mustParse(source, true) }}
	c.group = NewGroup([]*Pattern{p})
}

// may tells whether the pattern may match, by its literals and its machine.
func (c *capturer) may(text []byte) bool {
	scratch, _ := c.pool.Get().(*Scratch)
	if scratch == nil {
		scratch = &Scratch{}
	}
	defer c.pool.Put(scratch)
	var f once
	c.group.Match(text, scratch, &f)
	return f.found || f.cut
}

// once is a Sink for one pattern.
type once struct{ found, cut bool }

func (f *once) Want(int, int) int {
	if f.found {
		return 0
	}
	return 1
}
func (f *once) Found(int, int, int)                    { f.found = true }
func (f *once) Spent(_ int, _ time.Duration, cut bool) { f.cut = f.cut || cut }
func (f *once) Left(int) time.Duration                 { return captureTime }
