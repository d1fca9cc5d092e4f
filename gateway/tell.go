package gateway

import "weir/scoring"

// Thresholds are those of the first recipient's policy, by which Groups[0] was decided.
func (o *Outcome) Thresholds() scoring.Thresholds {
	if o.policy == nil {
		return scoring.Thresholds{}
	}
	return o.policy.Thresholds
}

// Symbol gives what the score table knew of a symbol when the mail was judged, for doors that explain it. nil: nothing.
func (o *Outcome) Symbol(name string) *scoring.Entry {
	if o.table == nil {
		return nil
	}
	return o.table.Entry(name)
}
