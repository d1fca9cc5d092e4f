package scoring

import (
	"fmt"
	"math"
)

// Thresholds are the scores from which an action is taken; 0 switches one off.
type Thresholds struct {
	Greylist   float64 `toml:"greylist" json:"greylist,omitempty"`
	Tag        float64 `toml:"tag" json:"tag,omitempty"`
	Quarantine float64 `toml:"quarantine" json:"quarantine,omitempty"`
	Discard    float64 `toml:"discard" json:"discard,omitempty"`
	Reject     float64 `toml:"reject" json:"reject,omitempty"`
}

// Policy is what a group of recipients wants.
type Policy struct {
	Name       string
	Thresholds Thresholds
	Observe    bool        // decide, but deliver all the same: the decision's Would says what would have happened
	Infected   Action      // of mail with a symbol of malware (Symbol.Infected); Accept: as the symbol, or an `action` of the rules files, says
	Parts      PartsAction // of parts that a filter objects to, in mail that is delivered
	Gentle     bool        // postmaster and abuse (RFC 5321 section 4.5.1): tagged at worst by score
}

// Decision is what becomes of a message for the recipients of one policy.
type Decision struct {
	Policy   string      `json:"policy"`
	Action   Action      `json:"action"`
	Would    *Action     `json:"would,omitempty"` // in observe mode, where it differs: what would have happened
	Score    float64     `json:"score"`
	Required float64     `json:"required"`        // the tag threshold
	Why      string      `json:"why"`             // for a person: which threshold, symbol or failure decided
	Parts    PartsAction `json:"parts,omitempty"` // what becomes of parts that a filter objects to; "": they stay, or there are none
	Retry    int         `json:"retry,omitempty"` // seconds after which to come back, for Greylist and Defer; 0: not known
}

// Evidence is what a decision rests on.
type Evidence struct {
	Symbols []Scored
	// DeferFor names a filter that failed and whose failure defers the mail; "" none.
	DeferFor string
	// Parts tells whether there are parts that a filter objects to.
	Parts Parts
}

// PartsAction is what a policy wants done with parts that a filter objects to.
type PartsAction string

// What can be done with them. The original is kept in the quarantine.
const (
	KeepParts    PartsAction = ""        // nothing: the mail is judged as a whole
	ReplaceParts PartsAction = "replace" // a notice stands in their place
	StripParts   PartsAction = "strip"   // they are taken out
)

// Parts are the parts of a message that filters object to.
type Parts int

// What there can be.
const (
	NoParts    Parts = iota // none
	BadParts                // some, which can be taken out
	StuckParts              // some, which can't be taken out for sure
)

// Decide gives the decision of one policy. In order: a symbol that decides by itself (the most severe of several,
// "accept" only over scores), then a failure that defers unless the mail is refused anyway, then the score.
func Decide(ev Evidence, t *Table, p *Policy) Decision {
	d := Decision{Policy: p.Name, Score: Sum(ev.Symbols), Required: p.Thresholds.Tag}
	grey, retry := greyed(ev.Symbols, t)
	d.Action, d.Why = p.Thresholds.byScore(d.Score, grey)
	if p.Gentle && !d.Action.Delivers() {
		d.Action, d.Why = Tag, d.Why+"; softened for postmaster and abuse"
	}
	if a, name, ok := p.forced(ev.Symbols, t); ok {
		d.Action, d.Why = a, fmt.Sprintf("symbol %s decides: %s", name, a)
	}
	if ev.DeferFor != "" && d.Action != Reject && d.Action != Discard {
		d.Action, d.Why = Defer, fmt.Sprintf("filter %s could not tell, and its on_failure is defer", ev.DeferFor)
	}
	if d.Action == Greylist || d.Action == Defer {
		d.Retry = retry
	}
	p.handle(ev.Parts, &d)
	return p.observed(d)
}

// handle says what becomes of bad parts in mail that is delivered. Where they can't be taken out, the mail is kept for a
// person to look at.
func (p *Policy) handle(parts Parts, d *Decision) {
	switch {
	case parts == NoParts || p.Parts == KeepParts || p.Observe || !d.Action.Delivers():
	case parts == StuckParts:
		d.Action, d.Why = Quarantine, d.Why+"; but it has a part that must go, and can't be taken out for sure"
	default:
		d.Parts = p.Parts
	}
}

// greyed tells whether a symbol lets the greylist threshold count, and how long the sender is to stay away.
func greyed(symbols []Scored, t *Table) (grey bool, retry int) {
	for i := range symbols {
		retry = max(retry, symbols[i].Retry)
		if e := t.Entry(symbols[i].Name); e != nil && e.Grey && !t.Shadowed(e) {
			grey = true
		}
	}
	return grey, retry
}

// observed lets everything through in observe mode and keeps what would have been.
func (p *Policy) observed(d Decision) Decision {
	if !p.Observe || d.Action == Accept {
		return d
	}
	would := d.Action
	d.Action, d.Would = Accept, &would
	d.Why = "observe mode, would be: " + d.Why
	return d
}

// byScore picks the most severe action whose threshold is reached. Greylisting needs a symbol that says the sender is
// new (Symbol.Grey): else a mail would be put off for ever where nothing remembers that it came before.
func (t Thresholds) byScore(score float64, grey bool) (Action, string) {
	action, reached := Accept, 0.0
	for _, step := range []struct {
		at     float64
		action Action
	}{{t.Greylist, Greylist}, {t.Tag, Tag}, {t.Quarantine, Quarantine}, {t.Discard, Discard}, {t.Reject, Reject}} {
		if step.at > 0 && score >= step.at && (grey || step.action != Greylist) {
			action, reached = step.action, step.at
		}
	}
	if action == Accept {
		return Accept, fmt.Sprintf("score %.4g is below every threshold", score)
	}
	return action, fmt.Sprintf("score %.4g reaches the %s threshold %.4g", score, action, reached)
}

// severity orders forced actions; a certain refusal is worth more than a doubt.
var severity = [...]int{Accept: 0, Tag: 1, Greylist: 2, Defer: 3, Quarantine: 4, Discard: 5, Reject: 6}

// forced finds the symbol that decides by itself: the most severe of several.
func (p *Policy) forced(symbols []Scored, t *Table) (Action, string, bool) {
	action, name, found := Accept, "", false
	for _, s := range symbols {
		e := t.Entry(s.Name)
		if e == nil || e.Force == nil || t.Shadowed(e) {
			continue
		}
		a := *e.Force
		if e.Infected && p.Infected != Accept {
			a = p.Infected
		}
		if !found || severity[a] > severity[action] {
			action, name, found = a, s.Name, true
		}
	}
	return action, name, found
}

// Sum adds up scores, rounded to a thousandth, so that 0.1 three times is 0.3.
func Sum(symbols []Scored) float64 {
	sum := 0.0
	for _, s := range symbols {
		sum += s.Score
	}
	return Round(sum)
}

// Round rounds to a thousandth and never gives -0 or NaN.
func Round(score float64) float64 {
	r := math.Round(score*1000) / 1000
	if r == 0 || math.IsNaN(r) {
		return 0
	}
	return r
}
