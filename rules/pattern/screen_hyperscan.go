//go:build hyperscan

package pattern

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"weak"
)

// screen finds what matches among a group's patterns by Hyperscan instead of by their literals: one pass over the text. A
// pattern of which the library has an equal is found for good. One that looks around, refers back or is possessive is given to
// it in its relaxed form, and our own engine decides where that is found. What Hyperscan doesn't take keeps its literals, so both
// builds find the same. So does what it would be slow at: large patterns, and those without a good literal, of which it would run
// an automaton over all of the text. Of Debian's body patterns they are a quarter, and took most of the time.
//
// Making one takes from some hundredths of a second to some seconds of CPU. That is done in the background, beginning with the
// group's first text, or when the database is read from a folder (stored_hyperscan.go) a few thousandths; until then, and wherever
// Hyperscan fails, literals do.
type screen struct {
	database *database
	surely   []bool // by pattern: Hyperscan's word is enough
	reach    []int  // by pattern: the most bytes of a match; -1: no bound

	always   []int32   // parts that Hyperscan has not, without a literal
	literals *literals // of the others that it has not
	starts   *beginnings
}

// screening is a group's way to its screen.
type screening struct {
	folder string // where databases are kept; "" nowhere
	always bool   // a screen is made however few patterns there are
	begin  sync.Once
	build  sync.Once
	made   atomic.Pointer[screen]
}

// Bounds of screens. What is beyond them is left to literals.
const (
	minScreened = 1000    // patterns of a group that gets a screen: below it costs more than it spares
	maxScreened = 50_000  // expressions in one
	maxInsts    = 200     // instructions of a pattern in it: larger ones cost most of the time, in compiling and in scanning
	maxAllInsts = 500_000 // of all together
	maxRefused  = 30      // expressions that may be refused late until there is no screen
)

// building lets one screen be built at a time, so that mail has the other cores.
var building sync.Mutex

// Cache names a folder in which the group's database is kept, so that the next start need not compile it; "" none. It is to be
// called before the group is used. The folder is made if it is absent, and belongs to these files.
func (g *Group) Cache(folder string) { g.screening.folder = folder }

// Screen lets the group have a screen however few patterns it has. It is to be called before the group is used.
func (g *Group) Screen() { g.screening.always = true }

// large tells whether the group gets a screen.
func (g *Group) large() bool { return g.screening.always || len(g.patterns) >= minScreened }

// screened gives the group's screen; nil: there is none, or it is still being made.
func (g *Group) screened() *screen {
	if s := g.screening.made.Load(); s != nil {
		return s
	}
	if g.large() {
		g.screening.begin.Do(func() { go await(weak.Make(g)) })
	}
	return nil
}

// await makes the screen of a group when its turn comes, unless nobody uses the group any more.
func await(w weak.Pointer[Group]) {
	building.Lock()
	defer building.Unlock()
	if g := w.Value(); g != nil {
		g.Ready()
	}
}

// Ready makes the group as fast as it gets, and waits for that.
func (g *Group) Ready() {
	if !g.large() {
		return
	}
	g.screening.build.Do(func() {
		if s := g.newScreen(); s != nil {
			g.screening.made.Store(s)
		}
	})
}

// newScreen makes the screen; nil: Hyperscan is of no use here.
func (g *Group) newScreen() *screen {
	if !usable() {
		return nil
	}
	s := &screen{surely: make([]bool, len(g.patterns)), reach: make([]int, len(g.patterns))}
	list := g.expressions()
	var taken []expression
	if s.database, taken = g.databaseOf(list); s.database == nil {
		return nil
	}
	has := make([]bool, len(g.patterns))
	for _, e := range taken {
		has[e.id], s.surely[e.id], s.reach[e.id] = true, e.exact, e.most
	}
	left := func(i int32) bool { return !has[g.parts[i].pattern] }
	s.always, s.literals = needs(g.parts, left)
	var rest []int32
	s.starts, rest = g.passFor(left)
	s.always = append(s.always, rest...)
	return s
}

// databaseOf gives the database of expressions, from the group's folder if it is there, and what is in it.
func (g *Group) databaseOf(list []expression) (d *database, taken []expression) {
	f := storedAt(g.screening.folder, list)
	if d, taken = f.read(list); d != nil {
		return d, taken
	}
	if d, taken = compileSome(list); d != nil {
		f.write(d, list, taken)
	}
	return d, taken
}

// expressions gives what Hyperscan is asked to look for. The id of a pattern is its index.
func (g *Group) expressions() (list []expression) {
	room := maxAllInsts
	for i, p := range g.patterns {
		if p.begun() {
			continue
		}
		e, n, ok := wholeExpression(&p.whole)
		if ok && n <= min(maxInsts, room) && len(list) < maxScreened {
			e.id = uint32(i)
			list = append(list, e)
			room -= n
		}
	}
	return list
}

// begun tells whether some branch is looked for by its beginning: it has no literal that Hyperscan could wait for either.
func (p *Pattern) begun() bool {
	return slices.ContainsFunc(p.branches, func(b branch) bool { return b.begins != nil })
}

// compileSome makes a database of what Hyperscan takes of the expressions; nil: of nothing.
func compileSome(list []expression) (d *database, taken []expression) {
	taken = slices.DeleteFunc(slices.Clone(list), func(e expression) bool { return !e.isTaken() })
	for range maxRefused {
		if len(taken) == 0 {
			break
		}
		d, bad := newDatabase(taken)
		if d != nil {
			return d, taken
		}
		if bad < 0 || bad >= len(taken) {
			break
		}
		taken = slices.Delete(taken, bad, bad+1)
	}
	return nil, nil
}

// scan adds to picks every part that may match in text, and every pattern that Hyperscan found. false: Hyperscan failed,
// and nothing is known.
func (s *screen) scan(text []byte, picks *picks, begun *sightings) bool {
	if len(text) == 0 || !s.database.scan(text, picks) {
		return false
	}
	picks.add(s.always)
	if s.literals != nil {
		s.literals.scan(text, picks)
	}
	s.starts.sight(text, picks, begun)
	runtime.KeepAlive(s)
	return true
}

// direct goes on with the pattern, of which Hyperscan saw the end of the first match.
func (r *runner) direct(end, want int) {
	s := r.group.screened()
	switch in := s.span(r.pattern, end, len(r.text)); {
	case want == 1 && s.surely[r.pattern]:
		r.found(1)
	default:
		r.countWhole(in, want)
	}
}

// span is where a pattern can match of which the first match ends at a place.
func (s *screen) span(i, end, size int) span {
	if s.reach[i] < 0 {
		return span{0, size}
	}
	return span{max(end-s.reach[i], 0), size}
}

// countWhole counts the matches of a pattern.
func (r *runner) countWhole(in span, want int) {
	p := r.group.patterns[r.pattern]
	if list := p.words(); list != nil {
		r.found(list.count(r.text, in, want))
		return
	}
	switch exact := p.exact(); {
	case p.whole.backtracks || p.whole.empty:
		r.backtrack(exact, in, want)
	case !r.soon(exact, in, want):
		r.count(&p.whole, span{0, len(r.text)}, want)
	}
}
