package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"weir/rules/pattern"
)

// A pattern may catch a piece of a message by name, (?<SENDER>…), and the pattern of another rule may have %{SENDER}
// where that piece is to stand: a link that names the mail's own recipient, say. Rules of the second kind are templates.
// A template is run with any text in the place of the name first; only where that is found, the pieces are caught, and
// the pattern with them is compiled and run.

// tagName is a name that pieces are caught under.
var tagName = regexp.MustCompile(`^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$`)

// tagUse is the place of a piece in a template.
var tagUse = regexp.MustCompile(`(^|[^\\])%\{([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)\}`)

// catcher is a rule whose pattern catches pieces.
type catcher struct {
	rule  int32
	names []string
	group *group
}

// templateNames lists the names of pieces that a pattern wants.
func templateNames(source string) (names []string) {
	if !strings.Contains(source, "%{") {
		return nil
	}
	for _, m := range tagUse.FindAllStringSubmatch(source, -1) {
		if !slices.Contains(names, m[2]) {
			names = append(names, m[2])
		}
	}
	return names
}

// fill writes pieces in the place of names.
func fill(source string, piece func(name string) string) string {
	return tagUse.ReplaceAllStringFunc(source, func(use string) string {
		i := strings.Index(use, "%{")
		return use[:i] + piece(use[i+2:len(use)-1])
	})
}

// anyPiece stands for each name when a template is screened.
func anyPiece(string) string { return `(?s:.+)` }

// caught lists the names under which a pattern catches pieces.
func caught(p *pattern.Pattern) []string {
	return slices.DeleteFunc(p.Names(), func(name string) bool { return !tagName.MatchString(name) })
}

// quoted writes a piece so that a pattern takes it as it is.
func quoted(piece string) string {
	var b strings.Builder
	for i := range len(piece) {
		if c := piece[i]; c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return b.String()
}

// firstMail is why templates of SpamAssassin's own files are not run.
//
// QUIRK: its documentation says that a template is made anew for each mail. Version 4.0.1 keeps the one that it made for the
// first mail of a process, so that its own rules of this kind hit nothing where it runs for long, and are scored by that.
const firstMail = "SpamAssassin 4.0.1 keeps the pieces of the first mail, so that its own rules with %{NAME} hit nothing"

// notRun marks a rule that is not run, and says why.
func (l *linker) notRun(r *Rule, why, hint string) {
	r.NotRun = why
	l.problems = append(l.problems, Problem{File: r.File, Line: r.Line, Level: NotRun, Text: fmt.Sprintf("%s %s: %s", r.Kind, r.Name, why), Hint: hint})
}

// linkTemplates finds, for the templates that are needed, the rules that catch their pieces. A template without such a
// rule is not run.
func (l *linker) linkTemplates() {
	by := l.catchers()
	for i, r := range l.rules {
		for _, name := range r.wants {
			switch {
			case r.NotRun != "":
			case r.foreign:
				l.notRun(r, firstMail, "copy the rule into a file of yours, and it is run")
			case len(by[name]) == 0:
				l.notRun(r, "no rule catches %{"+name+"}", "a rule catches it with (?<"+name+">…)")
			}
			l.catch[i] = append(l.catch[i], by[name]...)
		}
	}
}

// catchers lists the rules that catch a piece, by its name.
func (l *linker) catchers() map[string][]int {
	by := map[string][]int{}
	for i, r := range l.rules {
		if r.pattern == nil || r.NotRun != "" || len(r.wants) > 0 {
			continue
		}
		for _, name := range caught(r.pattern) {
			by[name] = append(by[name], i)
		}
	}
	return by
}

// catchPieces puts down which rules catch what the needed templates want.
func (l *linker) catchPieces() {
	wanted := map[int]bool{}
	for _, t := range l.plan.templates {
		for _, j := range l.catch[int(t)] {
			wanted[j] = l.needed[j]
		}
	}
	for _, j := range slices.Sorted(maps.Keys(wanted)) {
		if r := l.rules[j]; wanted[j] {
			l.plan.catchers = append(l.plan.catchers, catcher{rule: int32(j), names: caught(r.pattern), group: l.groupOf(r)})
		}
	}
}

// template runs a template that may hit with the pieces that others caught.
func (r *run) template(i int32, rule *Rule, g *group) {
	if r.counts[i] == 0 && !rule.negate {
		return
	}
	r.counts[i] = 0
	delete(r.foundIn, i) // the pattern with the pieces may be found elsewhere
	pieces := r.pieces()
	if slices.ContainsFunc(rule.wants, func(name string) bool { return len(pieces[name]) == 0 }) {
		return
	}
	exact, ok := written(rule.source, pieces)
	if !ok {
		r.touch(i)
		r.cut[i] = true
		return
	}
	r.alone(i, g, pattern.NewGroup([]*pattern.Pattern{exact}))
	r.negate(i, rule)
}

// alone runs a rule's pattern over what its group looks at. m has no other pattern.
func (r *run) alone(i int32, g *group, m pattern.Matcher) {
	only, n := *g, notes{}
	only.rules, only.matcher, r.group = []int32{i}, m, &only
	r.show(&only, &n, func(text []byte) { m.Look(text, &n.Notes, &r.scratch, r) })
	m.Find(0, &n.Notes, &r.scratch, r)
}

// Bounds on what is caught under one name: a template that is to have more is not run, and told to be so.
const (
	maxPieces = 64
	maxPiece  = 512 // bytes
)

// written compiles a template with the pieces in it. false: they are more than a pattern may have.
func written(source string, pieces map[string][]string) (*pattern.Pattern, bool) {
	over := false
	text := fill(source, func(name string) string {
		over = over || len(pieces[name]) > maxPieces || slices.ContainsFunc(pieces[name], func(s string) bool { return len(s) > maxPiece })
		return "(?:" + strings.Join(pieces[name], "|") + ")"
	})
	if over {
		return nil, false
	}
	p, err := pattern.Compile(text)
	return p, err == nil
}

// pieces catches what the rules that were found have caught, each piece once, written for a pattern.
func (r *run) pieces() map[string][]string {
	if r.caught != nil {
		return r.caught
	}
	r.caught = map[string][]string{}
	for i := range r.set.plan.catchers {
		c := &r.set.plan.catchers[i]
		if r.count(c.rule) == 0 {
			continue
		}
		rule := r.set.rules[c.rule]
		n := &net{pattern: rule.pattern, all: rule.Has("multiple"), names: c.names, found: r.caught}
		r.show(c.group, &notes{}, n.take)
	}
	return r.caught
}

// net keeps what a pattern catches.
type net struct {
	pattern *pattern.Pattern
	all     bool // all matches, not only the first
	done    bool
	names   []string
	found   map[string][]string
}

// take catches what is in a text.
func (n *net) take(text []byte) {
	if n.done {
		return
	}
	seen := map[string]bool{} // of this match
	n.pattern.Captures(text, func(name string, value []byte) {
		if n.done = n.done || seen[name] && !n.all; n.done || !slices.Contains(n.names, name) {
			return
		}
		seen[name] = true
		piece := quoted(string(value[:min(len(value), maxPiece+1)]))
		if piece != "" && len(n.found[name]) <= maxPieces && !slices.Contains(n.found[name], piece) {
			n.found[name] = append(n.found[name], piece)
		}
	})
	n.done = n.done || len(seen) > 0 && !n.all
}
