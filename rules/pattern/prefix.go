package pattern

import "regexp/syntax"

// Parts without good literals are looked for by how they begin: the first few bytes of what they match, as a pattern of
// bounded width. All such beginnings of a group are found in one pass (beginnings.go); where one is found, the backtracking
// engine decides, from the few places where the match can begin.

// Bounds of beginnings.
const (
	beginDepth   = 5  // bytes that a beginning has at least, if the pattern has them
	minBeginning = 2  // shorter ones are everywhere
	maxBeginning = 48 // bytes that it has at most
	maxOptional  = 6  // rounds that may be or not; where more may, the beginning ends
)

// beginning is how every match of a part begins.
type beginning struct {
	re          *syntax.Regexp
	least, most int // its width in bytes
}

// begins gives the beginning of a tree; nil: there is none that is of use.
func begins(tree *syntax.Regexp) *beginning {
	c := cutter{}
	re := c.cut(tree, beginDepth)
	least, most := bounds(re)
	if least < minBeginning || most < 0 || most > maxBeginning {
		return nil
	}
	return &beginning{re, least, most}
}

// weak tells whether literals let so many texts through that it is better to look for a beginning.
func (b *branch) weak() bool { return !b.sure && quality(b.literals) < 3 }

// cutter cuts a tree off behind its first bytes.
type cutter struct {
	ended bool // nothing that follows belongs to the beginning
}

// cut gives the beginning of a node. need is how many bytes are still wanted.
func (c *cutter) cut(re *syntax.Regexp, need int) *syntax.Regexp {
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) > need {
			c.ended = true
			short := *re
			short.Rune = re.Rune[:max(need, 1)]
			return &short
		}
	case syntax.OpCapture:
		return c.cut(re.Sub[0], need)
	case syntax.OpConcat:
		return c.concat(re.Sub, need)
	case syntax.OpAlternate:
		return c.alternate(re, need)
	default:
		if body, low, high, ok := repetition(re); ok {
			return c.rounds(body, low, high, need)
		}
	}
	return re
}

func (c *cutter) concat(subs []*syntax.Regexp, need int) *syntax.Regexp {
	out := &syntax.Regexp{Op: syntax.OpConcat}
	for i, sub := range subs {
		if need <= 0 || c.ended {
			c.ended = true
			break
		}
		if body, low, high, ok := repetition(sub); ok && low == 0 {
			if piece := c.fork(body, high, subs[i+1:], need); piece != nil {
				out.Sub = append(out.Sub, piece)
				return out
			}
		}
		piece := c.cut(sub, need)
		out.Sub = append(out.Sub, piece)
		least, _ := bounds(piece)
		need -= least
	}
	return out
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

// fork is for what may be left out and is longer than the beginning: either so much of it as is needed, or less of it
// and then what follows. nil: it is short.
func (c *cutter) fork(body *syntax.Regexp, high int, rest []*syntax.Regexp, need int) *syntax.Regexp {
	inner := cutter{}
	piece := inner.cut(body, need)
	least, most := bounds(body)
	var before []*syntax.Regexp // fewer rounds than are needed
	switch {
	case inner.ended:
	case high >= 0 && high <= maxOptional || least < 1 || least != most:
		return nil
	default:
		rounds := (need + least - 1) / least
		piece = &syntax.Regexp{Op: syntax.OpRepeat, Min: rounds, Max: rounds, Sub: []*syntax.Regexp{body}}
		if rounds > 1 {
			before = []*syntax.Regexp{{Op: syntax.OpRepeat, Min: 0, Max: rounds - 1, Sub: []*syntax.Regexp{body}}}
		}
	}
	follows := c.concat(rest, need)
	follows.Sub = append(before, follows.Sub...)
	c.ended = true
	return &syntax.Regexp{Op: syntax.OpAlternate, Sub: []*syntax.Regexp{piece, follows}}
}

// alternate cuts each alternative. If one ends within, what follows the others is left out too.
func (c *cutter) alternate(re *syntax.Regexp, need int) *syntax.Regexp {
	out := &syntax.Regexp{Op: syntax.OpAlternate}
	ended := c.ended
	for _, sub := range re.Sub {
		c.ended = false
		out.Sub = append(out.Sub, c.cut(sub, need))
		ended = ended || c.ended
	}
	c.ended = ended
	return out
}

// rounds cuts a repetition: the rounds that must be, and those that may if they are few.
func (c *cutter) rounds(body *syntax.Regexp, low, high, need int) *syntax.Regexp {
	out := &syntax.Regexp{Op: syntax.OpConcat}
	for range low {
		if need <= 0 || c.ended {
			c.ended = true
			return out
		}
		piece := c.cut(body, need)
		out.Sub = append(out.Sub, piece)
		least, most := bounds(piece)
		if need -= least; most == 0 {
			break
		}
	}
	switch {
	case high == low || c.ended:
	case high < 0 || high-low > maxOptional:
		c.ended = true
	default:
		inner := cutter{}
		piece := inner.cut(body, max(need, 1))
		if c.ended = inner.ended; c.ended {
			break
		}
		out.Sub = append(out.Sub, &syntax.Regexp{Op: syntax.OpRepeat, Min: 0, Max: high - low, Sub: []*syntax.Regexp{piece}})
	}
	return out
}
