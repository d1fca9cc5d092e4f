package pattern

import "regexp/syntax"

// Fuzzy patterns spell each letter in some fifty ways: bytes, pairs and triples of bytes, entities. As they are, a machine has
// tens of thousands of instructions. So a sieve gets such letters coarsely: one of the bytes that a way begins with, and then as
// many of the bytes that are anywhere in it as there may be. That finds what the pattern finds, and little else.

// Bounds of what is made coarse.
const (
	coarseWidth = 8  // bytes of a letter
	coarseNodes = 10 // pieces that it is spelt with at least
)

// coarsely gives a tree that matches wherever another one does, with letters made coarse.
func coarsely(re *syntax.Regexp) *syntax.Regexp {
	if isLetter(re) {
		least, most := bounds(re)
		first, _ := firsts(re)
		var all set
		gather(re, &all)
		return &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{classOf(&first), rounds(classOf(&all), least-1, most-1)}}
	}
	out := *re
	out.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		out.Sub[i] = coarsely(sub)
	}
	return &out
}

// opened gives a tree that matches wherever another one does, in which nothing repeats by a count of more than two: the
// program is small, and its machine has few states.
func opened(re *syntax.Regexp) *syntax.Regexp {
	out := *re
	out.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		out.Sub[i] = opened(sub)
	}
	if re.Op == syntax.OpRepeat && (re.Max > 2 || re.Max < 0) {
		if out.Op = syntax.OpStar; re.Min > 0 {
			out.Op = syntax.OpPlus
		}
	}
	return &out
}

// isLetter tells whether a piece is one letter in many ways, some of them beyond ASCII.
func isLetter(re *syntax.Regexp) bool {
	if re.Op != syntax.OpAlternate || nodes(re) < coarseNodes {
		return false
	}
	if least, most := bounds(re); least < 1 || most < 2 || most > coarseWidth {
		return false
	}
	var all set
	gather(re, &all)
	for _, in := range all[0x80:] {
		if in {
			return true
		}
	}
	return false
}

// gather adds all bytes that are in matches of a tree.
func gather(re *syntax.Regexp, to *set) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			in := literalSet(r, re.Flags&syntax.FoldCase != 0)
			to.merge(&in, false)
		}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		in := setOfNode(re)
		to.merge(&in, false)
	}
	for _, sub := range re.Sub {
		gather(sub, to)
	}
}

// classOf gives the class of a set's bytes.
func classOf(s *set) *syntax.Regexp {
	re := &syntax.Regexp{Op: syntax.OpCharClass}
	for c, in := range s {
		if in {
			re.Rune = append(re.Rune, rune(c), rune(c))
		}
	}
	return re
}
