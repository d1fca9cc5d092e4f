package pattern

import (
	"bytes"
	"regexp/syntax"
	"sync"
	"time"
)

// backtracker runs a pattern that RE2 can't, on bytes, as Perl does: the first way that matches, in the order in which the
// pattern gives them. Such an engine may need time without end; this one counts its steps, reads the clock now and then,
// and stops when the time of its rule is over. Only patterns that look around, refer back or are possessive come here,
// and those only where their relaxed form matches.
type backtracker struct {
	make sync.Once
	tree func() *syntax.Regexp // what it is compiled from

	code   []step
	skips  []*set      // by number: what none of several choices begins with, if it is not in it
	slots  int         // numbers that a run keeps: groups, places where loops began
	groups map[int]int // slot of a group, by its number
	first  *set        // bytes that a match may begin with; nil: it may be empty
	lone   int         // the only byte that a match begins with; -1: there are several
	fixed  bool        // a match begins at the start of the text
}

// step is one instruction.
type step struct {
	op    opcode
	mode  uint8 // opRun: greedy, lazy or possessive; opRef: 1 if case does not matter; opLook: lookNot, lookBack
	c     byte
	x, y  int32 // where to go on, or a slot
	least int32
	most  int32 // opSplit: number of a set; where the next byte is not in it, least is where to go on; 0: there is none
	in    *set
}

type opcode uint8

const (
	opDone   opcode = iota // the pattern matches
	opInner                // a part of it that is looked at by itself does
	opByte                 // the byte c
	opSet                  // a byte of the set
	opRun                  // least to most bytes of the set
	opSplit                // x, or else y; at once y if the next byte is not in the set
	opJump                 // x
	opOpen                 // a group begins: slot x
	opClose                // it ends
	opRef                  // what the group in slot x matched
	opMark                 // a loop begins a round: slot x
	opMoved                // to x if the round took a byte, else on; y is the slot
	opLook                 // looks at what begins at x, then goes to y
	opAtomic               // matches what begins at x once and for all, then goes to y
	opBeginText
	opEndText
	opBeginLine
	opEndLine
	opDollar
	opEdge
	opNoEdge
	opFail
)

// The modes of steps.
const (
	greedy uint8 = iota
	lazy
	possessive

	lookNot  uint8 = 1
	lookBack uint8 = 2
)

// Bounds of a run.
const (
	patience = 16 << 10  // steps between two looks at the clock, some 0.1 ms
	maxStack = 512 << 10 // ways left to try; a run that needs more is cut
	keptRoom = 16 << 10  // the stack that is kept for the next run
)

// search is one run of a backtracker over a text. It finds one match after the other.
type search struct {
	b     *backtracker
	text  []byte
	in    span
	at    int // where the next match may begin
	empty int // where no empty match is taken, since the last one was that; -1: nowhere
	from  int // where the match at hand begins
	end   int // of the last match

	slots []int
	stack []way
	steps int
	pause int // steps at which the bounds are looked at
	most  int // steps that it may take; 0: no bound but the time
	watch stopwatch
	cut   bool // the time was over, or the stack too high: what else there is, is not known
}

// way is a way that is left to try, or a number to set back before the ways below it are tried.
type way struct {
	kind uint8
	pc   int32
	pos  int // where; or the number
	low  int // wayGreedy: down to here; wayLazy: up to here
}

const (
	wayOn uint8 = iota
	wayGreedy
	wayLazy
	wayBack
)

// stopwatch begins to count when a run turns out to be long.
type stopwatch struct {
	clock   clock
	running bool
	left    time.Duration
}

var searches = sync.Pool{New: func() any { return new(search) }}

// on begins a search for matches that begin in a span of a text. left is the CPU time that it may take.
func (b *backtracker) on(text []byte, in span, left time.Duration) *search {
	b.ready()
	s := searches.Get().(*search)
	s.b, s.text, s.in, s.at, s.empty, s.steps, s.cut = b, text, in, in.from, -1, 0, false
	s.atMost(0)
	s.watch = stopwatch{left: left}
	if cap(s.slots) < b.slots {
		s.slots = make([]int, b.slots)
	}
	s.slots = s.slots[:b.slots]
	return s
}

// done ends a search and tells the CPU time that it took; 0: too little to count.
func (s *search) done() (spent time.Duration) {
	if s.watch.running {
		spent = s.watch.clock.stop()
	}
	if s.b, s.text = nil, nil; cap(s.stack) > keptRoom {
		s.stack = nil
	}
	searches.Put(s)
	return spent
}

// next finds the next match. It does not overlap the last one, and two empty ones are not at the same place.
func (s *search) next() bool {
	for at := s.at; at <= s.in.to && !s.cut; at++ {
		if at = s.begin(at); at > s.in.to {
			break
		}
		for i := range s.slots {
			s.slots[i] = -1
		}
		s.stack, s.from = s.stack[:0], at
		if end, ok := s.run(0, at, -1); ok {
			if s.empty = -1; end == at {
				s.empty = at
			}
			s.at, s.end = end, end
			return true
		}
	}
	s.at = len(s.text) + 1
	return false
}

// begin gives the first place from which a match may begin.
func (s *search) begin(at int) int {
	const none = int(^uint(0) >> 2)
	switch b := s.b; {
	case b.fixed && at > 0:
		return none
	case b.first == nil:
	case b.lone >= 0:
		if at >= len(s.text) {
			return none
		}
		i := bytes.IndexByte(s.text[at:min(s.in.to+1, len(s.text))], byte(b.lone))
		if i < 0 {
			return none
		}
		return at + i
	default:
		for stop := min(s.in.to+1, len(s.text)); at < stop; at++ {
			if b.first[s.text[at]] {
				return at
			}
		}
		return none
	}
	return at
}

// atMost bounds the steps of a search; 0: no bound but the time.
func (s *search) atMost(steps int) {
	s.most, s.pause = steps, patience
	if steps > 0 {
		s.pause = min(steps, patience)
	}
}

// over tells whether the time of the run is over.
func (s *search) over() bool {
	if s.pause = s.steps + patience; s.most > 0 {
		if s.pause = min(s.pause, s.most); s.steps >= s.most {
			s.cut = true
			return true
		}
	}
	if !s.watch.running {
		s.watch.clock, s.watch.running = startClock(), true
	}
	if s.watch.clock.read() > s.watch.left || len(s.stack) > maxStack {
		s.cut = true
	}
	return s.cut
}

// push leaves a way for later.
func (s *search) push(kind uint8, pc int32, pos, low int) {
	s.stack = append(s.stack, way{kind, pc, pos, low})
}

// put sets a slot; backing up restores it.
func (s *search) put(slot int32, v int) {
	s.push(wayBack, slot, s.slots[slot], 0)
	s.slots[slot] = v
}

// back takes the last way that is left above base; pc < 0: there is none.
func (s *search) back(base int) (pc int32, pos int) {
	for len(s.stack) > base {
		w := &s.stack[len(s.stack)-1]
		switch w.kind {
		case wayBack:
			s.slots[w.pc] = w.pos
		case wayOn:
			pc, pos = w.pc, w.pos
			s.stack = s.stack[:len(s.stack)-1]
			return pc, pos
		case wayGreedy:
			if next := &s.b.code[w.pc]; next.op == opByte {
				for w.pos--; w.pos >= w.low && s.text[w.pos] != next.c; w.pos-- {
					s.steps++
				}
			} else {
				w.pos--
			}
			if w.pos >= w.low {
				return w.pc, w.pos
			}
		case wayLazy:
			if w.pos < w.low && s.b.code[w.pc-1].in[s.text[w.pos]] {
				w.pos++
				return w.pc, w.pos
			}
		}
		s.stack = s.stack[:len(s.stack)-1]
	}
	return -1, 0
}

// settle ends a part that matched: the ways that it left are forgotten, but not the numbers to set back.
func (s *search) settle(base int) {
	kept := base
	for _, w := range s.stack[base:] {
		if w.kind == wayBack {
			s.stack[kept] = w
			kept++
		}
	}
	s.stack = s.stack[:kept]
}

// undo sets back all numbers above base.
func (s *search) undo(base int) {
	for len(s.stack) > base {
		if w := s.stack[len(s.stack)-1]; w.kind == wayBack {
			s.slots[w.pc] = w.pos
		}
		s.stack = s.stack[:len(s.stack)-1]
	}
}
