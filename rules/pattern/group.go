package pattern

import (
	"slices"
	"time"
)

// Matcher finds which of its patterns occur in a text. The plain engine (Group) is one; a faster one may replace it.
// A Matcher is shared by all goroutines; what belongs to one message is in Scratch.
type Matcher interface {
	// Match looks for the patterns in text and tells sink of each that occurs.
	Match(text []byte, scratch *Scratch, sink Sink)
}

// Sink takes what a Matcher finds. Patterns are named by their index in the list that the Matcher was made of.
type Sink interface {
	// Want is asked before a pattern is run: how many matches are still of interest; 0: none, don't run it.
	Want(i int) int
	// Found reports n matches of a pattern, 1 ≤ n ≤ Want.
	Found(i, n int)
	// Spent reports the CPU time that a run of a pattern took, unless it is short, and whether it was cut short at its limit: then whether
	// the pattern occurs is not known.
	Spent(i int, d time.Duration, cut bool)
	// Left is the CPU time that a pattern may still take on this message.
	Left(i int) time.Duration
}

// Scratch is memory for matching that is used again and again, by one goroutine at a time. The zero value is ready.
type Scratch struct {
	picks  picks
	latin  []byte
	reader byteReader
}

// Group is the plain engine: one pass for the literals of all patterns, then RE2 for the branches whose literal is
// there.
type Group struct {
	patterns []*Pattern
	parts    []part
	always   []int32 // parts without a literal
	literals *automaton
}

// part is a branch and the index of its pattern.
type part struct {
	pattern int
	branch  *branch
}

// NewGroup makes a Group; the patterns keep their index.
func NewGroup(patterns []*Pattern) *Group {
	g := &Group{patterns: patterns}
	var literals []string
	var ids []int32
	for i, p := range patterns {
		for j := range p.branches {
			id := int32(len(g.parts))
			g.parts = append(g.parts, part{i, &p.branches[j]})
			if len(p.branches[j].literals) == 0 {
				g.always = append(g.always, id)
			}
			for _, s := range p.branches[j].literals {
				literals, ids = append(literals, s), append(ids, id)
			}
		}
	}
	g.literals = newAutomaton(literals, ids)
	return g
}

// Match implements Matcher.
func (g *Group) Match(text []byte, scratch *Scratch, sink Sink) {
	scratch.picks.reset(len(g.parts))
	scratch.picks.add(g.always)
	if g.literals != nil {
		g.literals.scan(text, &scratch.picks)
	}
	run := runner{text: text, scratch: scratch, sink: sink, counted: -1}
	slices.Sort(scratch.picks.list) // the branches of a pattern in a row
	for _, id := range scratch.picks.list {
		p := &g.parts[id]
		switch want := sink.Want(p.pattern); {
		case want <= 0 || run.counted == p.pattern:
		case want == 1:
			run.branch(p.pattern, p.branch)
		default:
			run.counted = p.pattern
			run.count(p.pattern, &g.patterns[p.pattern].whole, want)
		}
	}
}

// runner tries single patterns on one text.
type runner struct {
	text    []byte
	dressed []byte // text as Latin-1 runes; nil: not made yet
	scratch *Scratch
	sink    Sink
	counted int // the pattern of which all matches have been counted
}

// branch tries one branch of a pattern.
func (r *runner) branch(i int, b *branch) {
	if b.exact {
		r.sink.Found(i, 1)
		return
	}
	r.count(i, &b.program, 1)
}

// Runs are weighed by the steps that they take at worst, some 5 ns each: short ones are not clocked, long ones can be
// interrupted.
const (
	clocked = 64 << 10
	guarded = 4 << 20
)

// count looks for up to want matches of a program.
func (r *runner) count(i int, p *program, want int) {
	p.ready()
	steps := p.insts * len(r.text)
	if steps < clocked {
		r.found(i, r.matches(p, want))
		return
	}
	clock := startClock()
	n, cut := 0, false
	if steps > guarded {
		n, cut = r.guarded(p, clock, r.sink.Left(i))
	} else {
		n = r.matches(p, want)
	}
	spent := clock.stop()
	r.found(i, n)
	r.sink.Spent(i, spent, cut)
}

func (r *runner) found(i, n int) {
	if n > 0 {
		r.sink.Found(i, n)
	}
}

func (r *runner) matches(p *program, want int) int {
	if r.dressed == nil {
		r.dressed = latin1(&r.scratch.latin, r.text)
	}
	if want > 1 {
		return len(p.re.FindAllIndex(r.dressed, want))
	}
	if p.re.Match(r.dressed) {
		return 1
	}
	return 0
}

// guarded runs a program that might take long: it reads the text byte by byte, and the text ends when the time does.
// QUIRK: matches beyond the first are not counted here; only rules of a thousand instructions come this way, or texts
// of many kB.
func (r *runner) guarded(p *program, clock clock, left time.Duration) (n int, cut bool) {
	b := &r.scratch.reader
	*b = byteReader{text: r.text, clock: clock, left: left}
	if p.re.MatchReader(b) && !b.cut {
		return 1, false
	}
	return 0, b.cut
}
