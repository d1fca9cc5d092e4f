package rules

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"weir/message"
	"weir/rules/pattern"
	"weir/rules/view"
)

// Sample is a text beside a rule that it must hit, or must not: test NAME ok|fail TEXT.
//
// The text is what the rule looks at: a header's value, a paragraph, a link, the message. For a meta, a call of a function,
// mimeheader and uri_detail it is a small mail: header fields, an empty line (\n\n) and the body, or the body alone;
// [NAME NAME=2] in front says which symbols of filters were found. The clock stands at sampleClock then.
type Sample struct {
	Hit  bool   // test NAME ok
	Text string // with \n and its kin read
	File string
	Line int
}

// sampleClock is the time of day at which samples are looked at, so that they never grow old.
var sampleClock = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// Samples lists the rule's samples.
func (r *Rule) Samples() []Sample { return r.samples }

// CheckSamples runs the samples of all rules and lists those that fail, and the number that was run. Samples of rules
// that are not run are not counted.
func (s *Set) CheckSamples() (failed Problems, ran int) {
	for i, r := range s.rules {
		for _, sample := range r.samples {
			if r.NotRun != "" {
				continue
			}
			ran++
			if s.sample(i, sample) != sample.Hit {
				failed = append(failed, sampleProblem(r, sample))
			}
		}
	}
	failed.Sort(s.plan.order)
	return failed, ran
}

func sampleProblem(r *Rule, s Sample) Problem {
	text := s.Text
	if len(text) > 80 {
		text = text[:80] + "…"
	}
	p := Problem{File: s.File, Line: s.Line, Text: fmt.Sprintf("test %s: the rule does not hit %q", r.Name, text), Hint: "mend the rule or the sample"}
	if !s.Hit {
		p.Text = fmt.Sprintf("test %s: the rule hits %q", r.Name, text)
	}
	return p
}

// sample tells whether a rule hits a sample.
func (s *Set) sample(i int, sample Sample) bool {
	r := s.rules[i]
	switch {
	case r.Kind == Meta || r.check != nil || r.mime != nil || len(r.wants) > 0 || r.exists && beginsWithField(sample.Text):
		return s.sampleMail(r, sample.Text)
	case r.exists:
		return sample.Text != ""
	}
	text := []byte(sample.Text)
	if r.Kind == Header && !r.target.Part() || r.Kind == Body {
		text = append(text, '\n')
	}
	return matches(r.pattern, text) != r.negate
}

func matches(p *pattern.Pattern, text []byte) bool {
	var c collector
	pattern.NewGroup([]*pattern.Pattern{p}).Match(text, &pattern.Scratch{}, &c)
	return c.found > 0
}

// sampleMail runs all rules over a small mail and tells whether one of them hits.
func (s *Set) sampleMail(r *Rule, text string) bool {
	symbols, text := sampleSymbols(text)
	m := message.New(message.Envelope{}, message.Options{})
	if !beginsWithField(text) {
		text = "\n" + text
	}
	m.Load([]byte(text + "\n"))
	facts := view.Facts{Symbol: func(name string) int { return symbols[name] }}
	run := s.begin(context.Background(), view.New(m, s.view, facts, sampleClock))
	defer run.end()
	run.whole = true
	if run.run() != nil {
		return false
	}
	return run.counts[s.index[r.Name]] > 0
}

// sampleSymbols takes "[NAME NAME=2] " off a sample.
func sampleSymbols(text string) (map[string]int, string) {
	list, rest, ok := strings.Cut(text, "]")
	if !ok || !strings.HasPrefix(text, "[") {
		return nil, text
	}
	symbols := map[string]int{}
	for f := range strings.FieldsSeq(list[1:]) {
		name, number, counted := strings.Cut(f, "=")
		n, err := strconv.Atoi(number)
		if !isRuleName(name) || counted && err != nil {
			return nil, text
		}
		if symbols[name] = n; !counted {
			symbols[name] = 1
		}
	}
	return symbols, strings.TrimLeft(rest, " ")
}

// beginsWithField tells whether a text begins as a header does: a name, a colon and a blank.
func beginsWithField(text string) bool {
	name, _, ok := strings.Cut(text, ": ")
	return ok && name != "" && !strings.ContainsAny(name, " \t\n") && len(name) < 40 && name[0] >= 'A' && name[0] <= 'Z'
}
