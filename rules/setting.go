package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/rules/source"
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
	until    time.Time // shadow: when it ends; zero: never
	aside    bool      // tflags: no filter learns by itself for this reason
	file     string
	line     int
	foreign  bool // in a file that SpamAssassin ships
}

func (p *parser) set(s setting) {
	if len(p.settings) == maxSettings {
		p.problem(Error, fmt.Sprintf("more than %d scores, descriptions and tflags: the rest is not read", maxSettings), "")
		p.full = true
		return
	}
	s.file, s.line, s.foreign = p.at.File, p.at.Number, s.foreign || p.at.Foreign
	p.settings = append(p.settings, s)
}

// score takes a name and 1 or 4 numbers. Of four, one counts by whether the network is asked and Bayes says something:
// neither, network, Bayes, both.
func (p *parser) score(value string) {
	fields := strings.Fields(value)
	if len(fields) != 2 && len(fields) != 5 {
		p.problem(Error, "score: a name and one number are needed, or four", "write: score NAME 1.5")
		return
	}
	set := setting{key: "score", name: fields[0], foreign: len(fields) == 5} // only SpamAssassin's generated files have four; some of their rules are gone
	for i, text := range fields[1:] {
		v, relative, ok := number(text)
		if !ok {
			p.problem(Error, fmt.Sprintf("score %s: %q is no score", fields[0], text), "write a number such as 1.5 or -0.3")
			return
		}
		if set.relative = set.relative || relative; len(fields) == 2 || i == p.options.scoreSet() {
			set.value = v
		}
	}
	p.set(set)
}

// number reads a score, in parentheses if it is added to what was.
func number(text string) (v float64, relative, ok bool) {
	digits, relative := strings.CutPrefix(text, "(")
	if relative {
		digits, relative = strings.CutSuffix(digits, ")")
	}
	v, err := strconv.ParseFloat(digits, 64)
	return v, relative, err == nil && !math.IsNaN(v) && math.Abs(v) <= 10_000 && !strings.ContainsAny(digits, "xXpP_")
}

// scoreSet tells which of four numbers of a score counts.
func (o *Options) scoreSet() int {
	n := 0
	if !o.Offline {
		n++
	}
	if !o.NoBayes {
		n += 2
	}
	return n
}

func (p *parser) describe(value string) {
	name, text := source.Word(value)
	if text == "" {
		p.problem(Warning, fmt.Sprintf("describe %s: no text", name), "say in a sentence what the rule finds")
		return
	}
	p.set(setting{key: "describe", name: name, text: text})
}

func (p *parser) action(value string) {
	name, text := source.Word(value)
	var a scoring.Action
	if err := a.UnmarshalText([]byte(strings.TrimSpace(text))); err != nil || a == scoring.Tag || a == scoring.Greylist {
		p.problem(Error, fmt.Sprintf("action %s: %q is no action", name, text), "reject, quarantine, discard, defer or accept")
		return
	}
	p.set(setting{key: "action", name: name, action: a})
}

// shadow takes: NAME, or NAME until DATE. From that day on (UTC) the rule scores.
func (p *parser) shadow(value string) {
	f := strings.Fields(value)
	if len(f) != 1 && (len(f) != 3 || f[1] != "until") {
		p.problem(Error, "shadow: one name is needed, and perhaps a day", "write: shadow NAME, or: shadow NAME until 2026-12-31")
		return
	}
	var day time.Time
	if len(f) == 3 {
		var err error
		if day, err = time.Parse(time.DateOnly, f[2]); err != nil {
			p.problem(Error, fmt.Sprintf("shadow %s: %q is no day", f[0], f[2]), "write: shadow NAME until 2026-12-31")
			return
		}
		if !p.now.Before(day) {
			p.problem(Warning, fmt.Sprintf("shadow %s: it scores since %s", f[0], f[2]), "take the line out")
		}
	}
	p.set(setting{key: "shadow", name: f[0], until: day})
}

// tflags says what is special about a rule. The last line of a rule counts, whole, as in SpamAssassin.
func (p *parser) tflags(value string) {
	name, text := source.Word(value)
	flags := strings.Fields(text)
	if len(flags) == 0 {
		p.problem(Error, fmt.Sprintf("tflags %s: no flag", name), "write: tflags NAME multiple maxhits=5")
		return
	}
	for _, flag := range flags {
		if number, ok := strings.CutPrefix(flag, "maxhits="); ok {
			if n, err := strconv.Atoi(number); err != nil || n < 1 {
				p.problem(Error, fmt.Sprintf("tflags %s: %q is no number of hits", name, flag), "write: maxhits=5")
				return
			}
		}
	}
	p.flags[name] = flags
	p.set(setting{key: "tflags", name: name, aside: slices.ContainsFunc(flags, isAside)})
}

// isAside tells whether a flag keeps a rule's points out of what filters learn by themselves: the rule says so, stands for
// what a user has set, or for what was learned.
func isAside(flag string) bool { return flag == "noautolearn" || flag == "userconf" || flag == "learn" }

// setPriority takes: NAME NUMBER. It says when SpamAssassin runs a rule; here a rule is run when something asks for it, so it changes nothing.
func (p *parser) setPriority(value string) {
	name, text := source.Word(value)
	n, err := strconv.Atoi(text)
	if err != nil || !isRuleName(name) {
		p.problem(Error, fmt.Sprintf("priority %s: %q is no whole number", name, text), "write: priority NAME 100")
		return
	}
	p.priority[name] = n
}

// reuse names a rule whose result SpamAssassin may take from an earlier scan. There the name counts as defined.
func (p *parser) reuse(value string) {
	name, _ := source.Word(value)
	if !isRuleName(name) {
		p.problem(Error, fmt.Sprintf("reuse: %q is no name of a rule", name), "write: reuse NAME")
		return
	}
	p.known[name] = true
}

// test takes: NAME ok|fail TEXT.
func (p *parser) test(value string) {
	name, rest := source.Word(value)
	verdict, text := source.Word(rest)
	r := p.rules[name]
	switch {
	case verdict != "ok" && verdict != "fail":
		p.problem(Error, fmt.Sprintf("test %s: ok or fail is missing", name), "write: test NAME ok a text that the rule must hit")
	case r == nil && !p.known[name]:
		p.problem(Error, fmt.Sprintf("test %s: no such rule before this line", name), "put samples behind the rule")
	case r != nil:
		r.samples = append(r.samples, Sample{Hit: verdict == "ok", Text: unescape(text), File: p.at.File, Line: p.at.Number})
	}
}

// unescape reads \n, \r, \t and \\ in a sample; any other backslash stands for itself.
func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(s)
}
