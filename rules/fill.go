package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/rules/problem"
	"weir/scoring"
)

// Fill enters what the files say into a score table that has the filters' symbols already: the rules themselves, the
// scores of rules and of filters' symbols (the last one wins), descriptions, actions and shadows. It returns what is
// wrong; Problems.Err of it is the reason to refuse the files. Fill is called once, before the first Match.
//
// A rule that has the name of a filter's symbol is not run: the filter reports that symbol itself.
func (s *Set) Fill(t *scoring.Table) Problems {
	f := &filler{Set: s, table: t}
	f.declare()
	for i := range s.settings {
		f.apply(&s.settings[i])
	}
	f.checkMetas()
	f.problems.Sort(s.plan.order)
	return f.problems
}

// filler is one Fill at work.
type filler struct {
	*Set
	table    *scoring.Table
	problems Problems

	names    []string // all that hints may name, once one was asked for
	compared int      // how many were compared
}

func (f *filler) problem(file string, line int, level Level, text, hint string) {
	f.problems = append(f.problems, Problem{File: file, Line: line, Level: level, Text: text, Hint: hint})
}

// declare enters the rules that may be reported.
func (f *filler) declare() {
	taken := map[int32]bool{}
	for i, r := range f.rules {
		if r.NotRun != "" || r.Sub() && !f.subRules {
			continue
		}
		if e := f.table.Entry(r.Name); e != nil {
			from := e.Origins[0].File
			f.problem(r.File, r.Line, Warning, fmt.Sprintf("%s %s is not run: %s reports a symbol of this name itself", r.Kind, r.Name, from), "name the rule otherwise; its score counts for the symbol")
			r.NotRun = from + " reports it"
			taken[int32(i)] = true
			continue
		}
		symbol := scoring.Symbol{Name: r.Name}
		if !r.Sub() {
			symbol.Score = r.score()
		}
		f.table.Declare(symbol, r.File, r.Line)
	}
	f.plan.report = slices.DeleteFunc(f.plan.report, func(i int32) bool { return taken[i] })
	if f.table.Entry(Partial) == nil {
		f.table.Declare(scoring.Symbol{Name: Partial, Text: "The message is longer than what rules look at."}, "rules", 0)
	}
	for _, symbol := range PolicySymbols {
		if f.table.Entry(symbol.Name) == nil {
			f.table.Declare(symbol, "rules", 0)
		}
	}
	f.doubled()
}

// apply enters one setting.
func (f *filler) apply(s *setting) {
	e := f.table.Entry(s.name)
	if r := f.Rule(s.name); e == nil || s.key != "describe" && r != nil && r.Sub() {
		f.unknown(s)
		return
	}
	switch s.key {
	case "score":
		v := s.value
		if s.relative {
			v += e.Score
		}
		f.table.Set(s.name, v, s.file, s.line)
	case "describe":
		f.table.Describe(s.name, s.text, s.file, s.line)
	case "action":
		f.table.Force(s.name, s.action, s.file, s.line)
	case "shadow":
		f.table.Shadow(s.name, s.until, s.file, s.line)
	case "tflags":
		f.table.Aside(s.name, s.aside, s.file, s.line)
	}
}

// unknown tells of a setting for a name that the table does not have. Names of rules that are not run are no typos.
func (f *filler) unknown(s *setting) {
	what := s.key + " " + s.name
	switch r := f.Rule(s.name); {
	case r != nil && r.Sub():
		if s.key != "describe" && s.key != "tflags" && !(s.key == "score" && (s.value == 0 || s.value == 1)) {
			f.problem(s.file, s.line, Warning, what+": a sub-rule has no "+s.key, "name the rule without the leading __, or use it in a meta")
		}
	case r != nil || f.known[s.name]:
	case s.key == "describe" || s.key == "tflags" || s.foreign || s.key == "score" && strings.HasPrefix(s.name, "__"):
		f.problem(s.file, s.line, Warning, what+": no rule and no filter has this symbol", f.hint(s.name))
	case s.key == "score" && s.value == 0: // it switches off what is not there
		f.problem(s.file, s.line, Warning, what+": no rule and no filter has this symbol", "is it of a rule set that is not loaded?")
	default:
		f.problem(s.file, s.line, Error, what+": no rule and no filter has this symbol", cmp.Or(f.hint(s.name), "is it a typing error?"))
	}
}

// maxCompared bounds the names that are compared with others to find what was meant, about half a second.
const maxCompared = 300_000

// hint names the symbol that was probably meant.
func (f *filler) hint(name string) string {
	if f.names == nil {
		f.names = slices.AppendSeq(f.table.Names(), maps.Keys(f.known))
		slices.Sort(f.names)
		f.names = slices.Compact(f.names)
	}
	if f.compared += len(f.names); f.compared > maxCompared {
		return ""
	}
	near := problem.Nearest(name, slices.Values(f.names))
	if near == "" {
		return ""
	}
	return "did you mean " + near + "?"
}

// checkMetas lists names in metas that nothing defines.
func (f *filler) checkMetas() {
	for _, r := range f.rules {
		if r.expr == nil || r.NotRun != "" {
			continue
		}
		for _, n := range r.expr.Names() {
			switch {
			case n.Word == "local_tests_only":
			case n.Call && n.Word != "rules_matching":
				f.problem(r.File, r.Line, Warning, fmt.Sprintf("meta %s: %s is not known and counts as 0", r.Name, n), "rules_matching(NAMES*) is the only function")
			case n.Call || f.known[n.Word] || f.table.Entry(n.Word) != nil:
			default:
				f.problem(r.File, r.Line, Warning, fmt.Sprintf("meta %s: nothing defines %s, it counts as 0", r.Name, n), f.hint(n.Word))
			}
		}
	}
}
