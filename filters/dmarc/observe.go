package dmarc

import (
	"encoding/json"
	"strings"
	"sync"
	"weak"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/scoring"
)

// pending holds verdicts between Check and Observe, for mails whose owner gets reports. What is never observed (the client went
// away) is pushed out by what comes later. It keeps no message alive, which may be large. The zero value is ready.
type pending struct {
	mu   sync.Mutex
	held map[weak.Pointer[message.Message]]*verdict
	ring [maxPending]weak.Pointer[message.Message]
	next int
}

// maxPending is more than there are mails between being checked and being done.
const maxPending = 2048

func (p *pending) put(m *message.Message, v *verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = make(map[weak.Pointer[message.Message]]*verdict)
	}
	key := weak.Make(m)
	delete(p.held, p.ring[p.next])
	p.ring[p.next] = key
	p.next = (p.next + 1) % maxPending
	p.held[key] = v
}

func (p *pending) take(m *message.Message) *verdict {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := weak.Make(m)
	v := p.held[key]
	delete(p.held, key)
	return v
}

// note keeps a verdict that there may be a report of.
func (f *filter) note(m *message.Message, v *verdict) {
	if f.Reports && v.Holder != "" && m.Client.Addr.IsValid() && (v.Value == filters.Pass || v.Value == filters.Fail) {
		f.notes.put(m, v.kept())
	}
}

// kept is what of a verdict has to be held until Observe: nothing that points into the message.
func (v *verdict) kept() *verdict {
	k := &verdict{Ambiguous: v.Ambiguous, Except: v.Except}
	for _, a := range v.authors {
		a.Domain, a.Holder, a.evidence = strings.Clone(a.Domain), strings.Clone(a.Holder), nil
		k.authors = append(k.authors, a)
	}
	return k
}

// Observe notes a mail for the aggregate reports, if its domain wants some.
func (f *filter) Observe(m *message.Message, found filters.Findings, done filters.Verdict, b *filters.Batch) {
	if !f.Reports {
		return
	}
	v := f.notes.take(m)
	if v == nil {
		return
	}
	for i := range v.authors {
		a := &v.authors[i]
		if a.Holder == "" || len(a.Record.RUA) == 0 {
			continue
		}
		if data, err := json.Marshal(v.feedback(a, m, found, &done)); err == nil {
			b.Append(filters.FeedbackStream, filters.Name{Who: a.Domain}, data)
		}
	}
}

// feedback puts a verdict into the report's words.
func (v *verdict) feedback(a *assessment, m *message.Message, found filters.Findings, done *filters.Verdict) filters.Feedback {
	fb := filters.Feedback{
		Holder: a.Holder, From: a.Domain, Client: m.Client.Addr.Unmap(), Policy: a.Record.feedback(), Done: a.disposition(v, done),
		DKIM: a.DKIM && v.Ambiguous == "", SPF: a.SPF && v.Ambiguous == "",
	}
	if at := strings.LastIndexByte(m.Envelope.From, '@'); at >= 0 {
		fb.MailFrom = clipped(address.Domain(m.Envelope.From[at+1:]))
	}
	fb.Why = v.override(a, fb.Done)
	for _, r := range found.Auth() {
		if (r.Method == "spf" || r.Method == "dkim") && r.Domain != "" && len(fb.Auth) < 10 {
			fb.Auth = append(fb.Auth, feedbackAuth(&r))
		}
	}
	return fb
}

func (r *Record) feedback() filters.FeedbackPolicy {
	p := filters.FeedbackPolicy{P: r.P.String(), SP: r.SP.String(), NP: r.NP.String(), FO: r.Failure, Test: r.Test}
	if r.StrictDKIM {
		p.ADKIM = "s"
	}
	if r.StrictSPF {
		p.ASPF = "s"
	}
	if r.Percent != 100 {
		p.Pct = &r.Percent
	}
	return p
}

func feedbackAuth(r *filters.Auth) filters.FeedbackAuth {
	f := filters.FeedbackAuth{Method: r.Method, Domain: clipped(r.Domain), Result: string(r.Value)}
	if r.Method == "spf" {
		f.Scope = "mfrom"
		if property(r, "smtp", "helo") != "" && property(r, "smtp", "mailfrom") == "" {
			f.Scope = "helo"
		}
		return f
	}
	f.Selector = clipped(property(r, "header", "s"))
	return f
}

// clipped bounds what the sender chose.
func clipped(s string) string { return s[:min(len(s), 253)] }

// disposition is what DMARC did to the mail, in the report's three words. A mail that passed, or whose owner asks for
// nothing, was not refused because of DMARC, whatever became of it.
func (a *assessment) disposition(v *verdict, done *filters.Verdict) string {
	if a.Want == None || a.Value == filters.Pass && v.Ambiguous == "" {
		return None.String()
	}
	worst := None
	for i := range done.Rcpts {
		switch done.Rcpts[i].Action {
		case scoring.Reject, scoring.Discard:
			worst = Reject
		case scoring.Quarantine, scoring.Tag:
			worst = max(worst, Quarantine)
		}
	}
	return worst.String()
}

// override says why the owner's policy was not what happened; "" it was.
func (v *verdict) override(a *assessment, done string) string {
	asked := a.Asked.String()
	if a.Value == filters.Pass && v.Ambiguous == "" {
		asked = None.String()
	}
	switch {
	case done == asked:
		return ""
	case a.Spared && done == a.Want.String():
		return "sampled_out"
	case v.Except == byARC:
		return "trusted_forwarder"
	case v.Except == byList || v.Except == listLike:
		return "mailing_list"
	}
	return "local_policy"
}
