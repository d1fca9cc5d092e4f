//go:build hyperscan

package pattern

import (
	"runtime"
	"sync"
	"sync/atomic"
	"weak"
)

// screen finds the candidates among a group's parts by Hyperscan instead of by their literals: one pass over the text, and what
// is left are nearly only parts that match. The machines verify each all the same, so both ways find the same. Parts that
// Hyperscan doesn't take keep their literals.
//
// Making one takes from some hundredths of a second to some seconds. That is done in the background, beginning with the group's first text; until
// then, and wherever Hyperscan fails, literals do.
type screen struct {
	database *database
	always   []int32    // parts that Hyperscan has not, without a literal
	literals *automaton // of the others that it has not
	starts   *beginnings
}

// screening is a group's way to its screen.
type screening struct {
	begin sync.Once
	build sync.Once
	made  atomic.Pointer[screen]
}

// Bounds of screens. What is beyond them is left to literals.
const (
	minScreened  = 24        // parts of a group that gets a screen
	maxScreened  = 50_000    // parts in one
	maxPartInsts = 2000      // instructions of a part in it
	maxInsts     = 2_000_000 // of all together
	maxRefused   = 30        // parts that Hyperscan may refuse until it gets none
)

// building lets one screen be built at a time, so that mail has the other cores.
var building sync.Mutex

// screened gives the group's screen; nil: there is none, or it is still being made.
func (g *Group) screened() *screen {
	if s := g.screening.made.Load(); s != nil {
		return s
	}
	if len(g.parts) >= minScreened {
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

// Ready makes the group as fast as it gets, and waits for that, however few patterns it has.
func (g *Group) Ready() {
	g.screening.build.Do(func() {
		if s := g.newScreen(); s != nil {
			g.screening.made.Store(s)
		}
	})
}

// newScreen makes the screen; nil: Hyperscan is of no use here.
func (g *Group) newScreen() *screen {
	var expressions []string
	var ids []uint32
	room := maxInsts
	for i := range g.parts {
		n := len(g.parts[i].branch.compile().Inst)
		if n > maxPartInsts || n > room || len(ids) == maxScreened {
			continue
		}
		if e, ok := expression(g.parts[i].branch.source()); ok {
			expressions, ids = append(expressions, e), append(ids, uint32(i))
			room -= n
		}
	}
	d, taken := compileSome(expressions, ids)
	if d == nil {
		return nil
	}
	s := &screen{database: d}
	left := func(i int32) bool { return !taken[uint32(i)] }
	s.always, s.literals = needs(g.parts, left)
	var rest []int32
	s.starts, rest = g.passFor(left)
	s.always = append(s.always, rest...)
	return s
}

// compileSome makes a database of what Hyperscan takes of the expressions; nil: of too little. taken are the ids of that.
func compileSome(expressions []string, ids []uint32) (d *database, taken map[uint32]bool) {
	for range maxRefused {
		if len(ids) == 0 {
			return nil, nil
		}
		d, bad := newDatabase(expressions, ids)
		if d != nil {
			taken = make(map[uint32]bool, len(ids))
			for _, id := range ids {
				taken[id] = true
			}
			return d, taken
		}
		if bad < 0 || bad >= len(ids) {
			return nil, nil
		}
		expressions = append(expressions[:bad:bad], expressions[bad+1:]...)
		ids = append(ids[:bad:bad], ids[bad+1:]...)
	}
	return nil, nil
}

// scan adds to picks every part that may match in text. false: Hyperscan failed, and nothing is known.
func (s *screen) scan(text []byte, picks *picks, begun *sightings) bool {
	if !s.database.scan(text, picks) {
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
