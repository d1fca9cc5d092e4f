//go:build hyperscan

package pattern

import (
	"fmt"
	"math"
	"regexp/syntax"
	"strings"
	"unicode"

	"weir/rules/ascii"
)

// expression is one of the things that Hyperscan looks for.
type expression struct {
	id    uint32
	text  string
	exact bool // it matches where the pattern does, and nowhere else
	most  int  // bytes of a match; -1: no bound
}

// wholeExpression gives the expression of a program and the number of its instructions. false: no text matches, or there is
// nothing to go by.
func wholeExpression(p *program) (e expression, insts int, ok bool) {
	tree, err := syntax.Parse(p.source(), syntax.Perl)
	if err != nil {
		return e, 0, false
	}
	insts = instsOf(tree)
	w := &expressionWriter{}
	w.ends(tree)
	e.text, e.exact = w.out.String(), !p.backtracks && !w.loose
	if _, e.most = bounds(tree); e.most >= 0 {
		e.most++ // a line's end is a byte here
	}
	return e, insts, !w.never
}

// instsOf is the size of a tree's program.
func instsOf(tree *syntax.Regexp) int {
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return math.MaxInt
	}
	return len(prog.Inst)
}

// expressionWriter writes a program of the engine, whose runes are bytes, for Hyperscan. What it writes matches wherever the program
// does. It is exact unless there are assertions about line ends and the text's ends elsewhere than at the two ends, where they can
// be said without looking around: those are left out.
type expressionWriter struct {
	out   strings.Builder
	never bool // some piece of it matches nothing
	loose bool // some assertion was left out
}

// ends writes a whole expression, with the assertions at its two ends.
func (w *expressionWriter) ends(re *syntax.Regexp) {
	subs := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		subs = re.Sub
	}
	first, last := 0, len(subs)-1
	if last > 0 {
		switch subs[0].Op {
		case syntax.OpBeginText:
			w.out.WriteString(`\A`)
			first++
		case syntax.OpBeginLine:
			w.out.WriteString(`(?:\A|\x0a)`)
			first++
		}
	}
	for i := first; i <= last; i++ {
		switch op := subs[i].Op; {
		case i == last && i > first && op == syntax.OpEndText:
			w.out.WriteString(`\z`)
		case i == last && i > first && op == syntax.OpEndLine:
			w.out.WriteString(`(?:\x0a|\z)`)
		default:
			w.write(subs[i])
		}
	}
}

func (w *expressionWriter) write(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		w.literals(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		w.class(re.Rune)
	case syntax.OpAnyChar:
		w.class([]rune{0, unicode.MaxRune})
	case syntax.OpAnyCharNotNL:
		w.class([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune})
	case syntax.OpWordBoundary:
		w.out.WriteString(`\b`)
	case syntax.OpNoWordBoundary:
		w.out.WriteString(`\B`)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		w.group(re.Sub, "")
		w.out.WriteString(count(re))
	case syntax.OpConcat, syntax.OpCapture:
		w.group(re.Sub, "")
	case syntax.OpAlternate:
		w.group(re.Sub, "|")
	case syntax.OpNoMatch:
		w.never = true
	case syntax.OpEmptyMatch:
		w.out.WriteString("(?:)")
	default: // an assertion: it takes no byte
		w.out.WriteString("(?:)")
		w.loose = true
	}
}

// group writes pieces in a group, with something between them.
func (w *expressionWriter) group(subs []*syntax.Regexp, between string) {
	w.out.WriteString("(?:")
	for i, sub := range subs {
		if i > 0 {
			w.out.WriteString(between)
		}
		w.write(sub)
	}
	w.out.WriteString(")")
}

// count writes a quantifier. Which of several matches is taken does not matter, so it is always greedy.
func count(re *syntax.Regexp) string {
	switch {
	case re.Op == syntax.OpStar:
		return "*"
	case re.Op == syntax.OpPlus:
		return "+"
	case re.Op == syntax.OpQuest:
		return "?"
	case re.Max < 0:
		return fmt.Sprintf("{%d,}", re.Min)
	}
	return fmt.Sprintf("{%d,%d}", re.Min, re.Max)
}

// literals writes bytes, each with all that fold to it as the engine folds. Letters in a row share one group: the library bounds
// the length of what it takes.
func (w *expressionWriter) literals(list []rune, fold bool) {
	for i := 0; i < len(list); {
		end := i
		for end < len(list) && isPlain(list[end]) {
			end++
		}
		switch {
		case end == i:
			w.literal(list[i], fold)
			end++
		case fold:
			w.out.WriteString("(?i:" + string(list[i:end]) + ")")
		default:
			w.out.WriteString(string(list[i:end]))
		}
		i = end
	}
}

// isPlain tells whether a byte stands for itself, and folds within ASCII only.
func isPlain(r rune) bool { return r < 0x80 && ascii.Word(byte(r)) }

// literal writes one byte, or all that fold to it as the engine folds.
func (w *expressionWriter) literal(r rune, fold bool) {
	members := []rune{r, r}
	for f := unicode.SimpleFold(r); fold && f != r; f = unicode.SimpleFold(f) {
		members = append(members, f, f)
	}
	w.class(members)
}

// class writes a class of bytes. Runes that no byte has are left out.
func (w *expressionWriter) class(ranges []rune) {
	var in strings.Builder
	single := true
	for i := 0; i+1 < len(ranges); i += 2 {
		low, high := ranges[i], min(ranges[i+1], 0xFF)
		if low > high {
			continue
		}
		single = single && in.Len() == 0 && low == high
		in.WriteString(byteOf(low))
		if low < high {
			in.WriteString("-" + byteOf(high))
		}
	}
	switch s := in.String(); {
	case s == "":
		w.never = true
	case single:
		w.out.WriteString(s)
	default:
		w.out.WriteString("[" + s + "]")
	}
}

func byteOf(r rune) string {
	if isPlain(r) {
		return string(r)
	}
	return fmt.Sprintf(`\x%02x`, r)
}
