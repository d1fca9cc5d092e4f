package pattern

import "regexp/syntax"

// offer is a set of literals of which one is in every text that matches a row of pieces, and the pieces that it is of.
type offer struct {
	set      []string
	ahead    int // the most steps before it
	from, to int // the pieces
}

// concatFacts multiplies what its pieces are out while that stays small, and keeps the best set seen on the way.
func concatFacts(subs []*syntax.Regexp) facts {
	list, run, whole := offers(subs)
	if whole {
		return run
	}
	best := bestOf(list)
	return facts{some: best.set, ahead: min(best.ahead, endless)}
}

// offers lists the sets that are seen on the way through a row. If whole, run is all that is known of it.
func offers(subs []*syntax.Regexp) (list []offer, run facts, whole bool) {
	run.all = []string{""}
	began, from, at := 0, 0, 0 // where the run began, in steps and in pieces, and where we are
	whole = true
	for i, sub := range subs {
		f := learn(sub)
		product, next := cross(run.all, f.all), min(at+width(sub), endless)
		if product == nil {
			whole = false
			list = append(list, offer{f.some, at + f.ahead, i, i + 1}, offer{run.all, began, from, i})
			product, began, from = f.all, at, i // a new run begins here
			if product == nil {
				product, began, from = []string{""}, next, i+1
			}
		}
		run.all, at = product, next
		run.loose = run.loose || f.loose
	}
	return append(list, offer{run.all, began, from, len(subs)}), run, whole
}

// bestOf gives the set that lets the fewest texts through.
func bestOf(list []offer) (best offer) {
	for _, o := range list {
		if firstIsBetter(o.set, best.set) {
			best = o
		}
	}
	return best
}

// alsoRequired gives the literals of another piece of a pattern than those that required gives: one of them has to be there as well.
// nil: it has no such piece.
func alsoRequired(tree *syntax.Regexp) []string {
	list, _, whole := offers(pieces(tree, nil))
	if whole {
		return nil
	}
	first, others := bestOf(list), list[:0:0]
	for _, o := range list {
		if o.to <= first.from || first.to <= o.from {
			others = append(others, o)
		}
	}
	literals, _, _ := trimmed(bestOf(others).set)
	if quality(literals) <= minLiteral {
		return nil
	}
	return leanest(literals)
}

// pieces are the elements of a row, those of rows within it included.
func pieces(re *syntax.Regexp, list []*syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		return pieces(re.Sub[0], list)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			list = pieces(sub, list)
		}
		return list
	}
	return append(list, re)
}

// cross joins each of a with each of b; nil if that is too much or unknown.
func cross(a, b []string) []string {
	if len(b) == 0 || len(a)*len(b) > maxLiterals/3 || len(a[0])+len(b[0]) > 8*longLiteral {
		return nil
	}
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}
