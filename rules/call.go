package rules

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/eval"
)

// calls are the kinds of rules that may call a function: body NAME eval:function(arguments).
var calls = [...]bool{Header: true, Body: true, RawBody: true, Full: true, AskDNS: false}

// call reads eval:function(arguments).
func (p *parser) call(r *Rule) {
	_, text, _ := strings.Cut(r.Text, ":")
	open := strings.IndexByte(text, '(')
	name := strings.TrimSpace(text[:max(open, 0)])
	list, closed := strings.CutSuffix(strings.TrimSpace(text[open+1:]), ")")
	args, ok := arguments(list)
	if open < 1 || !closed || !ok || !isRuleName(name) {
		p.problem(Error, fmt.Sprintf("%s %s: %q is no call", r.Kind, r.Name, r.Text), "write: eval:function('text', 12), texts in quotes")
		p.drop(r)
		return
	}
	r.call = eval.Call{Rule: r.Name, Kind: r.Kind.String(), Name: name, Args: args}
	r.listed = p.plugins.Listed()
}

// arguments reads what stands between the parentheses of a call: texts in quotes, and plain words such as numbers,
// addresses and domains, with commas between them.
func arguments(list string) (args []string, ok bool) {
	for list = strings.TrimSpace(list); list != ""; {
		n, skip := strings.IndexByte(list, ','), 0
		if quote := list[0]; quote == '\'' || quote == '"' {
			if n = strings.IndexByte(list[1:], quote); n < 0 {
				return nil, false
			}
			args, skip = append(args, list[1:1+n]), n+2
		} else {
			if n < 0 {
				n = len(list)
			}
			arg := strings.TrimSpace(list[:n])
			if arg == "" || strings.Trim(arg, ".:-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
				return nil, false
			}
			args, skip = append(args, arg), n
		}
		rest := strings.TrimSpace(list[skip:])
		next, comma := strings.CutPrefix(rest, ",")
		if rest != "" && !comma {
			return nil, false
		}
		list = strings.TrimSpace(next)
	}
	return args, true
}

// bind finds the function that a rule calls. A rule whose function is not there is not run, and counts as not hit.
func (p *parser) bind(r *Rule) {
	if why := p.apart(r); why != "" {
		r.NotRun = why
		return
	}
	r.call.Flags = r.Flags
	for _, room := range p.rooms {
		check, err := room.Bind(r.call)
		var off *eval.Off
		switch {
		case errors.Is(err, eval.ErrUnknown):
			continue
		case r.listed && !p.plugins.AnyOn(room.Plugins()):
			p.notRun(r, NotRun, fmt.Sprintf("its plugin is off: no .pre file loads %s", strings.Join(room.Plugins(), " or ")), "load it, or leave the .pre files out: then all are on")
		case errors.As(err, &off):
			p.notRun(r, NotRun, off.Why, "the rule counts as not hit")
		case err != nil:
			p.notRun(r, Error, err.Error(), "see the arguments in `docs/rules.md`")
		default:
			r.check = check
			_, r.asks = room.(eval.Asker)
		}
		return
	}
	if r.Kind == URIDetail || r.Kind == AskDNS {
		p.notRun(r, NotRun, "this kind of rule is not known", "the rule counts as not hit")
		return
	}
	p.notRun(r, NotRun, fmt.Sprintf("eval function %s() is not known", r.call.Name), "the rule counts as not hit")
}

// apart tells why a rule's function is not asked here at all; "" it is.
func (p *parser) apart(r *Rule) string {
	network := r.Has("net") || r.Kind == AskDNS || strings.HasPrefix(r.call.Name, "check_rbl") || strings.HasPrefix(r.call.Name, "check_dns")
	switch {
	case p.options.Offline && network:
		return "it asks the network, and there is none"
	case p.options.NoBayes && r.Has("learn"):
		return "it asks the classifier, and there is none"
	}
	return ""
}

// notRun marks a rule that is not run, and says why.
func (p *parser) notRun(r *Rule, level Level, why, hint string) {
	r.NotRun = why
	p.problems = append(p.problems, Problem{File: r.File, Line: r.Line, Level: level, Text: fmt.Sprintf("%s %s: %s", r.Kind, r.Name, why), Hint: hint})
}
