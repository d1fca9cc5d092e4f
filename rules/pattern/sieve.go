package pattern

import (
	"regexp/syntax"
	"slices"
)

// Some branches are too large for a machine. They get a sieve: machines of something smaller that every match has in it. What they
// don't find is not there; where they find it, the backtracking engine decides.

// sieve makes the machines for a branch that is too large for one; nil: there are none. Their states are in the room r.
func (b *branch) sieve(r *room) *machine {
	tree, err := syntax.Parse(b.source(), syntax.Perl)
	if err != nil {
		return nil
	}
	round, rounds := roundsOf(tree)
	whole := machineFor(coarseRounds(round, rounds), r)
	switch {
	case rounds > 1: // so often the machine of one round must match, one match behind the other
		first := machineFor(coarsely(opened(round)), r)
		if first == nil {
			return whole
		}
		first.rounds, first.then = rounds, whole
		return first
	case whole == nil:
		if short, all := rounded(tree); !all {
			return machineFor(coarsely(opened(short)), r)
		}
	}
	return whole
}

// machineFor makes the machine of a tree; nil if it is too large.
func machineFor(re *syntax.Regexp, r *room) *machine {
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	return newMachine(prog, r)
}

// roundsOf takes a tree that is one repetition apart: what repeats, and how often it does at least.
func roundsOf(tree *syntax.Regexp) (round *syntax.Regexp, rounds int) {
	if tree.Op == syntax.OpRepeat && tree.Min > 1 {
		return tree.Sub[0], tree.Min
	}
	return tree, 1
}

// coarseRounds gives a small tree that matches wherever so many rounds of another one do.
func coarseRounds(round *syntax.Regexp, rounds int) *syntax.Regexp {
	return &syntax.Regexp{Op: syntax.OpRepeat, Min: rounds, Max: rounds, Sub: []*syntax.Regexp{coarsely(opened(round))}}
}

// rounded cuts a tree off behind the first round of a repetition that is on the way of every match, and tells whether it is
// still whole.
func rounded(re *syntax.Regexp) (short *syntax.Regexp, whole bool) {
	out := *re
	switch re.Op {
	case syntax.OpRepeat:
		if re.Min > 0 && re.Max != 1 {
			return re.Sub[0], false
		}
	case syntax.OpConcat:
		for i, sub := range re.Sub {
			if short, whole = rounded(sub); !whole {
				out.Sub = append(slices.Clone(re.Sub[:i]), short)
				return &out, false
			}
		}
	case syntax.OpCapture:
		return rounded(re.Sub[0])
	}
	return re, true
}
