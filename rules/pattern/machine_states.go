package pattern

import (
	"regexp/syntax"
	"slices"
	"sync"

	"weir/rules/ascii"
)

// state is a set of instructions, sorted, and what of the byte before matters to them.
type state struct {
	set    []uint16
	before look
}

// look is what a state knows of the byte before.
type look uint8

const (
	atStart look = 1 << iota // there is none
	afterLine
	afterWord
)

// after tells what of a byte matters to the next step.
func (d *machine) after(c byte) look {
	switch {
	case c == '\n':
		return afterLine & d.looks
	case ascii.Word(c):
		return afterWord & d.looks
	}
	return 0
}

// rune gives a byte that looks alike from behind.
func (l look) rune() rune {
	switch {
	case l&atStart != 0:
		return -1
	case l&afterLine != 0:
		return '\n'
	case l&afterWord != 0:
		return 'a'
	}
	return ' '
}

// classify finds the bytes that no instruction tells apart, and what of the byte before matters.
func (d *machine) classify() {
	count := 1
	split := func(in func(c byte) bool) {
		var now [256][2]int // by class, and whether the byte is in: the new class + 1
		count = 0
		for c := range 256 {
			half := 0
			if in(byte(c)) {
				half = 1
			}
			class := &now[d.class[c]][half]
			if *class == 0 {
				count++
				*class = count
			}
			d.class[c] = uint8(*class - 1)
		}
	}
	for i := range d.code.sets {
		split(d.code.sets[i].has)
	}
	for i := range d.code.insts {
		if in := &d.code.insts[i]; in.op == syntax.InstEmptyWidth {
			d.looks |= looksOf(syntax.EmptyOp(in.arg))
			if syntax.EmptyOp(in.arg)&(syntax.EmptyBeginLine|syntax.EmptyEndLine) != 0 {
				split(func(c byte) bool { return c == '\n' })
			}
		}
	}
	if d.looks&afterWord != 0 {
		split(ascii.Word)
	}
	for c := 255; c >= 0; c-- {
		d.bytes[d.class[c]] = byte(c)
	}
	d.width = uint32(max(count+1, specials))
}

// looksOf tells what of the byte before an assertion looks at.
func looksOf(op syntax.EmptyOp) (l look) {
	if op&(syntax.EmptyBeginText|syntax.EmptyBeginLine) != 0 {
		l |= atStart
	}
	if op&syntax.EmptyBeginLine != 0 {
		l |= afterLine
	}
	if op&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		l |= afterWord
	}
	return l
}

// workspace is memory for working out states. Machines borrow one while they do so.
type workspace struct {
	from  []uint16 // the state that is looked at
	out   []uint16 // where a step leads
	set   []uint16
	stack []uint16
	key   []byte
	marks []uint32 // by instruction: the round in which it was visited
	round uint32
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

func (w *workspace) begin() {
	if w.round++; w.round == 0 {
		clear(w.marks)
		w.round = 1
	}
}

// step takes a state one byte further, or to the end of the text (-1). It tells whether the program matches before that
// byte; else w.out holds the instructions that follow.
func (w *workspace) step(d *machine, from state, c rune) bool {
	w.begin()
	w.out = w.out[:0]
	holds := syntax.EmptyOpContext(from.before.rune(), c)
	for _, pc := range from.set {
		if w.visit(d, pc, holds, func(in *inst, _ uint16) {
			if in.op == syntax.InstRune && d.code.takes(in, c) {
				w.out = append(w.out, uint16(in.out))
			}
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
	keep := func(_ *inst, pc uint16) { w.set = append(w.set, pc) }
	for _, pc := range w.out {
		if w.visit(d, pc, never, keep) {
			return s, true
		}
	}
	if again && w.visit(d, uint16(d.code.start), never, keep) {
		return s, true
	}
	slices.Sort(w.set)
	return state{w.set, before}, false
}

// never holds no assertion: they are left to the step, which knows the byte behind them.
const never syntax.EmptyOp = 1 << 7

// visit follows an instruction to all that wait for a byte, or for an assertion that does not hold, and hands them to wait. It
// tells whether the program's end was reached.
func (w *workspace) visit(d *machine, pc uint16, holds syntax.EmptyOp, wait func(*inst, uint16)) bool {
	w.stack = append(w.stack[:0], pc)
	for len(w.stack) > 0 {
		pc = w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if w.marks[pc] == w.round {
			continue
		}
		w.marks[pc] = w.round
		switch in := &d.code.insts[pc]; in.op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			w.stack = append(w.stack, uint16(in.arg), uint16(in.out))
		case syntax.InstCapture, syntax.InstNop:
			w.stack = append(w.stack, uint16(in.out))
		case syntax.InstEmptyWidth:
			if holds != never && syntax.EmptyOp(in.arg)&^holds == 0 {
				w.stack = append(w.stack, uint16(in.out))
			} else if holds == never {
				wait(in, pc)
			}
		case syntax.InstFail:
		default:
			wait(in, pc)
		}
	}
	return false
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
