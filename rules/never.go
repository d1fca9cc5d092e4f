package rules

import (
	"fmt"
	"slices"
	"strings"
)

// mostTries bounds the combinations of numbers that are tried for one meta.
const mostTries = 20_000

// neverTrue lists metas that hit whatever the mail is: never. Each name is tried with 0, 1 and the numbers around those of the
// expression, in all combinations; a meta with too many names for that, or that multiplies, is passed over. What
// is not run counts 0.
func (l *linter) neverTrue() {
	never := map[int32]bool{}
	for i := range l.plan.metas {
		m := &l.plan.metas[i]
		r := l.rules[m.rule]
		values := l.values(m, never)
		if values == nil || hits(r, values) {
			continue
		}
		never[m.rule] = true
		why, hint := "it contradicts itself", "mend the expression"
		if nought := l.nought(m, values); nought != "" {
			why, hint = nought+" always 0 here", "`weir explain` says why of each"
		}
		l.tell(r, Warning, "can never hit: "+why, hint)
	}
}

// values lists, for each name of a meta, the numbers that are tried; nil: they would prove nothing, or there are too
// many combinations.
func (l *linter) values(m *meta, never map[int32]bool) [][]float64 {
	some := []float64{0, 1}
	numbers, plain := l.rules[m.rule].expr.Numbers()
	if !plain {
		return nil
	}
	for _, n := range numbers {
		for _, v := range []float64{n - 1, n, n + 1} {
			if v > 0 && !slices.Contains(some, v) {
				some = append(some, v)
			}
		}
	}
	list, tries := make([][]float64, len(m.uses)), 1
	for k := range m.uses {
		if list[k] = []float64{m.uses[k].fixed}; l.varies(&m.uses[k], never) {
			list[k] = some
		}
		if tries *= len(list[k]); tries > mostTries {
			return nil
		}
	}
	return list
}

// varies tells whether a name can have another number than its fixed one.
func (l *linter) varies(u *use, never map[int32]bool) bool {
	switch {
	case u.rule >= 0:
		return !never[u.rule]
	case u.outside >= 0:
		return l.table.Entry(l.plan.outside[u.outside]) != nil
	}
	return len(u.sum) > 0
}

// hits tells whether any combination makes a meta true.
func hits(r *Rule, values [][]float64) bool {
	at := make([]int, len(values))
	for {
		if r.expr.Eval(func(k int) float64 { return values[k][at[k]] }) != 0 {
			return true
		}
		k := 0
		for ; k < len(at); k++ {
			if at[k]++; at[k] < len(values[k]) {
				break
			}
			at[k] = 0
		}
		if k == len(at) {
			return false
		}
	}
}

// nought names what is always 0 in a meta.
func (l *linter) nought(m *meta, values [][]float64) string {
	var names []string
	for k, n := range l.rules[m.rule].expr.Names() {
		if len(values[k]) == 1 && values[k][0] == 0 {
			names = append(names, n.String())
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) == 1:
		return names[0] + " is"
	case len(names) > 5:
		return fmt.Sprintf("%s and %d more are", strings.Join(names[:5], ", "), len(names)-5)
	}
	return strings.Join(names, ", ") + " are"
}
