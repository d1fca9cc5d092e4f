package rules

import (
	"math"

	"weir/rules/expr"
)

// A rule is run when something asks for how often it was found: each reported rule is asked for, and a meta asks for the rules
// that it is made of, those that cost least first, until it is decided. The one pass over each text says before that which
// patterns can't be found at all, and most metas ask for several things of which one is not there. So most of the rules that a
// text might have something for are never run.

// demand is what is known of the rules of a run.
type demand struct {
	counts  []float64    // by rule
	known   []bool       // by rule: the count is final
	bounded []bool       // by rule: bounds is made
	bounds  []expr.Range // by rule: what was known of the count when it was first needed
	outside []float64    // of names that no rule has
	asked   []asked      // by meta
}

// asked is what a meta asks a run for. It implements expr.Values.
type asked struct {
	run  *run
	uses []use
}

func (d *demand) init(r *run) {
	n := len(r.set.rules)
	*d = demand{counts: make([]float64, n), known: make([]bool, n), bounded: make([]bool, n), bounds: make([]expr.Range, n),
		outside: make([]float64, len(r.set.plan.outside)), asked: make([]asked, len(r.set.plan.metas))}
	for i := range d.asked {
		d.asked[i] = asked{r, r.set.plan.metas[i].uses}
	}
}

// forget makes all unknown. Counts are cleared by those who know which there are.
func (d *demand) forget() {
	clear(d.known)
	clear(d.bounded)
}

// outsiders asks for the names that no rule has.
func (r *run) outsiders(symbol func(name string) int) {
	for i, name := range r.set.plan.outside {
		r.outside[i] = 0
		if symbol != nil {
			r.outside[i] = float64(symbol(name))
		}
	}
}

// count tells how often a rule is found, and runs it at the first question.
func (r *run) count(i int32) float64 {
	if r.known[i] {
		return r.counts[i]
	}
	r.known[i] = true
	switch at := &r.set.plan.homes[i]; at.sort {
	case byMeta:
		r.meta(i, at.index)
	case byCall:
		r.check(i)
	default:
		r.find(i)
	}
	return r.counts[i]
}

// meta computes the k-th meta.
func (r *run) meta(i, k int32) {
	for _, j := range r.set.plan.metas[k].needs {
		if r.bound(j).False() {
			return
		}
	}
	v := r.set.rules[i].expr.Decide(&r.asked[k])
	if v < 0 { // SpamAssassin: a hit counts at least something
		v = 1
	}
	if v != 0 {
		r.touch(i)
		r.counts[i] = v
	}
}

// Value implements expr.Values.
func (a *asked) Value(i int) float64 {
	u := &a.uses[i]
	switch {
	case u.rule >= 0:
		return a.run.count(u.rule)
	case u.outside >= 0:
		return a.run.outside[u.outside]
	}
	v := u.fixed
	for _, j := range u.sum {
		v += a.run.count(j)
	}
	return v
}

// Range implements expr.Values.
func (a *asked) Range(i int) expr.Range {
	u := &a.uses[i]
	switch {
	case u.rule >= 0:
		return a.run.bound(u.rule)
	case u.outside >= 0:
		return expr.Exactly(a.run.outside[u.outside])
	}
	all := expr.Exactly(u.fixed)
	for _, j := range u.sum {
		r := a.run.bound(j)
		all = expr.Range{Least: all.Least + r.Least, Most: all.Most + r.Most}
	}
	return all
}

// bound tells what is known of a rule's count without running it.
func (r *run) bound(i int32) expr.Range {
	switch {
	case r.known[i]:
		return expr.Exactly(r.counts[i])
	case !r.bounded[i]:
		r.bounded[i], r.bounds[i] = true, r.boundOf(i)
	}
	return r.bounds[i]
}

func (r *run) boundOf(i int32) expr.Range {
	p := &r.set.plan
	at := &p.homes[i]
	switch at.sort {
	case byMeta:
		return positive(r.set.rules[i].expr.Known(&r.asked[at.index]))
	case byCall, byTemplate:
		return expr.Range{Most: math.Inf(1)}
	}
	if n := &r.notes[at.number]; n.looked && (at.sort == byField || !n.May(int(at.index))) {
		return expr.Exactly(r.count(i))
	}
	return expr.Range{Most: float64(p.limits[i].max)}
}

// positive is the range of a meta's count, which is never negative: what would be counts 1.
func positive(r expr.Range) expr.Range {
	if r.Least >= 0 {
		return r
	}
	return expr.Range{Least: 0, Most: max(r.Most, 1)}
}
