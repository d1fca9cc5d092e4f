package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"weir/rules/problem"
	"weir/scoring"
)

// ErrUnknownSymbol is returned by Resolve for a name that neither a rule nor the score table has.
var ErrUnknownSymbol = errors.New("rules: unknown symbol")

// Uses lists the names in a meta rule's expression, in order; nil for other rules.
func (r *Rule) Uses() []string {
	if r.expr == nil {
		return nil
	}
	var names []string
	for _, n := range r.expr.Names() {
		names = append(names, n.String())
	}
	return names
}

// Replaced lists the definitions that this one replaced, in order.
func (r *Rule) Replaced() []Place { return r.older }

// UsedBy lists the metas that name a symbol, by name. A meta that sums it up with rules_matching() counts too.
func (s *Set) UsedBy(symbol string) []string {
	var users []string
	for _, r := range s.rules {
		if r.Name != symbol && r.uses(symbol, s.Rule(symbol) != nil) {
			users = append(users, r.Name)
		}
	}
	return users
}

func (r *Rule) uses(symbol string, isRule bool) bool {
	if r.expr == nil {
		return false
	}
	for _, n := range r.expr.Names() {
		if !n.Call && n.Word == symbol || isRule && n.Word == "rules_matching" && n.Call && globs(n.Arg, symbol) {
			return true
		}
	}
	return false
}

// Files lists the files that were read, in order.
func (s *Set) Files() []string { return s.plan.order }

// Resolve tells whether a rule or the table has a symbol. The error names the nearest one.
func (s *Set) Resolve(t *scoring.Table, name string) error {
	if s.Rule(name) != nil || t.Entry(name) != nil {
		return nil
	}
	all := func(yield func(string) bool) {
		for _, n := range t.Names() {
			if !yield(n) {
				return
			}
		}
		for n := range maps.Keys(s.index) {
			if !yield(n) {
				return
			}
		}
	}
	near := problem.Nearest(name, all)
	if near != "" {
		return fmt.Errorf("%w %s: did you mean %s?", ErrUnknownSymbol, name, near)
	}
	return fmt.Errorf("%w %s: `weir rules list` lists the rules", ErrUnknownSymbol, name)
}

// Place is where something stands.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // 0: a filter's own default
}

// String writes file:line.
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Entry is a rule with its score, for lists.
type Entry struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	Score  *float64 `json:"score,omitempty"` // nil: a sub-rule, or one that is not run
	Rule   Place    `json:"rule"`
	SetAt  *Place   `json:"set_at,omitempty"` // where its score was set; nil: nowhere, it is the default
	Text   string   `json:"text,omitempty"`
	Flags  []string `json:"flags,omitempty"`
	Action string   `json:"action,omitempty"`
	Shadow bool     `json:"shadow,omitempty"`
	Until  string   `json:"shadow_until,omitempty"` // the day from which it scores; "" none
	NotRun string   `json:"not_run,omitempty"`
}

// Entries lists all rules by name.
func (s *Set) Entries(t *scoring.Table) []Entry {
	out := make([]Entry, 0, len(s.rules))
	for _, r := range s.rules {
		e := Entry{Name: r.Name, Kind: r.Kind.String(), Rule: Place{r.File, r.Line}, Flags: r.Flags, NotRun: r.NotRun}
		if known := t.Entry(r.Name); known != nil && r.NotRun == "" {
			e.fill(known)
		}
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (e *Entry) fill(known *scoring.Entry) {
	score := known.Score
	e.Score, e.Text, e.Shadow = &score, known.Text, known.Shadow
	if !known.Until.IsZero() {
		e.Until = known.Until.Format(time.DateOnly)
	}
	if n := len(known.Origins); n > 1 {
		e.SetAt = &Place{known.Origins[n-1].File, known.Origins[n-1].Line}
	}
	if known.Force != nil {
		e.Action = known.Force.String()
	}
}
