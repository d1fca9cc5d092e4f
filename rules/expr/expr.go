// Package expr reads and evaluates the expressions of meta rules and of if lines: numbers, names, ! * / + - < <= > >=
// == != ^ && || ?: and parentheses, with Perl's precedence and Perl's idea of truth: a comparison gives 1 or 0, and
// && and || give the operand that decided, so that (A || B) counts what A counted.
//
// A name stands for a number that the caller knows: how often a rule hit. A name may have one plain argument, as
// rules_matching(__FOO_*) or plugin(Some::Name).
package expr

import "slices"

// Bounds on one expression.
const (
	MaxLength = 64 << 10 // bytes
	maxDepth  = 100      // nested parentheses and signs
)

// Expr is a compiled expression. It is safe for concurrent use.
type Expr struct {
	root  node
	names []Name
}

// Name is something that an expression asks for.
type Name struct {
	Word string // FOO, plugin
	Arg  string // what stands in parentheses behind the word
	Call bool   // parentheses were there
}

// String writes the name as it stood.
func (n Name) String() string {
	if n.Call {
		return n.Word + "(" + n.Arg + ")"
	}
	return n.Word
}

// code says what a node is.
type code uint8

const (
	number code = iota
	name
	not    // !a
	negate // -a
	and    // a && b && c
	or     // a || b || c
	choice // a ? b : c
	row    // a + b - c: operators of one precedence, from left to right
	add
	sub
	mul
	div
	less
	lessEq
	more
	moreEq
	equal
	differ
	xor
)

// node is a piece of an expression. The depth of nodes is bounded; rows and chains are as long as they are.
type node struct {
	code   code
	name   int32   // name: its index
	number float64 // number
	kids   []node
	signs  []code  // row: the operator in front of each operand but the first
	order  []int32 // and, or: the operands, those that cost least first
	names  int     // how many names are in it; known where Order was called
}

// Names lists the names in the order of their first use; Eval asks for them by index.
func (e *Expr) Names() []Name { return e.names }

// Numbers lists the numbers that are written in the expression. plain is false if it computes more with them than sums: then
// what happens between two of them may matter.
func (e *Expr) Numbers() (list []float64, plain bool) {
	plain = true
	e.root.each(func(n *node) {
		if n.code == number {
			list = append(list, n.number)
		}
		plain = plain && n.code != negate && !slices.ContainsFunc(n.signs, func(c code) bool {
			return c == sub || c == mul || c == div || c == xor
		})
	})
	return list, plain
}

// each visits a node and all below it.
func (n *node) each(visit func(*node)) {
	visit(n)
	for i := range n.kids {
		n.kids[i].each(visit)
	}
}
