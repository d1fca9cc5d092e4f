package pattern

import "time"

// try looks for a part, the first one of row, by the engine that is cheapest.
func (r *runner) try(row []candidate, p *part, want int) {
	g, places := r.group, r.notes.events[row[0].from:row[0].to]
	in := p.branch.span(r.text, row[0].ends)
	seen := len(places) > 0 && len(places) < maxEvents && (want == 1 || len(g.patterns[p.pattern].branches) == 1)
	if seen && !p.costly() && r.confirmed(p, places, want) {
		return
	}
	yes, known := p.match(r.text, in, &g.room)
	switch whole := g.patterns[p.pattern]; {
	case known && !yes:
	case known && want == 1 && !p.branch.backtracks:
		r.found(1)
	case seen && p.costly() && r.confirmed(p, places, want):
	case want == 1 && (p.inexact() || p.branch.backtracks):
		r.backtrack(p.branch.confirm, in, 1)
	case want == 1:
		if !r.soon(p.branch.confirm, in, 1) {
			r.count(&p.branch.program, in, 1)
		}
	default:
		r.counted = true
		r.countAll(whole, p, r.span(row), want)
	}
}

// countAll counts the matches of a whole pattern in a span.
func (r *runner) countAll(whole *Pattern, p *part, in span, want int) {
	if list := whole.words(); list != nil {
		r.found(list.count(r.text, in, want))
		return
	}
	switch exact := whole.exact(); {
	case whole.whole.backtracks || whole.whole.empty || p.inexact():
		r.backtrack(exact, in, want)
	case !r.soon(exact, in, want):
		r.count(&whole.whole, in, want)
	}
}

// span is where a pattern can match of which row has the branches from the first on that does.
func (r *runner) span(row []candidate) span {
	all := span{len(r.text), 0}
	for k := range row {
		in := r.group.parts[row[k].part].branch.span(r.text, row[k].ends)
		all = span{min(all.from, in.from), max(all.to, in.to)}
	}
	return all
}

// runner tries a pattern on one text after the other.
type runner struct {
	group   *Group
	notes   *Notes
	scratch *Scratch
	sink    Sink
	pattern int
	text    []byte
	number  int  // of the text
	counted bool // all matches in the text have been counted
}

// Runs are weighed by the steps that they take at worst, some 5 ns each: short ones are not clocked, long ones can be
// interrupted.
const (
	clocked = 64 << 10
	guarded = 4 << 20
)

// count looks for up to want matches of a program in a span.
func (r *runner) count(p *program, in span, want int) {
	p.ready()
	text := in.seen(r.text)
	steps := p.insts * len(text)
	if steps < clocked {
		r.found(r.matches(p, text, want))
		return
	}
	clock := startClock()
	n, cut := 0, false
	if steps > guarded {
		n, cut = r.guarded(p, text, clock, r.sink.Left(r.pattern))
	} else {
		n = r.matches(p, text, want)
	}
	spent := clock.stop()
	r.found(n)
	r.sink.Spent(r.pattern, spent, cut)
}

// confirmSteps is how long the backtracking engine may look for what a machine could find too.
const confirmSteps = 32 << 10

// confirmed looks for a part where its beginning was seen, and tells whether that is all that is to be done.
func (r *runner) confirmed(p *part, places []event, want int) bool {
	n, known := r.confirm(p, places, want)
	r.found(n)
	return known
}

// confirm counts the matches of a part that begin where its beginning was seen, up to want. known is false where that takes
// too long for what another engine can do.
func (r *runner) confirm(p *part, places []event, want int) (n int, known bool) {
	b := p.branch
	s := b.confirm.on(r.text, span{}, r.sink.Left(r.pattern))
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
		r.sink.Spent(r.pattern, spent, cut && only)
	}
	if cut && !only {
		return 0, false
	}
	return n, true
}

// soon looks for up to want matches with the backtracking engine, where that takes a few steps a byte. If it takes longer
// nothing is told, and the answer is false: an engine that is slower at first, and never slow, is to do it.
func (r *runner) soon(b *backtracker, in span, want int) bool {
	s, n := b.on(r.text, in, r.sink.Left(r.pattern)), 0
	s.atMost(4*(in.to-in.from) + 256)
	for n < want && s.next() {
		n++
	}
	cut := s.cut
	if spent := s.done(); spent > 0 {
		r.sink.Spent(r.pattern, spent, false)
	}
	if cut {
		return false
	}
	r.found(n)
	return true
}

// backtrack looks for up to want matches with the backtracking engine.
func (r *runner) backtrack(b *backtracker, in span, want int) {
	s, n := b.on(r.text, in, r.sink.Left(r.pattern)), 0
	for n < want && s.next() {
		n++
	}
	cut := s.cut
	spent := s.done()
	r.found(n)
	if cut || spent > 0 {
		r.sink.Spent(r.pattern, spent, cut)
	}
}

func (r *runner) found(n int) {
	if n > 0 {
		r.sink.Found(r.pattern, r.number, n)
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
