package pattern

import "regexp/syntax"

// Danger tells why a pattern may take very long on some texts; "" it can't. Only patterns that look around, refer back or are
// possessive can: all others take time in proportion to the text. Such a pattern is cut at its time limit, so that mail made for
// it hides from the rule.
func (p *Pattern) Danger() string {
	if !p.whole.backtracks {
		return ""
	}
	body, flags, err := Split(p.Source)
	if err != nil {
		return ""
	}
	tree, _, err := parse(body, flags, false)
	if err != nil {
		return ""
	}
	return danger(tree)
}

// danger looks for repetitions that can share one text among their rounds in many ways.
func danger(re *syntax.Regexp) string {
	if m, ok := markerOf(re); ok && m.kind == markAtomic {
		return ""
	}
	if body, _, high, ok := repetition(re); ok && (high < 0 || high > maxOptional) && ambiguous(body) {
		return "a repetition within a repetition can match the same text in many ways: make the inner one possessive (a++) or the alternatives begin differently"
	}
	for _, sub := range re.Sub {
		if why := danger(sub); why != "" {
			return why
		}
	}
	return ""
}

// ambiguous tells whether rounds of a body can be told apart in more than one way: it has a repetition without an end that can
// begin where it may also go on, with nothing certain between two rounds; or alternatives that begin alike, both of one byte.
func ambiguous(body *syntax.Regexp) bool {
	if m, ok := markerOf(body); ok {
		return m.kind != markAtomic && !m.looks() && ambiguous(body.Sub[0])
	}
	switch body.Op {
	case syntax.OpCapture:
		return ambiguous(body.Sub[0])
	case syntax.OpAlternate:
		for i, sub := range body.Sub {
			first, _ := firsts(sub)
			for _, other := range body.Sub[:i] {
				if second, _ := firsts(other); meet(&first, &second) && isEndless(sub) {
					return true
				}
			}
			if ambiguous(sub) {
				return true
			}
		}
	case syntax.OpConcat:
		return ambiguousRow(body.Sub)
	}
	return isEndless(body)
}

// ambiguousRow tells whether a row has an endless piece, and all that is beside it may be empty or looks like it.
func ambiguousRow(subs []*syntax.Regexp) bool {
	for i, sub := range subs {
		if !isEndless(sub) {
			continue
		}
		in, _ := firsts(sub)
		certain := false
		for j, other := range subs {
			if j == i {
				continue
			}
			first, empty := firsts(other)
			certain = certain || !empty && !meet(&in, &first)
		}
		if !certain {
			return true
		}
	}
	return false
}

// isEndless tells whether a piece is a repetition without an end, or of very many rounds.
func isEndless(re *syntax.Regexp) bool {
	body, _, high, ok := repetition(re)
	least, most := 0, 0
	if ok {
		least, most = bounds(body)
	}
	return ok && (high < 0 || high > 50) && (least > 0 || most != 0)
}

func meet(a, b *set) bool {
	for c := range a {
		if a[c] && b[c] {
			return true
		}
	}
	return false
}
