package rules

import (
	"fmt"
	"slices"
	"strings"

	"weir/rules/problem"
	"weir/rules/replace"
)

// ruleKinds are the directives that define a rule.
var ruleKinds = map[string]Kind{"header": Header, "body": Body, "rawbody": RawBody, "full": Full, "uri": URI, "meta": Meta,
	"mimeheader": MIMEHeader, "uri_detail": URIDetail, "askdns": AskDNS}

// laterRules are directives that define rules of kinds that are not run.
var laterRules = words(`uri_block_cc uri_block_cont uri_block_isp uri_block_asn uri_block_cidr selector_body`)

// directives are the language's own, beside those that define rules.
var directives = map[string]func(p *parser, value string){
	"score": (*parser).score, "describe": (*parser).describe, "tflags": (*parser).tflags, "test": (*parser).test,
	"priority": (*parser).setPriority, "reuse": (*parser).reuse,
	"action": (*parser).action, "shadow": (*parser).shadow,
	"loadplugin": (*parser).loadPlugin, "tryplugin": (*parser).loadPlugin, "enable_compat": (*parser).compat,
	"manual": func(*parser, string) {}, // an entry of filters/manual, which reads the file itself
}

// run does what a line says.
func (p *parser) run(key, value string) {
	if kind, ok := ruleKinds[key]; ok {
		p.define(kind, key, value)
		return
	}
	if laterRules[key] {
		p.defineOther(key, value, key+" rules are not run: Weir looks up no countries and networks of links")
		return
	}
	if do, ok := directives[key]; ok {
		do(p, value)
		return
	}
	if p.setting(key, value) {
		return
	}
	p.refuse(key)
}

// setting offers a line to everything that keeps settings. It tells whether anything knows it.
func (p *parser) setting(key, value string) bool {
	known, err := p.tags.Set(key, value, replace.Place{File: p.at.File, Line: p.at.Number})
	offer := func(set func(key, value string) (bool, error)) {
		yes, problem := set(key, value)
		if known = known || yes; problem != nil && err == nil {
			err = problem
		}
	}
	offer(p.view.Set)
	for _, room := range p.rooms {
		offer(room.Set)
	}
	if kind, ok := senderLists[key]; ok {
		p.list(key, kind, value, false)
		known = true
	}
	if kind, ok := unlisted[key]; ok {
		p.list(key, kind, value, true)
		known = true
	}
	if err != nil {
		text := err.Error()
		if !strings.HasPrefix(text, key) {
			text = key + ": " + text
		}
		p.problem(Error, text, "`docs/rules.md` has the settings")
		known = true
	}
	return known
}

// roomDirectives are those of Weir's own rooms that admins write by hand.
var roomDirectives = []string{"brand", "brand_common", "brand_words", "vocabulary"}

// ownDirectives are those that a mistyped one may have meant.
func ownDirectives(yield func(string) bool) {
	for name := range ruleKinds {
		if !yield(name) {
			return
		}
	}
	for name := range directives {
		if name != "manual" && !yield(name) {
			return
		}
	}
	for _, name := range roomDirectives {
		if !yield(name) {
			return
		}
	}
	for name := range senderLists {
		if !yield(name) {
			return
		}
	}
	for _, name := range []string{"include", "require_version", "ifplugin"} {
		if !yield(name) {
			return
		}
	}
}

// refuse lists a line that is not run, with the reason.
func (p *parser) refuse(key string) {
	for _, group := range notRun {
		if group.keys[key] || slices.ContainsFunc(group.prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) }) {
			p.problem(NotRun, key+": "+group.why, group.hint)
			return
		}
	}
	if near := problem.Nearest(key, ownDirectives); near != "" {
		p.problem(Error, fmt.Sprintf("unknown directive %s", key), fmt.Sprintf("did you mean %s?", near))
		return
	}
	p.problem(NotRun, fmt.Sprintf("unknown directive %s", key), "if it belongs to a plugin of SpamAssassin, Weir does not have it")
}

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// loadPlugin switches a plugin on that Weir has. Nothing is ever loaded, from no file.
func (p *parser) loadPlugin(value string) {
	fields := strings.Fields(value)
	switch {
	case len(fields) == 0:
		p.problem(Error, "loadplugin: no plugin is named", "write: loadplugin Mail::SpamAssassin::Plugin::FreeMail")
	case !p.plugins.Load(fields[0]):
		p.problem(NotRun, "loadplugin: Weir loads no code, and has no "+fields[0]+" of its own", "rules that need it are listed where they stand")
	case len(fields) > 1:
		p.problem(NotRun, "loadplugin: Weir loads no code: it has "+fields[0]+", and does not read "+fields[1], "")
	}
}

// compat sets a flag that if lines ask for.
func (p *parser) compat(value string) {
	if value == "" || strings.Trim(value, "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		p.problem(Error, "enable_compat: a name of letters, digits and _ is needed", "write: enable_compat welcomelist_blocklist")
		return
	}
	p.plugins.Compat(value)
}
