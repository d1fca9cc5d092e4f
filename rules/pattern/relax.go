package pattern

import "regexp/syntax"

// A pattern that RE2 can't run has a relaxed form that it can: without looking around, with a copy of the group in the
// place of a reference, with what is atomic as plain groups. Wherever the pattern matches, the relaxed form does, from the
// same byte to the same byte. So literals, machines and Hyperscan find where it may match, fast, and only there the
// backtracking engine decides.

// maxCopied bounds the nodes that references copy into a relaxed form.
const maxCopied = 500

// relaxer takes the markers out of a tree.
type relaxer struct {
	exact  bool // some marker has no equal: the relaxed form matches more
	groups map[int]*syntax.Regexp
	copied int
}

// relax gives the relaxed form of a tree. backtracks is false if it is its equal.
func relax(tree *syntax.Regexp) (relaxed *syntax.Regexp, backtracks bool) {
	r := relaxer{groups: map[int]*syntax.Regexp{}}
	relaxed = r.relax(tree, place{last: true})
	return relaxed, r.exact
}

// place says what follows a node in the pattern.
type place struct {
	last bool // nothing
	more bool // at least one byte
}

// relax rewrites a node.
func (r *relaxer) relax(re *syntax.Regexp, at place) *syntax.Regexp {
	if m, ok := markerOf(re); ok {
		return r.marker(m, re.Sub[0], at)
	}
	if len(re.Sub) == 0 {
		return re
	}
	out := *re
	out.Sub = make([]*syntax.Regexp, len(re.Sub))
	if re.Op == syntax.OpConcat {
		r.concat(&out, re.Sub, at)
		return &out
	}
	once := re.Op == syntax.OpAlternate || re.Op == syntax.OpQuest
	for i, sub := range re.Sub {
		out.Sub[i] = r.relax(sub, place{at.last && once, at.more})
	}
	return &out
}

// concat rewrites the pieces of a row. Groups are met in the order of the text, as references to them need.
func (r *relaxer) concat(out *syntax.Regexp, subs []*syntax.Regexp, at place) {
	places := make([]place, len(subs))
	for i := len(subs) - 1; i >= 0; i-- {
		places[i] = at
		at.last = false
		if least, _ := bounds(subs[i]); least > 0 {
			at.more = true
		}
	}
	for i, sub := range subs {
		out.Sub[i] = r.relax(sub, places[i])
	}
}

func (r *relaxer) marker(m marker, body *syntax.Regexp, at place) *syntax.Regexp {
	switch {
	case m.kind == markDollar && at.last, m.kind == markLine && at.more:
		return body
	case m.kind == markGroup:
		sub := r.relax(body, at)
		r.groups[m.args[0]] = sub
		return sub
	}
	r.exact = true
	switch m.kind {
	case markRef:
		return r.reference(r.groups[m.args[0]], m.args[1] == 1)
	case markAtomic:
		return r.relax(body, place{})
	case markRepeat:
		return r.repeat(r.relax(body, place{}), m.args)
	}
	if m.kind == markLine {
		return body
	}
	if m.kind != markDollar { // groups that are set by looking ahead may be referred to
		r.relax(body, place{})
	}
	return &syntax.Regexp{Op: syntax.OpEmptyMatch}
}

// reference gives what a reference to a group may match.
func (r *relaxer) reference(group *syntax.Regexp, fold bool) *syntax.Regexp {
	any := &syntax.Regexp{Op: syntax.OpStar, Sub: []*syntax.Regexp{{Op: syntax.OpAnyChar}}}
	if group == nil || fold {
		return any
	}
	if r.copied += nodes(group); r.copied > maxCopied {
		return any
	}
	return unplaced(group)
}

// unplaced copies a tree without its assertions: what a group matched is found again where they may not hold.
func unplaced(re *syntax.Regexp) *syntax.Regexp {
	if isEdge(re.Op) {
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	}
	out := *re
	out.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		out.Sub[i] = unplaced(sub)
	}
	return &out
}

func nodes(re *syntax.Regexp) int {
	n := 1
	for _, sub := range re.Sub {
		n += nodes(sub)
	}
	return n
}

// repeat gives a repetition within RE2's bounds that matches what the larger one does.
func (r *relaxer) repeat(body *syntax.Regexp, args []int) *syntax.Regexp {
	op := syntax.OpStar
	if args[0] > 0 {
		op = syntax.OpPlus
	}
	return &syntax.Regexp{Op: op, Sub: []*syntax.Regexp{body}}
}
