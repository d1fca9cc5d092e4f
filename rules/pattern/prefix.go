package pattern

import (
	"regexp/syntax"
	"slices"
)

// Parts without good literals are looked for by how they begin: the first few bytes of what they match, as a pattern of
// bounded width. All such beginnings of a group are found in one pass (beginnings.go); where one is found, the backtracking
// engine decides, from the few places where the match can begin.

// Bounds of beginnings.
const (
	beginDepth   = 3      // bytes that a beginning has at least, if the pattern has them
	minBeginning = 2      // shorter ones are everywhere
	maxBeginning = 120    // bytes that it has at most
	maxOptional  = 6      // rounds that may be or not, and are taken as they are
	wholePiece   = 12     // bytes of a piece that is taken as it is
	maxForks     = 40_000 // pieces of one beginning
)

// beginning is how every match of a part begins.
type beginning struct {
	least, most int // its width in bytes
}

// begins gives a pattern of bounded width that matches at every place where a match of the tree begins; nil: there is none
// that is of use.
func begins(tree *syntax.Regexp) (*beginning, *syntax.Regexp) {
	c := cutter{left: maxForks}
	re := c.row([]*syntax.Regexp{tree}, beginDepth)
	least, most := bounds(re)
	if least < minBeginning || most < 0 || most > maxBeginning {
		return nil, nil
	}
	return &beginning{least, most}, re
}

// weak tells whether literals let so many texts through that it is better to look for a beginning.
func (b *branch) weak() bool { return !b.sure && quality(b.literals) < 3 }

// cutter cuts trees off behind their first bytes.
type cutter struct{ left int }

// row gives the beginning of pieces that follow each other. need is how many bytes are wanted.
func (c *cutter) row(pieces []*syntax.Regexp, need int) *syntax.Regexp {
	out := &syntax.Regexp{Op: syntax.OpConcat}
	for len(pieces) > 0 && need > 0 {
		if c.left--; c.left < 0 {
			break
		}
		piece, rest := pieces[0], pieces[1:]
		body, low, high, repeats := repetition(piece)
		switch {
		case piece.Op == syntax.OpLiteral:
			piece = c.literal(piece, need)
		case piece.Op == syntax.OpConcat, piece.Op == syntax.OpCapture:
			pieces = slices.Concat(piece.Sub, rest)
			continue
		case isWhole(piece):
		case piece.Op == syntax.OpAlternate:
			out.Sub = append(out.Sub, c.fork(piece.Sub, rest, need))
			return out
		case repeats && low > 0:
			pieces = slices.Concat([]*syntax.Regexp{body, rounds(body, low-1, high-1)}, rest)
			continue
		case repeats:
			if least, _ := bounds(body); least > 0 {
				more := &syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{body, rounds(body, 0, high-1)}}
				out.Sub = append(out.Sub, c.fork([]*syntax.Regexp{more, {Op: syntax.OpEmptyMatch}}, rest, need))
			}
			return out
		}
		out.Sub = append(out.Sub, piece)
		least, _ := bounds(piece)
		pieces, need = rest, need-least
	}
	return out
}

// fork gives the beginnings of alternatives, each with what follows it.
func (c *cutter) fork(subs, rest []*syntax.Regexp, need int) *syntax.Regexp {
	out := &syntax.Regexp{Op: syntax.OpAlternate}
	for _, sub := range subs {
		out.Sub = append(out.Sub, c.row(slices.Concat([]*syntax.Regexp{sub}, rest), need))
	}
	return out
}

func (c *cutter) literal(re *syntax.Regexp, need int) *syntax.Regexp {
	if len(re.Rune) <= need {
		return re
	}
	short := *re
	short.Rune = re.Rune[:need]
	return &short
}

// isWhole tells whether a piece is taken as it is: it is short.
func isWhole(re *syntax.Regexp) bool {
	_, low, high, repeats := repetition(re)
	if repeats && (high < 0 || high-low > maxOptional) {
		return false
	}
	_, most := bounds(re)
	return most >= 0 && most <= wholePiece
}

// rounds writes a repetition; high < 0: without an end.
func rounds(body *syntax.Regexp, low, high int) *syntax.Regexp {
	if high == 0 {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	return &syntax.Regexp{Op: syntax.OpRepeat, Min: low, Max: max(high, -1), Sub: []*syntax.Regexp{body}}
}

// repetition takes a repetition apart.
func repetition(re *syntax.Regexp) (body *syntax.Regexp, low, high int, ok bool) {
	switch re.Op {
	case syntax.OpQuest:
		return re.Sub[0], 0, 1, true
	case syntax.OpStar:
		return re.Sub[0], 0, -1, true
	case syntax.OpPlus:
		return re.Sub[0], 1, -1, true
	case syntax.OpRepeat:
		return re.Sub[0], re.Min, re.Max, true
	}
	return nil, 0, 0, false
}
