package expr

import "math"

// Range is what is known of a number: it is not below Least, and not above Most. The zero value is a number that is 0.
type Range struct{ Least, Most float64 }

// Anything is the range of a number of which nothing is known.
var Anything = Range{math.Inf(-1), math.Inf(1)}

// Exactly is the range of a number that is known.
func Exactly(v float64) Range {
	if math.IsNaN(v) {
		return Anything
	}
	return Range{v, v}
}

// Exact tells whether the number is known.
func (r Range) Exact() bool { return r.Least == r.Most }

// True tells whether it is known that the number is not 0.
func (r Range) True() bool { return r.Least > 0 || r.Most < 0 }

// False tells whether it is known that the number is 0.
func (r Range) False() bool { return r.Least == 0 && r.Most == 0 }

// or is the range of a number that is in one of two ranges.
func (r Range) or(s Range) Range { return Range{min(r.Least, s.Least), max(r.Most, s.Most)} }

// Known gives what is known of the expression's number without further work.
func (e *Expr) Known(v Values) Range { return e.root.known(v) }

func (n *node) known(v Values) Range {
	switch n.code {
	case number:
		return Exactly(n.number)
	case name:
		return v.Range(int(n.name))
	case not:
		return truths(opposite(n.kids[0].known(v)))
	case negate:
		r := n.kids[0].known(v)
		return Range{-r.Most, -r.Least}
	case and:
		return n.both(v)
	case or:
		return n.one(v)
	case choice:
		return n.either(v)
	}
	r := n.kids[0].known(v)
	for i, sign := range n.signs {
		r = joined(sign, r, n.kids[i+1].known(v))
	}
	return r
}

// both is what is known of a && b && c: 0, or the last one if all are true.
func (n *node) both(v Values) Range {
	sure := true
	var last Range
	for _, i := range n.order {
		r := n.kids[i].known(v)
		if r.False() {
			return r
		}
		if int(i) == len(n.kids)-1 {
			last = r
		} else {
			sure = sure && r.True()
		}
	}
	if !sure {
		return last.or(Range{})
	}
	return last
}

// one is what is known of a || b || c: the first one that is true, or 0.
func (n *node) one(v Values) Range {
	var some Range
	none := true
	for i := range n.kids {
		r := n.kids[i].known(v)
		switch {
		case r.False():
			continue
		case none:
			some = r.ifTrue()
		default:
			some = some.or(r.ifTrue())
		}
		if none = false; r.True() {
			return some
		}
	}
	return some.or(Range{})
}

// ifTrue is what is known of the number if it is not 0.
func (r Range) ifTrue() Range {
	switch {
	case r.Least == 0:
		r.Least = math.SmallestNonzeroFloat64
	case r.Most == 0:
		r.Most = -math.SmallestNonzeroFloat64
	}
	return r
}

// either is what is known of a ? b : c.
func (n *node) either(v Values) Range {
	switch r := n.kids[0].known(v); {
	case r.True():
		return n.kids[1].known(v)
	case r.False():
		return n.kids[2].known(v)
	}
	return n.kids[1].known(v).or(n.kids[2].known(v))
}

func opposite(r Range) (yes, no bool) { return r.False(), r.True() }

// truths is a number that is 1 if yes, 0 if no, and one of them if neither is known.
func truths(yes, no bool) Range { return Range{truth(yes), truth(!no)} }

// joined is what is known of two numbers with an operator between them.
func joined(c code, a, b Range) Range {
	switch c {
	case add:
		return valid(Range{a.Least + b.Least, a.Most + b.Most})
	case sub:
		return valid(Range{a.Least - b.Most, a.Most - b.Least})
	case less:
		return truths(a.Most < b.Least, a.Least >= b.Most)
	case lessEq:
		return truths(a.Most <= b.Least, a.Least > b.Most)
	case more:
		return truths(a.Least > b.Most, a.Most <= b.Least)
	case moreEq:
		return truths(a.Least >= b.Most, a.Most < b.Least)
	case equal, differ:
		same, other := a.Exact() && b.Exact() && a == b, a.Most < b.Least || b.Most < a.Least
		if c == differ {
			same, other = other, same
		}
		return truths(same, other)
	}
	if a.Exact() && b.Exact() {
		return Exactly(binary(c, a.Least, b.Least))
	}
	return Anything
}

func valid(r Range) Range {
	if math.IsNaN(r.Least) || math.IsNaN(r.Most) {
		return Anything
	}
	return r
}
