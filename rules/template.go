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

// template is a rule whose pattern is made for each message.
type template struct {
	rule  int32
	names []string
	group *group // what it looks at
}

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
		for _, j := range l.catch[int(t.rule)] {
			wanted[j] = l.needed[j]
		}
	}
	for _, j := range slices.Sorted(maps.Keys(wanted)) {
		if r := l.rules[j]; wanted[j] {
			l.plan.catchers = append(l.plan.catchers, catcher{rule: int32(j), names: caught(r.pattern), group: l.groupOf(r)})
		}
	}
}

// templates runs the templates that may hit.
func (r *run) templates() {
	p := &r.set.plan
	var pieces map[string][]string
	for i := range p.templates {
		t := &p.templates[i]
		rule := r.set.rules[t.rule]
		if r.counts[t.rule] == 0 && !rule.negate || r.ctx.Err() != nil {
			continue
		}
		if r.counts[t.rule] = 0; pieces == nil {
			pieces = r.pieces()
		}
		if slices.ContainsFunc(t.names, func(name string) bool { return len(pieces[name]) == 0 }) {
			continue
		}
		exact, ok := written(rule.source, pieces)
		if !ok {
			r.touch(t.rule)
			r.cut[t.rule] = true
			continue
		}
		g := *t.group
		g.rules, g.matcher, g.negated = []int32{t.rule}, pattern.NewGroup([]*pattern.Pattern{exact}), nil
		if rule.negate {
			g.negated = g.rules
		}
		r.show(rule.Kind, &g)
	}
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
	found := map[string][]string{}
	for i := range r.set.plan.catchers {
		c := &r.set.plan.catchers[i]
		if r.counts[c.rule] == 0 {
			continue
		}
		g, rule := *c.group, r.set.rules[c.rule]
		g.rules, g.exists, g.negated = nil, nil, nil
		g.matcher = &net{pattern: rule.pattern, all: rule.Has("multiple"), names: c.names, found: found}
		r.show(rule.Kind, &g)
	}
	return found
}

// show hands the texts of a kind of rules to a group.
func (r *run) show(kind Kind, g *group) {
	if !r.at(g) {
		return
	}
	switch kind {
	case Header:
		r.header(g)
	case Body:
		r.body()
	case RawBody:
		r.each(r.mail.RawBody())
	case URI:
		r.each(r.mail.URIs())
	case Full:
		r.look(r.mail.Full())
	case MIMEHeader:
		r.parts(g)
	}
}

// net is a Matcher that keeps what a pattern catches.
type net struct {
	pattern *pattern.Pattern
	all     bool // all matches, not only the first
	done    bool
	names   []string
	found   map[string][]string
}

// Match implements pattern.Matcher; nothing is told to the sink.
func (n *net) Match(text []byte, _ *pattern.Scratch, _ pattern.Sink) {
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
