package pattern

import "regexp/syntax"

// walk goes over the instructions of a program that follow each other without a byte. P has room for a place in the program.
type walk[P uint16 | uint32] struct {
	stack []P
	marks []uint32 // by instruction: the round in which it was visited
	round uint32
}

// begin forgets what was visited.
func (w *walk[P]) begin() {
	if w.round++; w.round == 0 {
		clear(w.marks)
		w.round = 1
	}
}

// What holds of assertions, but for what is known of two bytes.
const (
	never      syntax.EmptyOp = 1 << 7 // none: each is shown, for a step that knows the byte behind it
	everything                = ^syntax.EmptyOp(0)
)

// follow walks on from an instruction, over the assertions that hold, and shows the instructions that take a byte, and the
// ends, until show has enough. It tells whether that was so.
func (w *walk[P]) follow(p *code, pc P, holds syntax.EmptyOp, show func(in *inst, pc P) (enough bool)) bool {
	w.stack = append(w.stack[:0], pc)
	for len(w.stack) > 0 {
		pc = w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if w.marks[pc] == w.round {
			continue
		}
		w.marks[pc] = w.round
		switch in := &p.insts[pc]; {
		case in.op == syntax.InstAlt || in.op == syntax.InstAltMatch:
			w.stack = append(w.stack, P(in.arg), P(in.out))
		case in.op == syntax.InstCapture || in.op == syntax.InstNop:
			w.stack = append(w.stack, P(in.out))
		case in.op == syntax.InstEmptyWidth && holds != never:
			if syntax.EmptyOp(in.arg)&^holds == 0 {
				w.stack = append(w.stack, P(in.out))
			}
		case in.op == syntax.InstFail:
		case show(in, pc):
			return true
		}
	}
	return false
}
