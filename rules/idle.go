package rules

import "slices"

// Most metas of a set ask for several things, and the first that is read, the header, rules most of them out: a mail of a
// list is not looked at for what strangers write. A sub-rule that only such metas use is idle: whether it hits changes
// nothing that is reported, so it is not run. What a meta can't hit without is worked out once, when the rules are loaded.

// guard is a rule that must have been found, or must not, for a meta to hit.
type guard struct {
	rule int32
	hit  bool
}

// idle knows which rules need not be run. The zero value: all are run.
type idle struct {
	roots  [][]guard  // by number of a reported meta: all that it needs
	usedBy [][]uint64 // by rule: the reported metas that it is for, a bit each; nil: it is run always
	known  []stage    // by rule: when its count is known
}

// stage is a step of a run. Texts that cost more come later.
type stage uint8

const (
	atHeaders stage = iota
	atParts
	atLinks
	atFull
	atRawBody
	atBody
	atChecks
	never // what is known later is no guard
)

// Bounds on what is worked out: larger sets, and metas, have no guards.
const (
	maxUsedBy  = 1 << 20 // words
	maxGuarded = 100     // names of a meta
	maxGuards  = 100     // of a meta
)

// findIdle fills in the plan's idle.
func (l *linker) findIdle() {
	words := (len(l.plan.report) + 63) / 64
	if words*len(l.rules) > maxUsedBy {
		return
	}
	d := &l.plan.idle
	l.findKnown(d)
	yes := l.guards(d)
	number := map[int32]int{}
	for _, i := range l.plan.report {
		if l.rules[i].expr != nil {
			number[i] = len(d.roots)
			d.roots = append(d.roots, yes[i])
		}
	}
	l.findUsers(d, number)
}

// findKnown fills in when rules are known. What a template finds is known at the end only.
func (l *linker) findKnown(d *idle) {
	stages := map[Kind]stage{Header: atHeaders, MIMEHeader: atParts, URI: atLinks, Full: atFull, RawBody: atRawBody, Body: atBody}
	d.known = make([]stage, len(l.rules))
	for i, r := range l.rules {
		at, ok := stages[r.Kind]
		if !ok || r.check != nil || r.expr != nil || len(r.wants) > 0 {
			at = never
		}
		d.known[i] = at
	}
}

// guards lists what each meta needs to hit, by rule.
func (l *linker) guards(d *idle) map[int32][]guard {
	yes, no := map[int32][]guard{}, map[int32][]guard{}
	for i := range l.plan.metas { // each after those that it uses
		m := &l.plan.metas[i]
		if len(m.uses) > maxGuarded {
			continue
		}
		for k := range m.uses {
			u := &m.uses[k]
			for _, hit := range []bool{false, true} {
				v, sure := l.rules[m.rule].expr.Sure(k, hit)
				if u.rule < 0 || !sure {
					continue
				}
				from, to := yes, no // what it takes to be the opposite: the name is the opposite
				if !v {
					to = yes
				}
				if hit {
					from = no
				}
				more := from[u.rule]
				if d.known[u.rule] < never {
					more = []guard{{u.rule, !hit}}
				}
				to[m.rule] = append(to[m.rule], more[:min(len(more), maxGuards-len(to[m.rule]))]...)
			}
		}
	}
	return yes
}

// findUsers fills in for which reported metas a rule is. Rules that are reported, and those that catch pieces, are run always.
func (l *linker) findUsers(d *idle, number map[int32]int) {
	words := (len(d.roots) + 63) / 64
	d.usedBy = make([][]uint64, len(l.rules))
	for k := len(l.plan.metas) - 1; k >= 0; k-- { // each before those that it uses
		m := &l.plan.metas[k]
		bits := d.bitsOf(m.rule, words)
		if n, ok := number[m.rule]; ok {
			bits[n/64] |= 1 << (n % 64)
		}
		for _, u := range m.uses {
			for _, j := range u.sum {
				d.use(j, bits)
			}
			if u.rule >= 0 {
				d.use(u.rule, bits)
			}
		}
	}
	for _, i := range l.plan.report {
		d.usedBy[i] = nil
	}
	for _, c := range l.plan.catchers {
		d.usedBy[c.rule] = nil
	}
	for _, t := range l.plan.templates {
		d.usedBy[t.rule] = nil
	}
}

func (d *idle) bitsOf(rule int32, words int) []uint64 {
	if d.usedBy[rule] == nil {
		d.usedBy[rule] = make([]uint64, words)
	}
	return d.usedBy[rule]
}

func (d *idle) use(rule int32, by []uint64) {
	bits := d.bitsOf(rule, len(by))
	for i := range by {
		bits[i] |= by[i]
	}
}

// reach goes on to a stage: metas that what is known by now rules out are not run for any more.
func (r *run) reach(at stage) {
	d := &r.set.plan.idle
	if r.whole || len(d.roots) == 0 {
		return
	}
	r.open = slices.Grow(r.open[:0], (len(d.roots)+63)/64)[:(len(d.roots)+63)/64]
	clear(r.open)
	for n, guards := range d.roots {
		if r.possible(guards, at) {
			r.open[n/64] |= 1 << (n % 64)
		}
	}
}

// possible tells that no guard speaks against a meta.
func (r *run) possible(guards []guard, at stage) bool {
	for _, g := range guards {
		if r.set.plan.idle.known[g.rule] < at && (r.counts[g.rule] != 0) != g.hit {
			return false
		}
	}
	return true
}

// idle tells that a rule need not be run.
func (r *run) idle(rule int32) bool {
	if len(r.open) == 0 {
		return false
	}
	bits := r.set.plan.idle.usedBy[rule]
	for i := range bits {
		if bits[i]&r.open[i] != 0 {
			return false
		}
	}
	return bits != nil
}
