package rules

import (
	"cmp"
	"math"
	"slices"

	"weir/rules/expr"
)

// What it costs to run a rule: about, and relative to others.
const (
	costExists = 1
	costField  = 2
	costBody   = 6
	costOther  = 8 // texts that are larger, or are not always needed
	costCall   = 20
	costAsking = 1 << 16 // it may wait for an answer of the DNS: more than all others of a meta together
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
	for i, r := range l.rules {
		cost[i] = r.cost()
	}
	var early []int32
	for k := range p.metas { // each after those that it uses
		m := &p.metas[k]
		p.homes[m.rule].index, p.homes[m.rule].sort = int32(k), byMeta
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
