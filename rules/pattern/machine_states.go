package pattern

import (
	"regexp/syntax"
	"slices"
	"sync"
)

// state is a set of instructions, sorted, and what of the byte before matters to them.
type state struct {
	set    []uint16
	before look
}

// workspace is memory for working out states. Machines borrow one while they do so.
type workspace struct {
	from []uint16 // the state that is looked at
	out  []uint16 // where a step leads
	set  []uint16
	key  []byte
	walk[uint16]
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// borrow gives the machine a workspace until the function that it returns is called.
func (d *machine) borrow() (giveBack func()) {
	d.sets = workspaces.Get().(*workspace)
	if len(d.sets.marks) < len(d.code.insts) {
		d.sets.marks, d.sets.round = make([]uint32, len(d.code.insts)), 0
	}
	return func() {
		workspaces.Put(d.sets)
		d.sets = nil
	}
}

// step takes a state one byte further, or to the end of the text (-1). It tells whether the program matches before that
// byte; else w.out holds the instructions that follow.
func (w *workspace) step(d *machine, from state, c rune) bool {
	w.begin()
	w.out = w.out[:0]
	holds := syntax.EmptyOpContext(from.before.rune(), c)
	for _, pc := range from.set {
		if w.follow(&d.code, pc, holds, func(in *inst, _ uint16) bool {
			if in.op != syntax.InstMatch && d.code.takes(in, c) {
				w.out = append(w.out, uint16(in.out))
			}
			return in.op == syntax.InstMatch
		}) {
			return true
		}
	}
	return false
}

// closed makes the state of all that follows w.out without a byte, and with the program's start where again says so. yes: it
// matches already. The set is valid until the next call.
func (w *workspace) closed(d *machine, before look, again bool) (s state, yes bool) {
	w.begin()
	w.set = w.set[:0]
	keep := func(in *inst, pc uint16) (ends bool) {
		if ends = in.op == syntax.InstMatch; !ends {
			w.set = append(w.set, pc)
		}
		return ends
	}
	for _, pc := range w.out {
		if w.follow(&d.code, pc, never, keep) {
			return s, true
		}
	}
	if again && w.follow(&d.code, uint16(d.code.start), never, keep) {
		return s, true
	}
	slices.Sort(w.set)
	return state{w.set, before}, false
}

// keyOf names a state.
func (w *workspace) keyOf(s state) []byte {
	w.key = append(w.key[:0], byte(s.before))
	for _, pc := range s.set {
		w.key = append(w.key, byte(pc), byte(pc>>8))
	}
	return w.key
}

// state gives the state of a key. It is valid until the next call.
func (w *workspace) state(key string) state {
	w.from = w.from[:0]
	for i := 1; i < len(key); i += 2 {
		w.from = append(w.from, uint16(key[i])|uint16(key[i+1])<<8)
	}
	return state{w.from, look(key[0])}
}
