package gateway

import (
	"crypto/sha256"
	"fmt"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// Outcome is the judgement of one message.
type Outcome struct {
	Report  *Report
	Message *message.Message
	Groups  []Group // one for each action; never empty; together they have all recipients of the transaction

	policy *scoring.Policy // of the first recipient
	table  *scoring.Table
	snap   *Snapshot // valid until the transaction closes
}

// Group is what to do for some of the recipients.
type Group struct {
	Decision scoring.Decision // of the first recipient in it
	Rcpts    []string
	Edits    []Edit
	Cuts     []Cut // in the order of the message; where there are some, the mail as it came is kept in the quarantine first
}

// decide makes the decisions of all recipients' policies and puts those with the same action into one group.
func (t *Transaction) decide(m *message.Message, found []finding) *Outcome {
	bad := objections(found)
	decisions := t.decisions(m, found, bad)
	t.judged.decisions = decisions
	out := &Outcome{Report: t.report, Message: m, policy: t.snap.Policies.For(t.recipients()[0], t.env.Outgoing), table: t.snap.Table, snap: t.snap}
	for _, d := range decisions {
		out.add(d, t.snap, bad)
	}
	t.report.decided(decisions, out.Groups[0].Edits)
	if decisions[0].Parts != scoring.KeepParts {
		t.report.Removed = bad
	}
	return out
}

// add puts a policy's recipients into the group of those who are to get the same.
func (o *Outcome) add(d RecipientDecision, s *Snapshot, bad []filters.Objection) {
	for i := range o.Groups {
		if o.Groups[i].Decision.Action == d.Action && o.Groups[i].Decision.Parts == d.Parts {
			o.Groups[i].Rcpts = append(o.Groups[i].Rcpts, d.Rcpt...)
			return
		}
	}
	g := Group{Decision: d.Decision, Rcpts: d.Rcpt}
	var inner []Edit
	if d.Parts != scoring.KeepParts {
		g.Cuts, inner = s.cut(o.Message, bad, d.Parts)
	}
	g.Edits = s.edits(o.Message, o.Report, &d.Decision, changes{inner, g.Cuts})
	o.Groups = append(o.Groups, g)
}

// decisions gives one decision for each policy, in the order of its first recipient; without recipients, the default's.
func (t *Transaction) decisions(m *message.Message, found []finding, bad []filters.Objection) []RecipientDecision {
	ev := scoring.Evidence{Symbols: t.report.Symbols, DeferFor: deferring(found), Parts: badParts(m, bad)}
	if t.snap.Settings.Explain {
		t.explain(found, ev)
	}
	stuck := ev.DeferFor != "" && t.stuck(m, found)
	at := map[*scoring.Policy]int{}
	var list []RecipientDecision
	for _, rcpt := range t.recipients() {
		policy := t.snap.Policies.For(rcpt, t.env.Outgoing)
		if i, ok := at[policy]; ok {
			list[i].Rcpt = append(list[i].Rcpt, rcpt)
			continue
		}
		at[policy] = len(list)
		d := scoring.Decide(ev, t.snap.Table, policy)
		if stuck && d.Action == scoring.Defer {
			d.Action, d.Why = scoring.Quarantine, d.Why+", for the third time: kept for a person to look at"
		}
		list = append(list, RecipientDecision{Decision: d, Rcpt: []string{rcpt}})
	}
	if len(t.env.Rcpts) == 0 {
		list[0].Rcpt = nil
	}
	return list
}

// recipients are those of the transaction, or one without a name.
func (t *Transaction) recipients() []string {
	if len(t.env.Rcpts) == 0 {
		return []string{""}
	}
	return t.env.Rcpts
}

// deferring names the first filter whose failure defers the mail.
func deferring(found []finding) string {
	for _, f := range found {
		if f.err != nil && f.mode == filters.DeferMail {
			return f.spec.Name
		}
	}
	return ""
}

// stuck tells whether our own fault on this very mail has put it off twice already: it would come back for ever. A
// failure of others (a scanner that is down) never counts.
func (t *Transaction) stuck(m *message.Message, found []finding) bool {
	for _, f := range found {
		if f.err != nil && f.mode == filters.DeferMail && f.spec.Network {
			return false
		}
	}
	return t.gateway.faults.note(sha256.Sum256(m.Raw)) > 2
}

// describe notes what the log and the history tell of a message.
func (r *Report) describe(m *message.Message) {
	r.Size, r.MessageID, r.Subject = len(m.Raw), m.MessageID(), m.Subject()
}

// decided notes the first recipient's decision, and all where they differ.
func (r *Report) decided(list []RecipientDecision, edits []Edit) {
	first := list[0].Decision
	r.Action, r.Would, r.Required = first.Action, first.Would, first.Required
	r.Policy, r.Why, r.Edits = first.Policy, first.Why, edits
	for _, d := range list[1:] {
		if d.Action != first.Action || d.Parts != first.Parts {
			r.Recipients = list
		}
	}
}

// Told notes what the client heard. Front doors call it before the transaction closes.
func (r *Report) Told(code int, enhanced, text string) {
	r.Reply = fmt.Sprintf("%d %s %s", code, enhanced, text)
}
