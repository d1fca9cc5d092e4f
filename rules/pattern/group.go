package pattern

import (
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
	// Spent reports the time that a run of a pattern took, and whether it was cut short at its limit: then whether
	// the pattern occurs is not known.
	Spent(i int, d time.Duration, cut bool)
	// Left is the time that a pattern may still take on this message.
	Left(i int) time.Duration
}

// Scratch is memory for matching that is used again and again, by one goroutine at a time. The zero value is ready.
type Scratch struct {
	picks  picks
	latin  []byte
	reader byteReader
}

// Group is the plain engine: one pass for the literals of all patterns, then RE2 for those whose literal is there.
type Group struct {
	patterns []*Pattern
	always   []int32 // patterns without a literal
	literals *automaton
}

// NewGroup makes a Group; the patterns keep their index.
func NewGroup(patterns []*Pattern) *Group {
	g := &Group{patterns: patterns}
	var literals []string
	var ids []int32
	for i, p := range patterns {
		if len(p.literals) == 0 {
			g.always = append(g.always, int32(i))
		}
		for _, s := range p.literals {
			literals, ids = append(literals, s), append(ids, int32(i))
		}
	}
	g.literals = newAutomaton(literals, ids)
	return g
}

// Match implements Matcher.
func (g *Group) Match(text []byte, scratch *Scratch, sink Sink) {
	scratch.picks.reset(len(g.patterns))
	scratch.picks.add(g.always)
	if g.literals != nil {
		g.literals.scan(text, &scratch.picks)
	}
	if len(scratch.picks.list) == 0 {
		return
	}
	run := runner{text: text, scratch: scratch, sink: sink}
	for _, i := range scratch.picks.list {
		if want := sink.Want(int(i)); want > 0 {
			run.pattern(int(i), g.patterns[i], want)
		}
	}
}

// runner tries single patterns on one text.
type runner struct {
	text    []byte
	dressed []byte // text as Latin-1 runes; nil: not made yet
	scratch *Scratch
	sink    Sink
}

// slow is the number of instruction steps (at some 5 ns at worst) above which a run is made interruptible.
const slow = 4 << 20

func (r *runner) pattern(i int, p *Pattern, want int) {
	if p.exact && want == 1 {
		r.sink.Found(i, 1)
		return
	}
	start := time.Now()
	n, cut := 0, false
	if p.insts*len(r.text) > slow {
		n, cut = r.guarded(p, r.sink.Left(i))
	} else {
		n = r.count(p, want)
	}
	if n > 0 {
		r.sink.Found(i, n)
	}
	r.sink.Spent(i, time.Since(start), cut)
}

func (r *runner) count(p *Pattern, want int) int {
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

// guarded runs a pattern that might take long: it reads the text byte by byte, and the text ends when the time does.
// QUIRK: matches beyond the first are not counted here; only a rule of thousands of instructions comes this way.
func (r *runner) guarded(p *Pattern, left time.Duration) (n int, cut bool) {
	b := &r.scratch.reader
	*b = byteReader{text: r.text, until: time.Now().Add(left)}
	if p.re.MatchReader(b) && !b.cut {
		return 1, false
	}
	return 0, b.cut
}
