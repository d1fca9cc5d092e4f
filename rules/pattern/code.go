package pattern

import (
	"regexp/syntax"
	"slices"
)

// code is a compiled program in small: machines keep theirs as long as they live, and regexp/syntax needs four times the memory.
type code struct {
	insts []inst
	sets  []bits // of the instructions that take a byte
	start uint32
}

// inst is one instruction. Those that take a byte are all syntax.InstRune; arg is then the number of the set.
type inst struct {
	op       syntax.InstOp
	out, arg uint32
}

// bits is a set of bytes.
type bits [4]uint64

func (s *bits) has(c byte) bool { return s[c/64]>>(c%64)&1 != 0 }

// takes tells whether an instruction takes a byte; c < 0 is the end of the text.
func (p *code) takes(in *inst, c rune) bool { return c >= 0 && p.sets[in.arg].has(byte(c)) }

// coder writes programs one behind the other.
type coder struct {
	code
	known map[bits]uint32 // number of a set
}

// codeOf makes the small form of a program.
func codeOf(prog *syntax.Prog) code {
	c := coder{known: map[bits]uint32{}}
	c.insts = make([]inst, 0, len(prog.Inst))
	c.add(prog)
	c.start, c.sets = uint32(prog.Start), slices.Clone(c.sets) // without room to grow
	return c.code
}

// add writes a program and tells where it begins.
func (c *coder) add(prog *syntax.Prog) (base uint32) {
	base = uint32(len(c.insts))
	for i := range prog.Inst {
		in := &prog.Inst[i]
		small := inst{in.Op, in.Out + base, in.Arg}
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			small.arg += base
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			small.op, small.arg = syntax.InstRune, c.set(in)
		}
		c.insts = append(c.insts, small)
	}
	return base
}

// set gives the number of the set of bytes that an instruction takes.
func (c *coder) set(in *syntax.Inst) uint32 {
	var s bits
	for b := range 256 {
		if in.MatchRune(rune(b)) {
			s[b/64] |= 1 << (b % 64)
		}
	}
	n, ok := c.known[s]
	if !ok {
		n = uint32(len(c.sets))
		c.known[s], c.sets = n, append(c.sets, s)
	}
	return n
}
