package pattern

import (
	"regexp/syntax"
	"unicode"
)

// startsText tells whether a tree begins with \A.
func startsText(re *syntax.Regexp) bool {
	for re.Op == syntax.OpConcat {
		re = re.Sub[0]
	}
	return re.Op == syntax.OpBeginText
}

// literalSet gives the bytes that a character of a literal stands for.
func literalSet(r rune, fold bool) (s set) {
	if r < beyond {
		s[r] = true
	}
	for f := unicode.SimpleFold(r); fold && f != r; f = unicode.SimpleFold(f) {
		if f < beyond {
			s[f] = true
		}
	}
	return s
}

// setOfNode gives the bytes of a class.
func setOfNode(re *syntax.Regexp) (s set) {
	switch re.Op {
	case syntax.OpAnyChar:
		s.add(0, 255)
	case syntax.OpAnyCharNotNL:
		s.add(0, 255)
		s['\n'] = false
	default:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			s.span(re.Rune[i], re.Rune[i+1])
		}
	}
	return s
}

// bounds gives the fewest and the most bytes of a match of a tree with markers; most < 0: no end.
func bounds(re *syntax.Regexp) (least, most int) {
	if m, ok := markerOf(re); ok {
		switch {
		case m.looks() || m.kind == markDollar || m.kind == markLine:
			return 0, 0
		case m.kind == markRef:
			return 0, -1
		case m.kind == markRepeat:
			return times(re.Sub[0], m.args[0], m.args[1])
		}
		return bounds(re.Sub[0])
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune), len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, 1
	case syntax.OpCapture:
		return bounds(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			low, high := bounds(sub)
			least = min(least+low, MaxSource)
			if most < 0 || high < 0 {
				most = -1
			} else {
				most = min(most+high, MaxSource)
			}
		}
		return least, most
	case syntax.OpAlternate:
		least, most = bounds(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			low, high := bounds(sub)
			least = min(least, low)
			if most >= 0 && high >= 0 {
				most = max(most, high)
			} else {
				most = -1
			}
		}
		return least, most
	case syntax.OpStar:
		return times(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		return times(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		return times(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return times(re.Sub[0], re.Min, re.Max)
	}
	return 0, 0
}

func times(re *syntax.Regexp, low, high int) (least, most int) {
	least, most = bounds(re)
	least = min(least*low, MaxSource)
	switch {
	case most == 0:
	case most < 0 || high < 0:
		most = -1
	default:
		most = min(most*high, MaxSource)
	}
	return least, most
}

// firsts gives the bytes that a match may begin with, and whether it may be empty.
func firsts(re *syntax.Regexp) (s set, empty bool) {
	if m, ok := markerOf(re); ok {
		switch m.kind {
		case markGroup, markAtomic:
		case markRepeat:
			s, empty = firsts(re.Sub[0])
			return s, empty || m.args[0] == 0
		case markRef:
			s.add(0, 255)
			return s, true
		default:
			return s, true
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) == 0 {
			return s, true
		}
		return literalSet(re.Rune[0], re.Flags&syntax.FoldCase != 0), false
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return setOfNode(re), false
	case syntax.OpNoMatch:
		return s, false
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			in, may := firsts(sub)
			if s.merge(&in, false); !may {
				return s, false
			}
		}
		return s, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			in, may := firsts(sub)
			s.merge(&in, false)
			empty = empty || may
		}
		return s, empty
	case syntax.OpCapture, syntax.OpPlus:
		return firsts(re.Sub[0])
	case syntax.OpStar, syntax.OpQuest, syntax.OpRepeat:
		s, empty = firsts(re.Sub[0])
		return s, empty || re.Op != syntax.OpRepeat || re.Min == 0
	}
	return s, true
}
