// Package ruleset is the filter that runs the rules files (package rules) over a message.
//
// It runs last, so that rules can build on what all other filters found: a meta may use any filter's symbol. It
// reports the rules' own symbols, which the rules files declare, and two of its own. A rule that could not be run to
// its end is told by RULESET_LIMIT: whether it would have hit is not known, and "not known" must never look like
// "not found".
package ruleset

import (
	"context"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/rules"
	"weir/rules/view"
	"weir/scoring"
)

// Limit is the symbol for rules that met their limit on a message.
const Limit = "RULESET_LIMIT"

// Spec describes the filter.
var Spec = filters.Spec{
	Name:  "ruleset",
	Text:  "Runs the rules files: header, body, link and meta rules.",
	Stage: filters.Summary,
	After: []string{"manual", "reputation", "known", "greylist", "ratelimit", "fuzzy", "bayes"},
	Symbols: append([]scoring.Symbol{
		{Name: Limit, Score: 0.5, Text: "Rules met their time limit on this message; whether they hit is not known."},
		{Name: rules.Partial, Text: "The message is longer than what rules look at."},
	}, rules.PolicySymbols...),
	New: newFilter,
}

// Config has no settings: rules files are named by `rules` and `stock_rules` at the top of weir.toml, since the score
// table is made of them even where this filter is off.
type Config struct{}

// DefaultConfig is the shipped configuration.
func DefaultConfig() Config { return Config{} }

type filter struct {
	rules    *rules.Set // nil: there are none
	clock    func() time.Time
	explain  bool
	resolver filters.Resolver // nil: there is no network
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	cfg := DefaultConfig()
	if err := decode(&cfg); err != nil {
		return nil, err
	}
	set, _ := env.Rules.(*rules.Set)
	f := &filter{rules: set, clock: clockOf(env), explain: env.Explain}
	if !env.Offline {
		f.resolver = env.Resolver
	}
	return f, nil
}

// Check implements filters.Filter. Without rules files there is nothing to say.
func (f *filter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	if f.rules == nil {
		return filters.Result{}, nil
	}
	senders := f.rules.Senders(m, proof(found))
	hits, failed, reasons, err := f.match(ctx, m, f.facts(found, senders))
	if err != nil {
		return filters.Result{}, err
	}
	more, cut, err := f.returned(ctx, m, hits)
	if err != nil {
		return filters.Result{}, err
	}
	hits, failed = append(append(hits, senders...), more...), append(failed, cut...)
	if len(failed) > 0 {
		hits = append(hits, scoring.Hit{Name: Limit, Count: len(failed), Detail: listed(failed)})
	}
	return filters.Result{Hits: hits, Reasons: reasons}, nil
}

// match runs the rules. Reasons are there only where somebody asked for them.
func (f *filter) match(ctx context.Context, m *message.Message, facts view.Facts) (hits []scoring.Hit, failed []string, reasons map[string]*scoring.Reason, err error) {
	if f.explain {
		return f.rules.Explain(ctx, m, facts, f.clock())
	}
	hits, failed, err = f.rules.Match(ctx, m, facts, f.clock())
	return hits, failed, nil, err
}

// clockOf is the clock that rules about dates go by.
func clockOf(env filters.Env) func() time.Time {
	if env.Clock == nil {
		return time.Now
	}
	return env.Clock
}

// facts is what rules may know beside the bytes of the mail.
func (f *filter) facts(found filters.Findings, senders []scoring.Hit) view.Facts {
	known := view.Facts{
		Symbol: with(found, senders),
		Auth:   func() []view.Auth { return authentication(found.Auth()) },
		Spam:   func() (float64, bool) { return probability(found.Opinion()) },
	}
	if f.resolver != nil {
		known.Resolver = f.resolver
	}
	return known
}

// probability is what the classifier says, where it says something.
func probability(o *filters.Opinion) (p float64, ok bool) {
	if o == nil || o.P == nil {
		return 0, false
	}
	return *o.P, true
}

// authentication tells rules what was authenticated. A pass that everybody would get is none.
func authentication(list []filters.Auth) []view.Auth {
	out := make([]view.Auth, 0, len(list))
	for i := range list {
		a := view.Auth{Method: list[i].Method, Value: string(list[i].Value), Domain: list[i].Domain}
		if list[i].Open {
			a.Value = string(filters.Neutral)
		}
		for _, p := range list[i].Props {
			if p.Type == "header" && p.Name == "i" {
				a.Signer = p.Value
			}
		}
		out = append(out, a)
	}
	return out
}

// with lets rules build on what the lists of senders say.
func with(found filters.Findings, senders []scoring.Hit) func(symbol string) int {
	if len(senders) == 0 {
		return found.Count
	}
	return func(symbol string) int {
		for i := range senders {
			if senders[i].Name == symbol {
				return 1
			}
		}
		return found.Count(symbol)
	}
}

// proof tells which domains are proved: nil where nothing was checked. Where DMARC says that the author is not who he
// seems, nobody is proved: a list must not welcome a mail that shows another's name. Where a check could not be made,
// what it might have proved is not known.
func proof(found filters.Findings) func(domain string) (yes, known bool) {
	checked, doubt, forged := false, found.Failed("spf") || found.Failed("dkim") || found.Failed("dmarc"), false
	for _, a := range found.Auth() {
		switch a.Method {
		case "spf", "dkim", "dmarc":
			checked = true
			doubt = doubt || a.Value == filters.TempError
			forged = forged || a.Method == "dmarc" && a.Value == filters.Fail
		}
	}
	if !checked && !doubt {
		return nil
	}
	return func(domain string) (yes, known bool) {
		if !forged && found.Proves(domain) {
			return true, true
		}
		return false, !doubt || forged
	}
}

// listed names at most 10 rules.
func listed(names []string) string {
	if len(names) > 10 {
		names = append(names[:10:10], "…")
	}
	return strings.Join(names, " ")
}
