// Package expr reads and evaluates the expressions of meta rules and of if lines: numbers, names, ! * / + - < <= > >=
// == != ^ && || ?: and parentheses, with Perl's precedence and Perl's idea of truth: a comparison gives 1 or 0, and
// && and || give the operand that decided, so that (A || B) counts what A counted.
//
// A name stands for a number that the caller knows: how often a rule hit. A name may have one plain argument, as
// rules_matching(__FOO_*) or plugin(Some::Name).
package expr

import "fmt"

// Bounds on one expression.
const (
	MaxLength = 64 << 10 // bytes
	maxDepth  = 100      // nested parentheses and operators waiting for their right side
)

// Expr is a compiled expression. It is safe for concurrent use.
type Expr struct {
	code  []op
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

// code is one instruction of the little stack machine.
type code uint8

const (
	push   code = iota // the number
	load               // the name's value
	not                // !a
	negate             // -a
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
	andJump // a is false: keep it and jump; else drop it
	orJump  // a is true: keep it and jump; else drop it
	elseOf  // drop a; jump if it was false
	jump
)

type op struct {
	code   code
	to     int32 // jump target, or index of the name
	number float64
}

// Names lists the names in the order of their first use; Eval asks for them by index.
func (e *Expr) Names() []Name { return e.names }

// Numbers lists the numbers that are written in the expression. plain is false if it computes more with them than sums: then
// what happens between two of them may matter.
func (e *Expr) Numbers() (list []float64, plain bool) {
	plain = true
	for i := range e.code {
		switch e.code[i].code {
		case push:
			list = append(list, e.code[i].number)
		case negate, sub, mul, div, xor:
			plain = false
		}
	}
	return list, plain
}

// Eval computes the expression. value gives the number of a name. A division by zero gives 0.
func (e *Expr) Eval(value func(i int) float64) float64 {
	var fixed [maxDepth + 8]float64
	stack := fixed[:0]
	for pc := 0; pc < len(e.code); pc++ {
		o := &e.code[pc]
		switch o.code {
		case push:
			stack = append(stack, o.number)
		case load:
			stack = append(stack, value(int(o.to)))
		case jump:
			pc = int(o.to) - 1
		case andJump, orJump:
			if (stack[len(stack)-1] != 0) == (o.code == orJump) {
				pc = int(o.to) - 1
			} else {
				stack = stack[:len(stack)-1]
			}
		case elseOf:
			if stack[len(stack)-1] == 0 {
				pc = int(o.to) - 1
			}
			stack = stack[:len(stack)-1]
		default:
			stack = apply(stack, o.code)
		}
	}
	return stack[len(stack)-1]
}

// apply computes an operator on the top of the stack.
func apply(stack []float64, c code) []float64 {
	top := len(stack) - 1
	switch c {
	case not:
		stack[top] = truth(stack[top] == 0)
		return stack
	case negate:
		stack[top] = -stack[top]
		return stack
	}
	stack[top-1] = binary(c, stack[top-1], stack[top])
	return stack[:top]
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
