//go:build hyperscan

package pattern

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
)

// expression writes a program of the engine, whose runes are bytes, for Hyperscan. What it writes matches wherever the program
// does, and maybe elsewhere: assertions about line ends and the text's ends stay only at the two ends, where they can be
// said without looking around. false: no text matches, or there is nothing to go by.
func expression(text string) (string, bool) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return "", false
	}
	w := &expressionWriter{}
	w.ends(tree)
	return w.out.String(), !w.never
}

type expressionWriter struct {
	out   strings.Builder
	never bool // some piece of it matches nothing
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
		for _, r := range re.Rune {
			w.literal(r, re.Flags&syntax.FoldCase != 0)
		}
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
	default: // an assertion, or nothing: it takes no byte
		w.out.WriteString("(?:)")
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
	for i := 0; i+1 < len(ranges); i += 2 {
		if low, high := ranges[i], min(ranges[i+1], 0xFF); low == high {
			fmt.Fprintf(&in, `\x%02x`, low)
		} else if low < high {
			fmt.Fprintf(&in, `\x%02x-\x%02x`, low, high)
		}
	}
	switch s := in.String(); {
	case s == "":
		w.never = true
	case len(s) == 4:
		w.out.WriteString(s)
	default:
		w.out.WriteString("[" + s + "]")
	}
}
