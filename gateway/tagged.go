package gateway

import (
	"weir/message"
	"weir/scoring"
)

// Tagged is a group for a client that delivers the mail whatever is decided, as those of spamd do: where the decision is
// another, the mail carries the fields of tagged mail. A group whose mail is delivered is given back as it is.
func (o *Outcome) Tagged(g *Group) *Group {
	if g.Decision.Action.Delivers() || o.snap == nil {
		return g
	}
	d := g.Decision
	d.Action, d.Parts = scoring.Tag, scoring.KeepParts
	return &Group{Decision: d, Rcpts: g.Rcpts, Edits: o.snap.edits(o.Message, o.Report, &d, changes{})}
}

// TagRefused is Tagged for a mail that Judge refused before its content would have come: the content with the fields of
// tagged mail, which tell what r's report does. raw must not change as long as the chunks are used.
func (g *Gateway) TagRefused(raw []byte, r *Refusal) [][]byte {
	s := g.snapshot()
	defer s.release()
	env := message.Envelope{ID: r.Report.ID, Time: r.Report.Time, Hostname: s.Settings.Hostname}
	m := message.New(env, message.Options{Limits: s.Settings.Limits, Trusted: s.Settings.Trusted, Strip: s.strip.forged})
	m.Load(raw)
	d := scoring.Decision{Action: scoring.Tag, Score: r.Report.Score, Required: r.Report.Required}
	o := &Outcome{Report: r.Report, Message: m}
	return o.Chunks(&Group{Decision: d, Edits: s.edits(m, r.Report, &d, changes{})})
}
