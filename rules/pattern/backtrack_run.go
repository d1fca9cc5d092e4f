package pattern

import (
	"bytes"

	"weir/rules/ascii"
)

// run matches from a step and a place on. If target is a place, the match must end there. Parts that are looked at by
// themselves run in a run of their own; patterns nest at most maxDepth deep.
func (s *search) run(pc int32, pos, target int) (end int, ok bool) {
	base, code, text := len(s.stack), s.b.code, s.text
	for {
		if s.steps++; s.steps >= s.pause && s.over() || s.cut {
			s.undo(base)
			return 0, false
		}
		goesOn := false
		switch in := &code[pc]; in.op {
		case opDone:
			if pos != s.empty || pos != s.from {
				return pos, true
			}
		case opInner:
			if target < 0 || pos == target {
				s.settle(base)
				return pos, true
			}
		case opByte:
			if goesOn = pos < len(text) && text[pos] == in.c; goesOn {
				pos, pc = pos+1, pc+1
			}
		case opSet:
			if goesOn = pos < len(text) && in.in[text[pos]]; goesOn {
				pos, pc = pos+1, pc+1
			}
		case opRun:
			if pos, goesOn = s.runOf(in, pc, pos); goesOn {
				pc++
			}
		case opSplit:
			goesOn = true
			if in.most > 0 && (pos >= len(text) || !s.b.skips[in.most][text[pos]]) {
				pc = in.least
			} else if in.in != nil && (pos >= len(text) || !in.in[text[pos]]) {
				pc = in.y
			} else {
				s.push(wayOn, in.y, pos, 0)
				pc = in.x
			}
		case opJump:
			pc, goesOn = in.x, true
		case opMark, opOpen:
			s.put(in.x, pos)
			pc, goesOn = pc+1, true
		case opMoved:
			if goesOn = true; pos != s.slots[in.y] {
				pc = in.x
			} else {
				pc++
			}
		case opClose:
			s.put(in.x+1, s.slots[in.x])
			s.put(in.x+2, pos)
			pc, goesOn = pc+1, true
		case opRef:
			if pos, goesOn = s.refer(in, pos); goesOn {
				pc++
			}
		case opLook:
			pc, goesOn = in.y, s.look(in, pos)
		case opAtomic:
			if pos, goesOn = s.run(in.x, pos, -1); goesOn {
				pc = in.y
			}
		case opFail:
		default:
			pc, goesOn = pc+1, s.holds(in.op, pos)
		}
		if goesOn {
			continue
		}
		if pc, pos = s.back(base); pc < 0 {
			return 0, false
		}
	}
}

// runOf takes bytes of a set, and leaves the other counts for later.
func (s *search) runOf(in *step, pc int32, pos int) (int, bool) {
	most := len(s.text)
	if in.most >= 0 {
		most = min(most, pos+int(in.most))
	}
	low := pos + int(in.least)
	if low > len(s.text) {
		return pos, false
	}
	stop := most
	if in.mode == lazy {
		stop = low
	}
	at := pos
	for at < stop && in.in[s.text[at]] {
		at++
	}
	s.tire(at - pos)
	switch {
	case at < low:
		return pos, false
	case in.mode == lazy && at < most:
		s.push(wayLazy, pc+1, at, most)
	case in.mode == greedy && at > low:
		s.push(wayGreedy, pc+1, at, low)
	}
	return at, true
}

// tire counts the steps of a loop over n bytes, so that the clock is read in time.
func (s *search) tire(n int) {
	if n /= 4; n > 0 {
		if s.steps += n; s.steps >= s.pause {
			s.over()
		}
	}
}

// refer takes what a group matched.
func (s *search) refer(in *step, pos int) (int, bool) {
	from, to := s.slots[in.x+1], s.slots[in.x+2]
	if to < 0 || len(s.text)-pos < to-from {
		return pos, false
	}
	was, here := s.text[from:to], s.text[pos:pos+to-from]
	s.tire(len(was))
	if in.mode == 0 && bytes.Equal(was, here) || in.mode == 1 && foldEqual(was, here) {
		return pos + len(was), true
	}
	return pos, false
}

// foldEqual compares without regard to the case of ASCII.
func foldEqual(a, b []byte) bool {
	for i, c := range a {
		if d := b[i]; c != d && (c^d != 0x20 || c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// look looks ahead or behind.
func (s *search) look(in *step, pos int) bool {
	base, ok := len(s.stack), false
	if in.mode&lookBack == 0 {
		_, ok = s.run(in.x, pos, -1)
	} else {
		for n := int(in.least); n <= int(in.most) && n <= pos && !ok && !s.cut; n++ {
			_, ok = s.run(in.x, pos-n, pos)
		}
	}
	if in.mode&lookNot == 0 {
		return ok
	}
	s.undo(base)
	return !ok
}

// holds tells whether an assertion holds at a place.
func (s *search) holds(op opcode, pos int) bool {
	text := s.text
	switch op {
	case opBeginText:
		return pos == 0
	case opEndText:
		return pos == len(text)
	case opBeginLine: // Perl: not behind a last line end
		return pos == 0 || pos < len(text) && text[pos-1] == '\n'
	case opEndLine:
		return pos == len(text) || text[pos] == '\n'
	case opDollar:
		return pos == len(text) || pos == len(text)-1 && text[pos] == '\n'
	}
	before, behind := pos > 0 && ascii.Word(text[pos-1]), pos < len(text) && ascii.Word(text[pos])
	return (before != behind) == (op == opEdge)
}
