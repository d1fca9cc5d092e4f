package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"weir/rules/expr"
)

// refers gives the rules that a meta uses; -1 for a name that is no rule's.
func (l *linker) refers(i int, visit func(n expr.Name, rule int)) {
	for _, n := range l.rules[i].expr.Names() {
		if n.Word == "rules_matching" && n.Call {
			l.matching(i, n, visit)
			continue
		}
		j, ok := l.index[n.Word]
		if !ok || n.Call {
			j = -1
		}
		visit(n, j)
	}
}

// maxGlobbed bounds the work for all rules_matching() of a set.
const maxGlobbed = 10_000_000

// matching visits the rules that rules_matching(glob) sums up, all but the meta itself.
func (l *linker) matching(i int, n expr.Name, visit func(n expr.Name, rule int)) {
	before := l.globbed
	if l.globbed += len(l.rules) * (1 + len(n.Arg)/16); l.globbed > maxGlobbed && before <= maxGlobbed {
		r := l.rules[i]
		l.problems = append(l.problems, Problem{File: r.File, Line: r.Line, Text: fmt.Sprintf("meta %s: too many rules_matching() for so many rules", r.Name), Hint: "name the rules"})
	}
	if strings.ContainsAny(n.Arg, `[]\`) || l.globbed > maxGlobbed {
		return
	}
	for j, r := range l.rules {
		if j != i && globs(n.Arg, r.Name) {
			visit(n, j)
		}
	}
}

// globs tells whether a name matches a pattern of letters, * and ?.
func globs(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil && !strings.ContainsAny(pattern, `[]\\`)
}

// findCycles walks the metas depth first, and refuses those that need themselves.
func (l *linker) findCycles() {
	for i := range l.rules {
		l.walk(i)
	}
}

const (
	unseen uint8 = iota
	within
	done
)

func (l *linker) walk(i int) {
	r := l.rules[i]
	if l.state[i] != unseen || r.expr == nil {
		return
	}
	l.state[i] = within
	l.path = append(l.path, i)
	l.refers(i, func(_ expr.Name, j int) {
		if j >= 0 && l.state[j] == within {
			l.cycle(i, j)
		} else if j >= 0 {
			l.walk(j)
		}
	})
	l.path = l.path[:len(l.path)-1]
	l.state[i] = done
	if r.NotRun == "" {
		l.plan.metas = append(l.plan.metas, meta{rule: int32(i)})
	}
}

// maxCircle is how many rules of a circle are named.
const maxCircle = 10

func (l *linker) cycle(from, to int) {
	var names []string
	for i := len(l.path) - 1; i >= 0 && len(names) < maxCircle; i-- {
		if names = append(names, l.rules[l.path[i]].Name); l.path[i] == to {
			break
		}
	}
	if slices.Reverse(names); names[0] != l.rules[to].Name {
		names = append([]string{l.rules[to].Name, "…"}, names...)
	}
	r := l.rules[from]
	r.NotRun = "it needs itself"
	l.problems = append(l.problems, Problem{File: r.File, Line: r.Line, Hint: "take one of the names out",
		Text: fmt.Sprintf("meta %s: needs itself: %s → %s", r.Name, strings.Join(names, " → "), l.rules[to].Name)})
}

// findNeeded marks the rules that are run: those that are reported, and what their metas use; all sub-rules if they
// are asked for.
func (l *linker) findNeeded() {
	off := l.off()
	for i, r := range l.rules {
		if r.NotRun == "" && !off[r.Name] && (l.subRules || !r.Sub()) {
			l.plan.report = append(l.plan.report, int32(i))
			l.need(i, off)
		}
	}
}

func (l *linker) need(i int, off map[string]bool) {
	r := l.rules[i]
	if l.needed[i] || r.NotRun != "" || off[r.Name] {
		return
	}
	l.needed[i] = true
	for _, j := range l.catch[i] {
		l.need(j, off)
	}
	if r.expr != nil {
		l.refers(i, func(_ expr.Name, j int) {
			if j >= 0 {
				l.need(j, off)
			}
		})
	}
}

// resolve finds what a meta's names stand for.
func (l *linker) resolve(m *meta) {
	names := l.rules[m.rule].expr.Names()
	at := make(map[expr.Name]int, len(names))
	m.uses = make([]use, len(names))
	for i, n := range names {
		at[n], m.uses[i] = i, use{rule: -1, outside: -1}
		if n.Word == "local_tests_only" && l.offline {
			m.uses[i].fixed = 1
		}
	}
	l.refers(int(m.rule), func(n expr.Name, j int) {
		switch u := &m.uses[at[n]]; {
		case j < 0 && !n.Call && n.Word != "local_tests_only":
			u.outside = l.outsider(n.Word)
		case j < 0 || !l.needed[j]: // 0
		case n.Call:
			u.sum = append(u.sum, int32(j))
		default:
			u.rule = int32(j)
		}
	})
}

// outsider gives the number of a name that no rule has.
func (l *linker) outsider(name string) int32 {
	i, ok := l.outside[name]
	if !ok {
		i = int32(len(l.plan.outside))
		l.outside[name] = i
		l.plan.outside = append(l.plan.outside, name)
	}
	return i
}
