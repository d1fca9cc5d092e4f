package rules

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Bounds on what is parsed.
const (
	MaxRules = 100_000 // rules of all files
	MaxLine  = 128 << 10
)

// parser turns lines into rules and settings.
type parser struct {
	at      *File
	line    int
	conds   []condition
	depth   int // files that include each other
	offline bool

	ended   bool // the rest of the file is not read
	foreign bool // the file at hand is one that SpamAssassin ships

	rules    map[string]*Rule
	flags    map[string][]string // tflags by rule
	known    map[string]bool     // names that are defined somewhere, if only where it is not run
	settings []setting
	senders  senders
	problems Problems
	order    []string // files
	full     bool     // a bound was met: nothing more is read
}

func newParser(offline bool) *parser {
	return &parser{offline: offline, rules: map[string]*Rule{}, flags: map[string][]string{}, known: map[string]bool{}}
}

// file reads one file, and what it includes.
func (p *parser) file(f *File) {
	at, line, conds, foreign, ended := p.at, p.line, p.conds, p.foreign, p.ended
	p.at, p.line, p.conds, p.foreign, p.ended = f, 0, nil, false, false
	p.order = append(p.order, f.Name)
	for data := f.Data; len(data) > 0 && !p.full; {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		p.line++
		if len(line) > MaxLine {
			p.problem(Error, fmt.Sprintf("the line has %d bytes, the limit is %d", len(line), MaxLine), "split the rule")
			continue
		}
		p.directive(clean(string(line)))
	}
	for _, c := range p.conds {
		p.problems = append(p.problems, Problem{File: f.Name, Line: c.line, Level: Error, Text: "this if has no endif", Hint: "close it in the same file"})
	}
	p.at, p.line, p.conds, p.foreign, p.ended = at, line, conds, foreign, ended
}

// clean takes the comment off a line: all from a # on that has no backslash before it.
func clean(line string) string {
	if i := strings.IndexByte(line, '#'); i >= 0 {
		for i < len(line) && i > 0 && line[i-1] == '\\' {
			next := strings.IndexByte(line[i+1:], '#')
			if next < 0 {
				i = len(line)
				break
			}
			i += next + 1
		}
		line = strings.ReplaceAll(line[:i], `\#`, "#")
	}
	return strings.Trim(line, " \t\r\f\v\x00\ufeff")
}

// directive runs one line.
func (p *parser) directive(line string) {
	if line == "" {
		return
	}
	key, value := word(line)
	if key == "lang" { // texts in other languages
		language, rest := word(value)
		if language != "en" {
			return
		}
		key, value = word(rest)
	}
	key = strings.ReplaceAll(strings.ToLower(key), "-", "_")
	if p.conditional(key, value) {
		return
	}
	if p.skipping() {
		p.note(key, value)
		return
	}
	p.run(key, value)
}

// note remembers the names that a line which is not read defines, so that their scores are no typos.
func (p *parser) note(key, value string) {
	if _, isRule := ruleKinds[key]; isRule || laterRules[key] {
		name, _ := word(value)
		p.known[name] = true
	}
}

// word cuts the first word off.
func word(s string) (first, rest string) {
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t")
}

// problem adds a Problem for the current line.
func (p *parser) problem(level Level, text, hint string) {
	p.problems = append(p.problems, Problem{File: p.at.Name, Line: p.line, Level: level, Text: text, Hint: hint})
}

// finish makes the Set that is compiled next.
func (p *parser) finish() *Set {
	s := &Set{index: make(map[string]int, len(p.rules)), settings: p.settings, senders: p.senders, known: p.known, problems: p.problems}
	for _, r := range p.rules {
		r.Flags = p.flags[r.Name]
		s.rules = append(s.rules, r)
	}
	slices.SortFunc(s.rules, func(a, b *Rule) int { return strings.Compare(a.Name, b.Name) })
	for i, r := range s.rules {
		s.index[r.Name] = i
	}
	s.plan.order = p.order
	return s
}
