package expr

// term is what is known of a number: what it is, or that it is not 0, or nothing.
type term struct {
	number float64
	known  bool
	true   bool // not 0
}

func fixed(v float64) term { return term{number: v, known: true, true: v != 0} }

func (t term) false() bool { return t.known && t.number == 0 }

// Sure tells what the expression is if all that is known is whether one of its names is 0. sure is false where the other
// names decide; else yes tells that the expression is not 0.
func (e *Expr) Sure(name int, isTrue bool) (yes, sure bool) {
	s := supposing{code: e.code, name: int32(name), is: term{known: !isTrue, true: isTrue}}
	t := s.between(0, len(e.code))
	return t.true, t.true || t.known
}

// supposing walks the code with what is known.
type supposing struct {
	code []op
	name int32
	is   term
}

// between computes the code from one index up to another, which leaves one number.
func (s *supposing) between(pc, end int) term {
	var stack []term
	for ; pc < end; pc++ {
		o := &s.code[pc]
		top := len(stack) - 1
		switch o.code {
		case push:
			stack = append(stack, fixed(o.number))
		case load:
			if o.to != s.name {
				stack = append(stack, term{})
			} else {
				stack = append(stack, s.is)
			}
		case andJump, orJump:
			stack[top] = chosen(o.code, stack[top], s.between(pc+1, int(o.to)))
			pc = int(o.to) - 1
		case elseOf:
			a := s.between(pc+1, int(o.to)-1)
			end := int(s.code[o.to-1].to)
			stack[top] = either(stack[top], a, s.between(int(o.to), end))
			pc = end - 1
		case not:
			stack[top] = opposite(stack[top])
		case negate:
			stack[top].number = -stack[top].number
		default:
			stack[top-1] = joined(o.code, stack[top-1], stack[top])
			stack = stack[:top]
		}
	}
	return stack[0]
}

// chosen is a && b, or a || b.
func chosen(c code, a, b term) term {
	and := c == andJump
	switch {
	case a.false() && and, a.true && !and:
		return a
	case a.false() || a.true, b.false() && and:
		return b
	}
	return term{true: b.true && !and}
}

// either is which ? a : b.
func either(which, a, b term) term {
	switch {
	case which.true:
		return a
	case which.false(), a == b:
		return b
	}
	return term{true: a.true && b.true}
}

func opposite(t term) term {
	if t.true || t.known {
		return fixed(truth(!t.true))
	}
	return t
}

func joined(c code, a, b term) term {
	if a.known && b.known {
		return fixed(binary(c, a.number, b.number))
	}
	return term{}
}
