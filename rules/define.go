package rules

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/expr"
	"weir/rules/pattern"
)

// define takes a line that defines a rule.
func (p *parser) define(kind Kind, key, value string) {
	name, text := word(value)
	r := p.add(kind, key, name, text)
	if r == nil {
		return
	}
	switch {
	case text == "":
		p.problem(Error, fmt.Sprintf("%s %s: nothing to look for", key, name), "write: "+examples[kind])
		p.drop(r)
	case strings.HasPrefix(text, "eval:") || strings.HasPrefix(text, "rbleval:"):
		p.later(r, fmt.Sprintf("%s %s: eval function %s is not known", key, name, function(text)))
	case kind == Header:
		p.header(r)
	case kind == Meta:
		p.meta(r)
	default:
		r.source = text
	}
}

var examples = [...]string{Header: "header NAME Subject =~ /pattern/i", Body: "body NAME /pattern/i", RawBody: "rawbody NAME /pattern/i",
	Full: "full NAME /pattern/i", URI: "uri NAME /pattern/i", Meta: "meta NAME (A && B)"}

// function gives the name of an eval's function.
func function(text string) string {
	_, call, _ := strings.Cut(text, ":")
	name, _, _ := strings.Cut(call, "(")
	return strings.TrimSpace(name) + "()"
}

// defineOther takes a rule of a kind that is not run.
func (p *parser) defineOther(key, value, why string) {
	name, text := word(value)
	if r := p.add(Other, key, name, text); r != nil {
		p.later(r, fmt.Sprintf("%s %s: %s", key, name, why))
	}
}

// later marks a rule that is not run; it counts 0 where metas use it.
func (p *parser) later(r *Rule, why string) {
	_, r.NotRun, _ = strings.Cut(why, ": ")
	p.problem(NotRun, why, "the rule counts as not hit")
}

// add makes the rule, in place of an older one of its name. nil: the name is unusable.
func (p *parser) add(kind Kind, key, name, text string) *Rule {
	if !isRuleName(name) {
		p.problem(Error, fmt.Sprintf("%s: %q is no name for a rule", key, name), "letters, digits and _, at most 100, no digit first")
		return nil
	}
	old := p.rules[name]
	if old == nil && len(p.rules) >= MaxRules {
		p.problem(Error, fmt.Sprintf("more than %d rules: the rest is not read", MaxRules), "")
		p.full = true
		return nil
	}
	r := &Rule{Name: name, Kind: kind, File: p.at.Name, Line: p.line, Text: text}
	if old != nil && old.File == r.File {
		p.problem(Warning, fmt.Sprintf("%s is defined a second time: line %d no longer counts", name, old.Line), "take one of them out, or rename it")
	}
	p.rules[name] = r
	p.known[name] = true
	return r
}

// drop takes a rule back that could not be read.
func (p *parser) drop(r *Rule) { delete(p.rules, r.Name) }

func isRuleName(s string) bool {
	if s == "" || len(s) > 100 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// header takes: exists:Name, or Target =~ /pattern/ [if-unset: text], or with !~.
func (p *parser) header(r *Rule) {
	if name, ok := strings.CutPrefix(r.Text, "exists:"); ok {
		r.exists = true
		r.target = target{field: fieldName(strings.TrimSuffix(strings.TrimSpace(name), ":"))}
		if r.target.field == "" || strings.ContainsAny(r.target.field, " \t:") {
			p.problem(Error, fmt.Sprintf("header %s: exists: needs the name of one field", r.Name), "write: header NAME exists:X-Mailer")
			p.drop(r)
		}
		return
	}
	i := strings.Index(r.Text, "~")
	if i < 1 || r.Text[i-1] != '=' && r.Text[i-1] != '!' {
		p.problem(Error, fmt.Sprintf("header %s: =~ or !~ is missing", r.Name), "write: "+examples[Header])
		p.drop(r)
		return
	}
	name, rest := strings.TrimSpace(r.Text[:i-1]), strings.TrimSpace(r.Text[i+1:])
	r.negate = r.Text[i-1] == '!'
	var unset string
	if at := strings.LastIndex(rest, "[if-unset:"); at > 0 && strings.HasSuffix(rest, "]") {
		unset = strings.TrimSpace(rest[at+len("[if-unset:") : len(rest)-1])
		rest = strings.TrimSpace(rest[:at])
	}
	if rest == "" {
		p.problem(Error, fmt.Sprintf("header %s: nothing to look for behind %s", r.Name, r.Text[i-1:i+1]), "write: "+examples[Header])
		p.drop(r)
		return
	}
	r.source = rest
	var err error
	if r.target, err = parseTarget(name, unset); errors.Is(err, errLater) {
		p.later(r, fmt.Sprintf("header %s: %v", r.Name, err))
	} else if err != nil {
		p.problem(Error, fmt.Sprintf("header %s: %v", r.Name, err), "write: "+examples[Header])
		p.drop(r)
	}
}

func (p *parser) meta(r *Rule) {
	e, err := expr.Parse(r.Text)
	if err != nil {
		p.problem(Error, fmt.Sprintf("meta %s: %v", r.Name, err), "write: "+examples[Meta])
		p.drop(r)
		return
	}
	r.expr = e
}

// build compiles the rule's pattern; it is called for rules that something needs.
func (r *Rule) build() *Problem {
	if r.source == "" || r.NotRun != "" {
		return nil
	}
	var err error
	if r.pattern, err = pattern.Compile(r.source); err == nil {
		return nil
	}
	pb := &Problem{File: r.File, Line: r.Line, Text: fmt.Sprintf("%s %s: %v", r.Kind, r.Name, err)}
	if errors.Is(err, pattern.ErrBacktracking) {
		pb.Level, pb.Hint = NotRun, "the rule counts as not hit; write it without looking around or referring back"
		r.NotRun = err.Error()
		return pb
	}
	r.NotRun = "the pattern can't be read"
	pb.Hint = "patterns are Perl's, on bytes"
	return pb
}
