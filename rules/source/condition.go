package source

import (
	"fmt"
	"strings"

	"weir/rules/expr"
	"weir/rules/problem"
)

// The version of SpamAssassin whose language this is, and of the Perl that it came with, as if lines compare them.
const (
	version     = 4.000001
	versionText = "4.000001"
	perlVersion = 5.036
)

// maxConditions bounds the ifs that are open at a time.
const maxConditions = 100

// World answers what if lines ask.
type World interface {
	Plugin(name string) bool // plugin(Some::Name), ifplugin: is it on?
	Can(method string) bool  // can(Some::Name::method)
	Has(method string) bool  // has(Some::Name::method)
	LocalOnly() bool         // local_tests_only: is there no network?
}

// condition is an open if.
type condition struct {
	line  int
	truth bool // the lines at hand are read
	outer bool // the lines around it are read
	other bool // else was seen
}

func (r *reader) skipping() bool {
	return r.ended || len(r.conds) > 0 && !r.conds[len(r.conds)-1].truth
}

// conditional takes ifplugin, if, else and endif. It tells whether the line was one of them.
func (r *reader) conditional(key, value string) bool {
	switch key {
	case "ifplugin":
		r.open(value, r.skipping() || r.visitor.Plugin(strings.TrimSpace(value)))
	case "if":
		r.open(value, r.skipping() || r.truth(value))
	case "else":
		r.otherwise()
	case "endif":
		if len(r.conds) == 0 {
			r.problem(problem.Error, "endif without an if", "take it out")
			return true
		}
		r.conds = r.conds[:len(r.conds)-1]
	default:
		return false
	}
	return true
}

func (r *reader) open(text string, truth bool) {
	outer := !r.skipping()
	if outer && !truth && strings.TrimSpace(text) != "" {
		r.problem(problem.NotRun, "the lines up to else or endif: "+text+" does not hold here", "")
	}
	if len(r.conds) >= maxConditions {
		r.problem(problem.Error, fmt.Sprintf("more than %d ifs within each other", maxConditions), "")
		r.full = true
	}
	r.conds = append(r.conds, condition{line: r.line, truth: outer && truth, outer: outer})
}

func (r *reader) otherwise() {
	if len(r.conds) == 0 || r.conds[len(r.conds)-1].other {
		r.problem(problem.Error, "else without an if", "take it out")
		return
	}
	c := &r.conds[len(r.conds)-1]
	if c.other = true; c.outer {
		if c.truth {
			r.problem(problem.NotRun, "the lines up to endif: the if holds", "")
		}
		c.truth = !c.truth
	}
}

// truth computes the expression of an if.
func (r *reader) truth(text string) bool {
	e, err := expr.Parse(text)
	if err != nil {
		r.problem(problem.Error, "if: "+err.Error(), "write: if (version >= 4.0) or ifplugin NAME")
		return false
	}
	return e.Eval(func(i int) float64 { return r.fact(e.Names()[i]) }) != 0
}

// fact gives the number of a name in an if.
func (r *reader) fact(n expr.Name) float64 {
	yes := false
	switch {
	case n.Word == "version":
		return version
	case n.Word == "perl_version":
		return perlVersion
	case n.Word == "local_tests_only":
		yes = r.visitor.LocalOnly()
	case n.Word == "plugin" && n.Call:
		yes = r.visitor.Plugin(n.Arg)
	case n.Word == "can" && n.Call:
		yes = r.visitor.Can(n.Arg)
	case n.Word == "has" && n.Call:
		yes = r.visitor.Has(n.Arg)
	default:
		r.problem(problem.Warning, fmt.Sprintf("if: %s is not known and counts as 0", n), "version, plugin(NAME), can(NAME) and has(NAME) are known")
	}
	if yes {
		return 1
	}
	return 0
}
