package pattern

import (
	"bytes"
	"regexp/syntax"
	"slices"
	"sync"
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
	begun  sightings
	latin  []byte
	reader byteReader
}

// Group is the plain engine: one pass for the literals of all patterns, then a machine, or RE2, for each branch whose
// literal is there.
type Group struct {
	patterns []*Pattern
	parts    []part
	always   []int32 // parts without a literal
	literals *automaton
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

// needs gives what some of the parts can't match without: the machine that finds their literals, and the parts that have
// none.
func needs(parts []part, of func(id int32) bool) (always []int32, a *automaton) {
	var literals []string
	var ids []int32
	for i := range parts {
		id := int32(i)
		if !of(id) || parts[i].branch.begins != nil {
			continue
		}
		list := parts[i].branch.literals
		if len(list) == 0 {
			always = append(always, id)
		}
		for _, s := range list {
			literals, ids = append(literals, s), append(ids, id)
		}
	}
	return always, newAutomaton(literals, ids)
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
	for _, e := range begun.list {
		picks.addOne(e.id())
	}
}

// Match implements Matcher.
func (g *Group) Match(text []byte, scratch *Scratch, sink Sink) {
	exactly := g.pick(text, &scratch.picks, &scratch.begun)
	next := 0 // of the sightings
	run := runner{group: g, text: text, scratch: scratch, sink: sink, counted: -1}
	run.direct(g)
	slices.Sort(scratch.picks.list) // the branches of a pattern in a row
	for k, id := range scratch.picks.list {
		p := &g.parts[id]
		switch want := sink.Want(p.pattern); {
		case want <= 0 || run.counted == p.pattern:
		case want == 1 && exactly && p.branch.sure:
			sink.Found(p.pattern, 1)
		case p.branch.lone >= 0 && bytes.IndexByte(text, byte(p.branch.lone)) < 0:
		default:
			run.try(k, p, want, scratch.begun.of(id, &next))
		}
	}
}

// try looks for the part that was picked as the k-th, by the engine that is cheapest. places is where its beginning was seen.
func (r *runner) try(k int, p *part, want int, places []event) {
	g, picks := r.group, &r.scratch.picks
	in := p.branch.span(r.text, picks.ends[picks.list[k]])
	seen := len(places) > 0 && len(places) < maxEvents && (want == 1 || len(g.patterns[p.pattern].branches) == 1)
	if seen && !p.costly() && r.confirmed(p, places, want) {
		return
	}
	yes, known := p.match(r.text, in, &g.room)
	switch whole := g.patterns[p.pattern]; {
	case known && !yes:
	case known && want == 1 && !p.branch.backtracks:
		r.sink.Found(p.pattern, 1)
	case seen && p.costly() && r.confirmed(p, places, want):
	case want == 1 && (p.inexact() || p.branch.backtracks):
		r.backtrack(p.pattern, p.branch.confirm, in, 1)
	case want == 1:
		if !r.soon(p.pattern, p.branch.confirm, in, 1) {
			r.count(p.pattern, &p.branch.program, in, 1)
		}
	default:
		r.counted = p.pattern
		r.countAll(whole, p, g.span(r.text, picks, k), want)
	}
}

// countAll counts the matches of a whole pattern in a span.
func (r *runner) countAll(whole *Pattern, p *part, in span, want int) {
	if list := whole.words(); list != nil {
		r.found(p.pattern, list.count(r.text, in, want))
		return
	}
	switch exact := whole.exact(); {
	case whole.whole.backtracks || whole.whole.empty || p.inexact():
		r.backtrack(p.pattern, exact, in, want)
	case !r.soon(p.pattern, exact, in, want):
		r.count(p.pattern, &whole.whole, in, want)
	}
}

// span is where a pattern can match of which the k-th pick is the first branch that does.
func (g *Group) span(text []byte, picks *picks, k int) span {
	i, all := g.parts[picks.list[k]].pattern, span{len(text), 0}
	for _, id := range picks.list[k:] {
		if g.parts[id].pattern != i {
			break
		}
		in := g.parts[id].branch.span(text, picks.ends[id])
		all = span{min(all.from, in.from), max(all.to, in.to)}
	}
	return all
}

// runner tries single patterns on one text.
type runner struct {
	group   *Group
	text    []byte
	scratch *Scratch
	sink    Sink
	counted int // the pattern of which all matches have been counted
}

// Runs are weighed by the steps that they take at worst, some 5 ns each: short ones are not clocked, long ones can be
// interrupted.
const (
	clocked = 64 << 10
	guarded = 4 << 20
)

// count looks for up to want matches of a program in a span.
func (r *runner) count(i int, p *program, in span, want int) {
	p.ready()
	text := in.seen(r.text)
	steps := p.insts * len(text)
	if steps < clocked {
		r.found(i, r.matches(p, text, want))
		return
	}
	clock := startClock()
	n, cut := 0, false
	if steps > guarded {
		n, cut = r.guarded(p, text, clock, r.sink.Left(i))
	} else {
		n = r.matches(p, text, want)
	}
	spent := clock.stop()
	r.found(i, n)
	r.sink.Spent(i, spent, cut)
}

// confirmSteps is how long the backtracking engine may look for what a machine could find too.
const confirmSteps = 32 << 10

// confirmed looks for a part where its beginning was seen, and tells whether that is all that is to be done.
func (r *runner) confirmed(p *part, places []event, want int) bool {
	n, known := r.confirm(p, places, want)
	r.found(p.pattern, n)
	return known
}

// confirm counts the matches of a part that begin where its beginning was seen, up to want. known is false where that takes
// too long for what another engine can do.
func (r *runner) confirm(p *part, places []event, want int) (n int, known bool) {
	b := p.branch
	s := b.confirm.on(r.text, span{}, r.sink.Left(p.pattern))
	only := b.backtracks || p.inexact() // no other engine is faster
	if !only {
		s.atMost(confirmSteps)
	}
	next := 0
	for _, e := range places {
		s.in = span{max(e.end()-b.begins.most, next), e.end() - b.begins.least}
		for s.at = s.in.from; n < want && s.at <= s.in.to && s.next(); n++ {
			next = s.at
		}
		if next = max(next, s.in.to+1); n == want || s.cut {
			break
		}
	}
	cut := s.cut && n < want
	p.took(s.steps, len(r.text))
	if spent := s.done(); spent > 0 {
		r.sink.Spent(p.pattern, spent, cut && only)
	}
	if cut && !only {
		return 0, false
	}
	return n, true
}

// soon looks for up to want matches with the backtracking engine, where that takes a few steps a byte. If it takes longer
// nothing is told, and the answer is false: an engine that is slower at first, and never slow, is to do it.
func (r *runner) soon(i int, b *backtracker, in span, want int) bool {
	s, n := b.on(r.text, in, r.sink.Left(i)), 0
	s.atMost(4*(in.to-in.from) + 256)
	for n < want && s.next() {
		n++
	}
	cut := s.cut
	if spent := s.done(); spent > 0 {
		r.sink.Spent(i, spent, false)
	}
	if cut {
		return false
	}
	r.found(i, n)
	return true
}

// backtrack looks for up to want matches with the backtracking engine.
func (r *runner) backtrack(i int, b *backtracker, in span, want int) {
	s, n := b.on(r.text, in, r.sink.Left(i)), 0
	for n < want && s.next() {
		n++
	}
	cut := s.cut
	spent := s.done()
	r.found(i, n)
	if cut || spent > 0 {
		r.sink.Spent(i, spent, cut)
	}
}

func (r *runner) found(i, n int) {
	if n > 0 {
		r.sink.Found(i, n)
	}
}

func (r *runner) matches(p *program, text []byte, want int) int {
	dressed := latin1(&r.scratch.latin, text)
	if want > 1 {
		return len(p.re.FindAllIndex(dressed, want))
	}
	if p.re.Match(dressed) {
		return 1
	}
	return 0
}

// guarded runs a program that might take long: it reads the text byte by byte, and the text ends when the time does.
// QUIRK: matches beyond the first are not counted here; only rules of a thousand instructions come this way, or texts
// of many kB.
func (r *runner) guarded(p *program, text []byte, clock clock, left time.Duration) (n int, cut bool) {
	b := &r.scratch.reader
	*b = byteReader{text: text, clock: clock, left: left}
	if p.re.MatchReader(b) && !b.cut {
		return 1, false
	}
	return 0, b.cut
}
