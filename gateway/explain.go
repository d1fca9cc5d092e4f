package gateway

import (
	"maps"

	"weir/scoring"
)

// explain notes why each symbol was found and what would be without it, in the eyes of the first recipient's policy. What
// filters say of their reasons comes first; a symbol that has none is its filter's own.
func (t *Transaction) explain(found []finding, ev scoring.Evidence) {
	reasons := map[string]*scoring.Reason{}
	for i := range found {
		maps.Copy(reasons, found[i].result.Reasons)
	}
	policy := t.snap.Policies.For(t.recipients()[0], t.env.Outgoing)
	for _, s := range ev.Symbols {
		if reasons[s.Name] == nil {
			reasons[s.Name] = reported(s, t.snap.Table)
		}
		reasons[s.Name].Without = ev.Without(s.Name, t.snap.Table, policy)
	}
	t.report.Explain = reasons
}

// reported is the reason of a symbol that a filter found by itself.
func reported(s scoring.Scored, t *scoring.Table) *scoring.Reason {
	r := &scoring.Reason{Kind: "filter", Count: float64(s.Count), Detail: s.Detail}
	if e := t.Entry(s.Name); e != nil && len(e.Origins) > 0 {
		r.File, r.Line = e.Origins[0].File, e.Origins[0].Line
	}
	return r
}
