package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/rules/eval"
	"weir/rules/eval/all"
	"weir/rules/plugin"
	"weir/rules/problem"
	"weir/rules/replace"
	"weir/rules/source"
	"weir/rules/view"
)

// Bounds on all files together.
const (
	MaxRules    = 100_000
	maxProblems = 20_000
	maxPatterns = 4 << 20 // bytes of all patterns, their tags written out; SpamAssassin's stock rules have 1.2 million
	maxMetas    = 4 << 20 // bytes of all metas; SpamAssassin's stock rules have 0.1 million
	maxSettings = 300_000 // scores, descriptions and their kin
)

// parser turns lines into rules and settings. It is the Visitor of the files.
type parser struct {
	options Options
	now     time.Time
	at      source.Line // at hand

	rules    map[string]*Rule
	flags    map[string][]string // tflags by rule
	priority map[string]int
	known    map[string]bool // names that are defined somewhere, if only where it is not run
	settings []setting
	senders  senders
	plugins  *plugin.Plugins
	rooms    []eval.Room
	view     *view.Settings
	tags     replace.Tags
	problems Problems
	order    []string // files
	metas    int      // bytes of metas so far
	full     bool     // a bound was met: nothing more is read
}

func newParser(o Options) *parser {
	p := &parser{options: o, now: o.Now, rules: map[string]*Rule{}, flags: map[string][]string{}, priority: map[string]int{},
		known: map[string]bool{}, rooms: all.Rooms(), view: view.NewSettings()}
	if p.now.IsZero() {
		p.now = time.Now()
	}
	p.plugins = plugin.New(p.rooms)
	return p
}

// file reads one file, and what it includes. The first .pre file says which plugins are on from there.
func (p *parser) file(f *File) {
	if strings.HasSuffix(f.Name, ".pre") {
		p.plugins.List()
	}
	p.order = append(p.order, f.Name)
	if !p.full {
		source.Walk(f, p)
	}
}

// Line implements source.Visitor.
func (p *parser) Line(l source.Line) bool {
	p.see(l)
	p.run(l.Key, l.Value)
	return !p.full
}

// Skipped implements source.Visitor: it remembers the names that a line which is not read defines, so that their
// scores are no typos.
func (p *parser) Skipped(l source.Line) {
	p.see(l)
	if _, isRule := ruleKinds[l.Key]; isRule || laterRules[l.Key] {
		name, _ := source.Word(l.Value)
		p.known[name] = true
	}
}

// see notes where the line at hand is; a file that is included is one of those that were read.
func (p *parser) see(l source.Line) {
	if p.at = l; len(p.order) == 0 || p.order[len(p.order)-1] != l.File && !slices.Contains(p.order, l.File) {
		p.order = append(p.order, l.File)
	}
}

// Problem implements source.Visitor.
func (p *parser) Problem(pb problem.Problem) {
	if len(p.problems) > maxProblems {
		return
	}
	if p.problems = append(p.problems, pb); len(p.problems) == maxProblems {
		p.full = true
		p.problems = append(p.problems, Problem{File: pb.File, Line: pb.Line, Text: fmt.Sprintf("more than %d lines have something wrong with them: the rest is not read", maxProblems), Hint: "is it a rules file?"})
	}
}

// Plugin implements source.World.
func (p *parser) Plugin(name string) bool { return p.plugins.On(name) }

// Can implements source.World.
func (p *parser) Can(feature string) bool { return p.plugins.Can(feature) }

// Has implements source.World: what a module has, it can.
func (p *parser) Has(feature string) bool { return p.plugins.Can(feature) }

// LocalOnly implements source.World.
func (p *parser) LocalOnly() bool { return p.options.Offline }

// problem adds a Problem for the current line.
func (p *parser) problem(level Level, text, hint string) {
	p.Problem(Problem{File: p.at.File, Line: p.at.Number, Level: level, Text: text, Hint: hint})
}

// finish makes the Set that is compiled next.
func (p *parser) finish() *Set {
	list := slices.SortedFunc(maps.Values(p.rules), func(a, b *Rule) int { return strings.Compare(a.Name, b.Name) })
	for _, r := range list { // in one order, since rooms ask and look in the order in which they are bound
		r.Flags, r.Priority = p.flags[r.Name], p.priority[r.Name]
		if r.call.Name != "" {
			p.bind(r)
		}
	}
	p.replace()
	p.senders.settle()
	s := &Set{rules: list, index: make(map[string]int, len(list)), settings: p.settings, senders: p.senders, known: p.known, view: p.view, askers: askers(p.rooms), editors: editors(p.rooms)}
	for i, r := range list {
		s.index[r.Name] = i
	}
	s.problems, s.plan.order = p.problems, p.order
	s.weighPatterns()
	return s
}

// replace writes the tags out in the rules that ask for it.
func (p *parser) replace() {
	size := 0
	for name, at := range p.tags.Rules() {
		r := p.rules[name]
		if r == nil || r.source == "" {
			if !p.known[name] {
				p.problems = append(p.problems, Problem{File: at.File, Line: at.Line, Level: Warning, Text: fmt.Sprintf("replace_rules %s: no such rule with a pattern", name), Hint: "is it a typing error?"})
			}
			continue
		}
		text, err := p.tags.Apply(r.source)
		if size += len(text); size > maxPatterns { // weighPatterns tells
			r.source = text
			return
		}
		if err != nil {
			p.problems = append(p.problems, Problem{File: r.File, Line: r.Line, Text: fmt.Sprintf("%s %s: %v", r.Kind, name, err), Hint: "use fewer tags, or split the rule"})
		}
		r.source = text
	}
}

// weighPatterns refuses all patterns where they are more than a set may have: reading them would take too long.
func (s *Set) weighPatterns() {
	size := 0
	for _, r := range s.rules {
		if size += len(r.source); size > maxPatterns {
			s.problems = append(s.problems, Problem{File: r.File, Line: r.Line, Text: fmt.Sprintf("%s %s: the patterns of all rules have more than %d MB together", r.Kind, r.Name, maxPatterns>>20), Hint: "use fewer rules or tags, or shorter ones"})
			break
		}
	}
	for _, r := range s.rules {
		if size > maxPatterns && r.source != "" && r.NotRun == "" {
			r.NotRun = "the patterns of all rules are too long together"
		}
	}
}
