package rules

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/eval"
	"weir/rules/expr"
	"weir/rules/pattern"
	"weir/rules/source"
	"weir/rules/view/field"
)

// define takes a line that defines a rule.
func (p *parser) define(kind Kind, key, value string) {
	name, text := source.Word(value)
	r := p.add(kind, key, name, text)
	if r == nil {
		return
	}
	switch {
	case text == "":
		p.problem(Error, fmt.Sprintf("%s %s: nothing to look for", key, name), "write: "+examples[kind])
		p.drop(r)
	case calls[kind] && (strings.HasPrefix(text, "eval:") || kind == Header && strings.HasPrefix(text, "rbleval:")):
		p.call(r)
	case kind == Header || kind == MIMEHeader:
		p.header(r)
	case kind == Meta:
		p.meta(r)
	case kind == URIDetail || kind == AskDNS: // a room's: what its line says is the only argument
		r.call = eval.Call{Rule: name, Kind: key, Name: key, Args: []string{text}}
		p.setting(key, value)
	default:
		r.source = text
	}
}

var examples = [...]string{Header: "header NAME Subject =~ /pattern/i", Body: "body NAME /pattern/i", RawBody: "rawbody NAME /pattern/i",
	Full: "full NAME /pattern/i", URI: "uri NAME /pattern/i", Meta: "meta NAME (A && B)", MIMEHeader: "mimeheader NAME Content-Type =~ /pattern/i",
	URIDetail: "uri_detail NAME text =~ /pattern/i domain !~ /pattern/i", AskDNS: "askdns NAME _AUTHORDOMAIN_.list.example A /pattern/"}

// defineOther takes a rule of a kind that is not run.
func (p *parser) defineOther(key, value, why string) {
	name, text := source.Word(value)
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
	r := &Rule{Name: name, Kind: kind, File: p.at.File, Line: p.at.Number, Text: text, foreign: p.at.Foreign}
	if old != nil && old.File == r.File {
		p.problem(Warning, fmt.Sprintf("%s is defined a second time: line %d no longer counts", name, old.Line), "take one of them out, or rename it")
	}
	if old != nil {
		r.older = append(old.older, Place{old.File, old.Line})
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
	if name, ok := strings.CutPrefix(r.Text, "exists:"); ok && r.Kind == Header {
		r.exists = true
		var err error
		if r.target, err = field.Parse(strings.TrimSuffix(strings.TrimSpace(name), ":")); err != nil {
			p.problem(Error, fmt.Sprintf("header %s: exists: needs the name of one field", r.Name), "write: header NAME exists:X-Mailer")
			p.drop(r)
		}
		return
	}
	i := strings.Index(r.Text, "~")
	if i < 1 || r.Text[i-1] != '=' && r.Text[i-1] != '!' {
		p.problem(Error, fmt.Sprintf("%s %s: =~ or !~ is missing", r.Kind, r.Name), "write: "+examples[r.Kind])
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
		p.problem(Error, fmt.Sprintf("%s %s: nothing to look for behind %s", r.Kind, r.Name, r.Text[i-1:i+1]), "write: "+examples[r.Kind])
		p.drop(r)
		return
	}
	r.source = rest
	if r.Kind == MIMEHeader {
		p.mimeHeader(r, name, unset)
		return
	}
	var err error
	r.unset = unset
	if r.target, err = field.Parse(name); err != nil {
		p.problem(Error, fmt.Sprintf("header %s: %v", r.Name, err), "write: "+examples[Header])
		p.drop(r)
	}
}

func (p *parser) meta(r *Rule) {
	if p.metas += len(r.Text); p.metas > maxMetas {
		p.problem(Error, fmt.Sprintf("meta %s: the metas of all rules have more than %d MB together: the rest is not read", r.Name, maxMetas>>20), "name rules alike, and add them up by rules_matching(__A_*)")
		p.drop(r)
		p.full = true
		return
	}
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
	r.wants = templateNames(r.source)
	if r.pattern, err = pattern.Compile(fill(r.source, anyPiece)); err == nil {
		return nil
	}
	pb := &Problem{File: r.File, Line: r.Line, Text: fmt.Sprintf("%s %s: %v", r.Kind, r.Name, err)}
	if errors.Is(err, pattern.ErrBacktracking) {
		pb.Level, pb.Hint = NotRun, "the rule counts as not hit; write it without recursion, conditions, verbs, \\G and \\K"
		r.NotRun = err.Error()
		return pb
	}
	r.NotRun = "the pattern can't be read"
	pb.Hint = "patterns are Perl's, on bytes"
	return pb
}
