package pattern

import (
	"regexp/syntax"

	"weir/rules/ascii"
)

// A pattern is run only where it can match: not long before the first of its literals, and not long behind the last. How
// far that is, is counted in steps: a step is one byte, or a run of white space, since a literal does not say how much of
// it there is. Patterns are full of \s+, and \s+ is one step.

// span is a part of a text, in bytes.
type span struct{ from, to int }

// endless stands for widths without a bound, and for those that are too large to be of use.
const endless = 1 << 10

// width is the most steps that a match of a piece has.
func width(re *syntax.Regexp) int {
	n := 0
	switch re.Op {
	case syntax.OpNoMatch, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
	case syntax.OpLiteral:
		n = len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 1
	case syntax.OpCapture, syntax.OpQuest:
		n = width(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			n = min(n+width(sub), endless)
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			n = max(n, width(sub))
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		n = repeatWidth(re)
	default:
		n = endless
	}
	return min(n, endless)
}

func repeatWidth(re *syntax.Regexp) int {
	switch {
	case isBlank(re.Sub[0]):
		return 1
	case re.Op == syntax.OpRepeat && re.Max >= 0:
		return min(re.Max*width(re.Sub[0]), endless)
	}
	return endless
}

// span is where the branch can match in a text in which its literals were found; all of it for a branch without literals.
func (b *branch) span(text []byte, at ends) span {
	in := span{0, len(text)}
	if at.first > 0 && b.reach < endless {
		in.from = back(text, at.first, b.reach)
	}
	if at.last > 0 && b.width < endless {
		in.to = forth(text, at.last, b.width)
	}
	return in
}

// seen is the span with one byte on each side, for what looks around.
func (in span) seen(text []byte) []byte { return text[max(in.from-1, 0):min(in.to+1, len(text))] }

// back goes n steps towards the start of a text.
func back(text []byte, i, n int) int {
	for ; n > 0 && i > 0; n-- {
		i--
		for ascii.Space(text[i]) && i > 0 && ascii.Space(text[i-1]) {
			i--
		}
	}
	return i
}

// forth goes n steps towards the end of a text.
func forth(text []byte, i, n int) int {
	for ; n > 0 && i < len(text); n-- {
		i++
		for ascii.Space(text[i-1]) && i < len(text) && ascii.Space(text[i]) {
			i++
		}
	}
	return i
}

// places are the kinds of places where a run of a machine begins.
const places = 4

// atPlace is what matters of the byte before such a place.
var atPlace = [places]look{0, atStart, afterLine, afterWord}

// placeOf tells what is before a place in a text: something, nothing, a line's end, a letter.
func placeOf(text []byte, i int) int {
	switch {
	case i == 0:
		return 1
	case text[i-1] == '\n':
		return 2
	case ascii.Word(text[i-1]):
		return 3
	}
	return 0
}
