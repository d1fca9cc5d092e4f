package rules

import (
	"fmt"
	"strings"

	"weir/rules/expr"
)

// version is the version of SpamAssassin whose language this is, as if lines compare it.
const version = 4.000001

// condition is an open if.
type condition struct {
	line  int
	truth bool // the lines at hand are read
	outer bool // the lines around it are read
	other bool // else was seen
}

func (p *parser) skipping() bool {
	return p.ended || len(p.conds) > 0 && !p.conds[len(p.conds)-1].truth
}

// conditional takes ifplugin, if, else and endif. It tells whether the line was one of them.
func (p *parser) conditional(key, value string) bool {
	switch key {
	case "ifplugin":
		p.open(value, p.skipping() || plugins[value])
	case "if":
		p.open(value, p.skipping() || p.truth(value))
	case "else":
		p.otherwise()
	case "endif":
		if len(p.conds) == 0 {
			p.problem(Error, "endif without an if", "take it out")
			return true
		}
		p.conds = p.conds[:len(p.conds)-1]
	default:
		return false
	}
	return true
}

func (p *parser) open(text string, truth bool) {
	outer := !p.skipping()
	if outer && !truth && strings.TrimSpace(text) != "" {
		p.problem(NotRun, "the lines up to else or endif: "+text+" does not hold here", "")
	}
	if len(p.conds) >= 100 {
		p.problem(Error, "more than 100 ifs within each other", "")
		p.full = true
	}
	p.conds = append(p.conds, condition{line: p.line, truth: outer && truth, outer: outer})
}

func (p *parser) otherwise() {
	if len(p.conds) == 0 || p.conds[len(p.conds)-1].other {
		p.problem(Error, "else without an if", "take it out")
		return
	}
	c := &p.conds[len(p.conds)-1]
	if c.other = true; c.outer {
		if c.truth {
			p.problem(NotRun, "the lines up to endif: the if holds", "")
		}
		c.truth = !c.truth
	}
}

// plugins whose rules are run, and Weir itself: `ifplugin Weir` guards what SpamAssassin does not know.
var plugins = map[string]bool{"Weir": true, "Mail::SpamAssassin::Plugin::Check": true}

// truth computes the expression of an if.
func (p *parser) truth(text string) bool {
	e, err := expr.Parse(text)
	if err != nil {
		p.problem(Error, "if: "+err.Error(), "write: if (version >= 4.0) or ifplugin NAME")
		return false
	}
	return e.Eval(func(i int) float64 { return p.fact(e.Names()[i]) }) != 0
}

func (p *parser) fact(n expr.Name) float64 {
	switch {
	case n.Word == "version":
		return version
	case n.Word == "perl_version":
		return 5.036
	case n.Word == "plugin" && plugins[n.Arg]:
		return 1
	case n.Word == "can" && features[n.Arg]:
		return 1
	case n.Word == "local_tests_only" && p.offline:
		return 1
	case n.Word == "plugin", n.Word == "can", n.Word == "has", n.Word == "local_tests_only":
		return 0
	}
	p.problem(Warning, fmt.Sprintf("if: %s is not known and counts as 0", n), "version, plugin(NAME) and can(NAME) are known")
	return 0
}

// features that can() may ask for and that are here.
var features = map[string]bool{
	"Mail::SpamAssassin::Conf::perl_min_version_5010000": true,
	"Weir::test": true, "Weir::action": true, "Weir::shadow": true,
}
