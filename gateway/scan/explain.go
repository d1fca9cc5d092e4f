package scan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/gateway/log"
	"weir/scoring"
)

// reasons writes why the symbols of one report were found, below each.
type reasons struct {
	*printer
	known map[string]*scoring.Reason // nil: nobody asked
	told  map[string]bool
}

// symbol writes the reason of a symbol that was reported.
func (p *reasons) symbol(name string) {
	r := p.known[name]
	if r == nil {
		return
	}
	p.told[name] = true
	if r.Kind == "filter" {
		p.line(0, fmt.Sprintf("reported by %s", r.File))
	} else {
		p.rule(0, "", r)
	}
	if r.Without != nil {
		p.line(0, fmt.Sprintf("without it: %s, %s", number(r.Without.Score), r.Without.Action))
	}
}

// deepest is how many metas within metas are followed.
const deepest = 5

// rule writes a rule and what it hit by. label stands before it.
func (p *reasons) rule(depth int, label string, r *scoring.Reason) {
	p.line(depth, fmt.Sprintf("%s%s %s  (%s:%d)", label, r.Kind, log.Printable(shortened(cmp.Or(r.Values, r.Rule))), log.Printable(r.File), r.Line))
	for _, m := range r.Matched {
		p.match(depth+1, m)
	}
	if depth >= deepest {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r.Uses)) {
		p.used(depth+1, name, r.Uses[name])
	}
}

// used writes a rule that a meta builds on, if it was found and was not told yet.
func (p *reasons) used(depth int, name string, count float64) {
	r := p.known[name]
	switch {
	case count == 0 || r == nil || r.Kind == "filter":
	case p.told[name]:
		p.line(depth, log.Printable(name)+": as above")
	default:
		p.told[name] = true
		p.rule(depth, log.Printable(name)+": ", r)
	}
}

// match writes a place in the mail.
func (p *reasons) match(depth int, m scoring.Match) {
	switch where := log.Printable(m.Where); {
	case m.Not && m.Before == "":
		p.line(depth, where+" is not there")
	case m.Not:
		p.line(depth, fmt.Sprintf("not in %s: %s", where, p.paint(faint, log.Printable(m.Before))))
	case m.Text == "" && m.At == 0 && m.After == "":
		p.line(depth, fmt.Sprintf("%s: %s", where, p.paint(faint, log.Printable(m.Before))))
	default:
		p.line(depth, fmt.Sprintf("%s, byte %d: %s«%s»%s", where, m.At, p.paint(faint, log.Printable(m.Before)),
			p.paint(bold, log.Printable(m.Text)), p.paint(faint, log.Printable(m.After))))
	}
}

func (p *reasons) line(depth int, text string) {
	fmt.Fprintf(p.out, "%s%s\n", strings.Repeat(" ", 13+2*depth), text)
}
