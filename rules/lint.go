package rules

import (
	"fmt"
	"slices"
	"strings"

	"weir/scoring"
)

// Lint looks for what is allowed and most likely not meant: patterns that mail can make slow, metas that can never hit, rules
// that a later file replaces or that find what another finds, sub-rules that nothing uses. It takes longer than loading, and is
// for the person who writes the files. The table is the one that Fill has filled.
func (s *Set) Lint(t *scoring.Table) Problems {
	l := &linter{Set: s, table: t}
	l.dangers()
	l.neverTrue()
	l.replaced()
	l.alike()
	l.unused()
	l.problems.Sort(s.plan.order)
	return l.problems
}

type linter struct {
	*Set
	table    *scoring.Table
	problems Problems
}

// tell adds a problem of a rule. What stands in files that SpamAssassin ships is nobody's to mend: a note.
func (l *linter) tell(r *Rule, level Level, text, hint string) {
	if r.foreign {
		level = Note
	}
	l.problems = append(l.problems, Problem{File: r.File, Line: r.Line, Level: level, Text: fmt.Sprintf("%s %s: %s", r.Kind, r.Name, text), Hint: hint})
}

// dangers lists patterns that may take very long.
func (l *linter) dangers() {
	for _, r := range l.rules {
		if r.pattern == nil || r.NotRun != "" {
			continue
		}
		if why := r.pattern.Danger(); why != "" {
			l.tell(r, Warning, "mail can be made that the pattern takes very long on, and is cut at its time limit", why)
		}
	}
}

// replaced lists rules that do not count since a later file defines the name again.
func (l *linter) replaced() {
	for _, r := range l.rules {
		for _, old := range r.older {
			if old.File == r.File {
				continue // a warning when it was read
			}
			l.problems = append(l.problems, Problem{File: old.File, Line: old.Line, Level: Note,
				Text: fmt.Sprintf("%s: no longer counts, a later file defines it again", r.Name), Hint: fmt.Sprintf("%s:%d has the rule that is run", r.File, r.Line)})
		}
	}
}

// alike lists rules that look for the same as another.
func (l *linter) alike() {
	first := map[string]*Rule{}
	for _, r := range l.inOrder() {
		key := r.looksFor()
		if r.NotRun != "" || key == "" {
			continue
		}
		if other := first[key]; other != nil {
			level := Warning // the mail is charged twice
			if r.Sub() || other.Sub() {
				level = Note
			}
			l.tell(r, level, fmt.Sprintf("finds the same as %s (%s:%d)", other.Name, other.File, other.Line), "take one of them out, or build on it in a meta")
			continue
		}
		first[key] = r
	}
}

// inOrder gives the rules as they were read.
func (s *Set) inOrder() []*Rule {
	rank := map[string]int{}
	for i, name := range s.plan.order {
		rank[name] = i
	}
	list := slices.Clone(s.rules)
	slices.SortStableFunc(list, func(a, b *Rule) int {
		if a.File != b.File {
			return rank[a.File] - rank[b.File]
		}
		return a.Line - b.Line
	})
	return list
}

// looksFor is the same for rules that always hit together. A meta that only gives another name to something is no double.
func (r *Rule) looksFor() string {
	if r.expr != nil && len(r.expr.Names()) < 2 {
		return ""
	}
	flags := slices.Clone(r.Flags)
	flags = slices.DeleteFunc(flags, func(f string) bool {
		return f == "nice" || f == "net" || f == "learn" || f == "noautolearn" || f == "publish"
	})
	slices.Sort(flags)
	return r.Kind.String() + " " + strings.Join(strings.Fields(r.Text), " ") + " " + r.source + " " + strings.Join(flags, " ")
}

// unused lists sub-rules that no meta builds on.
func (l *linter) unused() {
	used, sums := map[string]bool{}, []string{}
	for _, r := range l.rules {
		if r.expr == nil {
			continue
		}
		for _, n := range r.expr.Names() {
			if used[n.Word] = true; n.Call {
				sums = append(sums, n.Arg)
			}
		}
	}
	for _, r := range l.rules {
		catches := r.pattern != nil && len(caught(r.pattern)) > 0
		if r.Sub() && r.NotRun == "" && !used[r.Name] && !catches && !slices.ContainsFunc(sums, func(glob string) bool { return globs(glob, r.Name) }) {
			l.tell(r, Note, "no meta uses this sub-rule, so it is not run", "use it, or take it out")
		}
	}
}
