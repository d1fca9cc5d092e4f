package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"weir/scoring"
)

// setting is a line that says something about a symbol.
type setting struct {
	key      string // score, describe, action, shadow, tflags
	name     string
	value    float64
	relative bool // score (1.5): added to what it was
	text     string
	action   scoring.Action
	file     string
	line     int
	foreign  bool // in a file that SpamAssassin ships
}

func (p *parser) set(s setting) {
	s.file, s.line, s.foreign = p.at.Name, p.line, s.foreign || p.foreign
	p.settings = append(p.settings, s)
}

// score takes a name and 1 or 4 numbers. Of four, SpamAssassin uses one by whether network tests and Bayes are on;
// Weir has both, so the fourth counts.
func (p *parser) score(value string) {
	fields := strings.Fields(value)
	if len(fields) != 2 && len(fields) != 5 {
		p.problem(Error, "score: a name and one number are needed, or four", "write: score NAME 1.5")
		return
	}
	text := fields[len(fields)-1]
	number, relative := strings.CutPrefix(text, "(")
	if relative {
		number, relative = strings.CutSuffix(number, ")")
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 10_000 || strings.ContainsAny(number, "xXpP_") {
		p.problem(Error, fmt.Sprintf("score %s: %q is no score", fields[0], text), "write a number such as 1.5 or -0.3")
		return
	}
	// Only SpamAssassin's generated score files have four; some of their rules are no longer there.
	p.set(setting{key: "score", name: fields[0], value: v, relative: relative, foreign: len(fields) == 5})
}

func (p *parser) describe(value string) {
	name, text := word(value)
	if text == "" {
		p.problem(Warning, fmt.Sprintf("describe %s: no text", name), "say in a sentence what the rule finds")
		return
	}
	p.set(setting{key: "describe", name: name, text: text})
}

func (p *parser) action(value string) {
	name, text := word(value)
	var a scoring.Action
	if err := a.UnmarshalText([]byte(strings.TrimSpace(text))); err != nil || a == scoring.Tag || a == scoring.Greylist {
		p.problem(Error, fmt.Sprintf("action %s: %q is no action", name, text), "reject, quarantine, discard, defer or accept")
		return
	}
	p.set(setting{key: "action", name: name, action: a})
}

func (p *parser) shadow(value string) {
	name, rest := word(value)
	if name == "" || rest != "" {
		p.problem(Error, "shadow: one name is needed", "write: shadow NAME")
		return
	}
	p.set(setting{key: "shadow", name: name})
}

// tflags are added up over several lines, wherever they stand.
func (p *parser) tflags(value string) {
	name, text := word(value)
	for flag := range strings.FieldsSeq(text) {
		if number, ok := strings.CutPrefix(flag, "maxhits="); ok {
			if n, err := strconv.Atoi(number); err != nil || n < 1 {
				p.problem(Error, fmt.Sprintf("tflags %s: %q is no number of hits", name, flag), "write: maxhits=5")
				continue
			}
		}
		if !slices.Contains(p.flags[name], flag) {
			p.flags[name] = append(p.flags[name], flag)
		}
	}
	p.set(setting{key: "tflags", name: name})
}

// test takes: NAME ok|fail TEXT.
func (p *parser) test(value string) {
	name, rest := word(value)
	verdict, text := word(rest)
	r := p.rules[name]
	switch {
	case verdict != "ok" && verdict != "fail":
		p.problem(Error, fmt.Sprintf("test %s: ok or fail is missing", name), "write: test NAME ok a text that the rule must hit")
	case r == nil && !p.known[name]:
		p.problem(Error, fmt.Sprintf("test %s: no such rule before this line", name), "put samples behind the rule")
	case r != nil:
		r.samples = append(r.samples, Sample{Hit: verdict == "ok", Text: unescape(text), File: p.at.Name, Line: p.line})
	}
}

// unescape reads \n, \r, \t and \\ in a sample; any other backslash stands for itself.
func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(s)
}
