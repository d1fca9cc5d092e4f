package expr

import (
	"cmp"
	"fmt"
	"slices"
)

// Values are the numbers that names stand for, by the index of the name. A number may cost something to find out: then what is
// known of it beforehand spares much of the work.
type Values interface {
	// Value gives the number.
	Value(i int) float64
	// Range gives what is known of the number without further work.
	Range(i int) Range
}

// at is Values where all numbers are known.
type at func(i int) float64

func (f at) Value(i int) float64 { return f(i) }
func (f at) Range(i int) Range   { return Exactly(f(i)) }

// Eval computes the expression. value gives the number of a name. A division by zero gives 0.
func (e *Expr) Eval(value func(i int) float64) float64 { return e.root.value(at(value)) }

// Decide computes the expression like Eval, and asks for no more numbers than it takes: none where what is known decides, then
// those that cost least first.
func (e *Expr) Decide(v Values) float64 { return e.root.value(v) }

// Order tells Decide what the number of each name costs, in any unit.
func (e *Expr) Order(cost func(i int) int) { e.root.sort(cost) }

// sort puts operands in order, and gives what all of them cost.
func (n *node) sort(cost func(i int) int) (sum int) {
	if n.names = 0; n.code == name {
		n.names = 1
		return cost(int(n.name))
	}
	costs := make([]int, len(n.kids))
	for i := range n.kids {
		costs[i] = n.kids[i].sort(cost)
		sum += costs[i]
		n.names += n.kids[i].names
	}
	slices.SortStableFunc(n.order, func(a, b int32) int { return cmp.Compare(costs[a], costs[b]) })
	return sum
}

// value gives a node's number.
func (n *node) value(v Values) float64 {
	switch n.code {
	case number:
		return n.number
	case name:
		return v.Value(int(n.name))
	case and:
		if !n.holds(v) {
			return 0
		}
		return n.kids[len(n.kids)-1].value(v)
	case or:
		return n.first(v)
	case choice:
		if n.kids[0].true(v) {
			return n.kids[1].value(v)
		}
		return n.kids[2].value(v)
	case negate:
		return -n.kids[0].value(v)
	case row:
		if !n.compares() {
			return n.computed(v)
		}
	}
	return truth(n.true(v))
}

// computed gives the number of a row.
func (n *node) computed(v Values) float64 {
	x := n.kids[0].value(v)
	for i, sign := range n.signs {
		x = binary(sign, x, n.kids[i+1].value(v))
	}
	return x
}

// first gives the first operand of an or that is true.
func (n *node) first(v Values) float64 {
	for i := range n.kids {
		if x := n.kids[i].value(v); x != 0 {
			return x
		}
	}
	return 0
}

// true tells whether a node's number is not 0.
func (n *node) true(v Values) bool {
	switch n.code {
	case and, or:
		return n.holds(v)
	case not:
		return !n.kids[0].true(v)
	case row:
		return n.decided(v)
	}
	return n.value(v) != 0
}

// mostLooked is how many names a chain may have so that what is known of it is looked at before any name is asked for: chains are
// within chains, and each would look at all that is in it.
const mostLooked = 100

// holds tells whether all operands of an and, or one of an or, are true.
func (n *node) holds(v Values) bool {
	if n.names <= mostLooked {
		switch r := n.known(v); {
		case r.False():
			return false
		case r.True():
			return true
		}
	}
	for _, i := range n.order {
		if n.kids[i].true(v) == (n.code == or) {
			return n.code == or
		}
	}
	return n.code == and
}

// compares tells whether a row is one comparison.
func (n *node) compares() bool { return len(n.signs) == 1 && n.signs[0] >= less && n.signs[0] != xor }

// decided tells whether the number of a row is not 0. Of a comparison about as many names are asked for as decide it: whether they do
// is looked at the less often the more of them there are.
func (n *node) decided(v Values) bool {
	if !n.compares() {
		return n.computed(v) != 0
	}
	if r := n.known(v); r.Exact() {
		return r.Least != 0
	}
	asked, next := 0, 1
	for k := range n.kids {
		terms := n.kids[k : k+1]
		if n.kids[k].code == row {
			terms = n.kids[k].kids
		}
		for i := range terms {
			if terms[i].known(v).Exact() {
				continue
			}
			terms[i].value(v)
			if asked++; asked < next {
				continue
			}
			next = asked + asked/8 + 1
			if r := n.known(v); r.Exact() {
				return r.Least != 0
			}
		}
	}
	return n.computed(v) != 0
}

func binary(c code, a, b float64) float64 {
	switch c {
	case add:
		return a + b
	case sub:
		return a - b
	case mul:
		return a * b
	case div:
		if b == 0 {
			return 0
		}
		return a / b
	case less:
		return truth(a < b)
	case lessEq:
		return truth(a <= b)
	case more:
		return truth(a > b)
	case moreEq:
		return truth(a >= b)
	case equal:
		return truth(a == b)
	case differ:
		return truth(a != b)
	case xor:
		return float64(int64(a) ^ int64(b))
	}
	panic(fmt.Sprintf("expr: no operator %d", c))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
