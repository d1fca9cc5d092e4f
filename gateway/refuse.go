package gateway

import (
	"fmt"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// refuse makes a refusal where a symbol of the refuse_on list was found. It never looks at the running sum, since a
// later filter may subtract. In observe mode, and for mail of our own users, nobody is refused early.
func (g *Gateway) refuse(s *Snapshot, stage filters.Stage, env *message.Envelope, found []finding) *Refusal {
	symbol := s.refusing(found)
	if symbol == "" || env.Outgoing || s.observes(env) {
		return nil
	}
	r := newReport(env)
	r.fill(s, s.inOrder(found))
	r.Action, r.Stage, r.Why = scoring.Reject, stage.String(), fmt.Sprintf("symbol %s is on the refuse_on list", symbol)
	refusal := &Refusal{Code: 554, Enhanced: "5.7.1", Text: "Refused by policy, reference " + env.ID, Report: r}
	if stage == filters.Recipient {
		refusal.Code = 550
	}
	r.Reply = fmt.Sprintf("%d %s %s", refusal.Code, refusal.Enhanced, refusal.Text)
	g.watch.Report(r)
	return refusal
}

// Refused notes that the front door or the next hop refused a recipient (CASES B09), so that it is in the log with the
// reply that the client was told. why is for the admin.
func (t *Transaction) Refused(to string, code int, enhanced, text, why string) {
	env := t.env
	env.Rcpts = []string{to}
	r := newReport(&env)
	r.Action, r.Stage, r.Why = scoring.Reject, filters.Recipient.String(), why
	if code/100 == 4 {
		r.Action = scoring.Defer
	}
	r.Policy = t.snap.Policies.For(to, env.Outgoing).Name
	r.Told(code, enhanced, text)
	t.gateway.watch.Report(r)
}

func (s *Snapshot) refusing(found []finding) string {
	for _, f := range found {
		for _, h := range f.result.Hits {
			if s.refuseOn[h.Name] {
				return h.Name
			}
		}
	}
	return ""
}

// observes tells whether observe mode holds for what is known of the recipients: before RCPT, the default policy.
func (s *Snapshot) observes(env *message.Envelope) bool {
	if len(env.Rcpts) == 0 {
		return s.Policies.Default.Observe
	}
	return s.Policies.For(env.Rcpts[len(env.Rcpts)-1], env.Outgoing).Observe
}
