package rules

import (
	"cmp"
	"math"
	"slices"

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

// count tells how often a rule is found; it is run if it was not yet.
func (r *run) count(i int32) float64 {
	if r.known[i] {
		return r.counts[i]
	}
	r.known[i] = true
	switch r.set.plan.homes[i].sort {
	case byMeta:
		r.meta(i, r.set.plan.metaOf[i])
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
		return positive(r.set.rules[i].expr.Known(&r.asked[p.metaOf[i]]))
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

// What it costs to run a rule: about, and relative to others.
const (
	costExists = 1
	costField  = 2
	costBody   = 6
	costOther  = 8 // texts that are larger, or are not always needed
	costCall   = 20
	costAsking = 1000 // it may wait for an answer of the DNS
	costMost   = 1 << 20
)

// maxChain bounds the metas that are computed within one another.
const maxChain = 64

// orderDemand fills in the order in which rules are asked for: patterns, functions, metas, and last of all those that wait for the
// DNS. Where metas are made of metas that are made of metas, some of them come before their time, so that a run goes no deeper than so.
func (l *linker) orderDemand() {
	p, n := &l.plan, len(l.rules)
	p.groupCount = len(p.groups())
	cost, depth := make([]int, n), make([]int, n)
	p.metaOf = make([]int32, n)
	for i, r := range l.rules {
		p.metaOf[i], cost[i] = -1, r.cost()
	}
	var early []int32
	for k := range p.metas { // each after those that it uses
		m := &p.metas[k]
		p.metaOf[m.rule], p.homes[m.rule].sort = int32(k), byMeta
		for u := range m.uses {
			m.uses[u].each(func(j int32) { depth[m.rule] = max(depth[m.rule], depth[j]+1) })
		}
		if depth[m.rule] >= maxChain {
			early, depth[m.rule] = append(early, m.rule), 0
		}
		cost[m.rule] = m.order(l.rules[m.rule], cost)
		m.needs = l.needs(m)
	}
	last := func(a, b int32) int { return cmp.Compare(l.rank(a, cost), l.rank(b, cost)) }
	p.demand = append(early, slices.SortedStableFunc(slices.Values(p.report), last)...)
	for i := range l.rules {
		if l.needed[i] {
			p.all = append(p.all, int32(i))
		}
	}
	slices.SortStableFunc(p.all, last)
	p.all = append(slices.Clone(early), p.all...)
}

// rank says what is asked for before what.
func (l *linker) rank(i int32, cost []int) int {
	switch {
	case cost[i] >= costAsking:
		return 3
	case l.rules[i].expr != nil:
		return 2
	case l.rules[i].check != nil:
		return 1
	}
	return 0
}

// cost tells what it costs to run a rule that is no meta.
func (r *Rule) cost() int {
	switch {
	case r.asks:
		return costAsking
	case r.check != nil || len(r.wants) > 0:
		return costCall
	case r.exists:
		return costExists
	case r.Kind == Header:
		return costField
	case r.Kind == Body:
		return costBody
	}
	return costOther
}

// order tells a meta's expression what its names cost, and gives the sum.
func (m *meta) order(r *Rule, cost []int) int {
	sum := 0
	r.expr.Order(func(k int) int {
		c := 0
		m.uses[k].each(func(j int32) { c = min(c+cost[j], costMost) })
		sum = min(sum+c, costMost)
		return c
	})
	return sum
}

// Bounds on what is worked out of a meta.
const (
	maxAsked = 100 // names: one with more has no needs
	maxNeeds = 4
)

// needs lists rules without which a meta can't hit: those first that are seldom there.
func (l *linker) needs(m *meta) (list []int32) {
	if len(m.uses) > maxAsked {
		return nil
	}
	for k := range m.uses {
		if j := m.uses[k].rule; j >= 0 && l.rules[m.rule].expr.Known(nothingOf(k)).False() {
			list = append(list, j)
		}
	}
	slices.SortStableFunc(list, func(a, b int32) int { return l.often(a) - l.often(b) })
	return list[:min(len(list), maxNeeds)]
}

// often says of what kind of rule more is there in most mails.
func (l *linker) often(i int32) int {
	switch r := l.rules[i]; {
	case r.check != nil || r.negate:
		return 3 // nothing is known of it beforehand
	case r.expr != nil:
		return 1
	case r.Kind != Body:
		return 2
	}
	return 0
}

// nothingOf is Values of which one is 0, and nothing is known of the others.
type nothingOf int

// Value implements expr.Values. It is not asked.
func (n nothingOf) Value(int) float64 { return 0 }

// Range implements expr.Values.
func (n nothingOf) Range(i int) expr.Range {
	if i == int(n) {
		return expr.Range{}
	}
	return expr.Range{Most: math.Inf(1)}
}

// each visits the rules of a name.
func (u *use) each(visit func(rule int32)) {
	if u.rule >= 0 {
		visit(u.rule)
	}
	for _, j := range u.sum {
		visit(j)
	}
}
