package http

import (
	"encoding/json"
	"strings"

	"weir/gateway"
	"weir/scoring"
)

// form is how a verdict is written.
type form uint8

const (
	newForm form = iota // of /checkv2
	oldForm             // of /check, /scan and /symbols: symbols stand among the keys of "default"
)

// The actions of Rspamd's protocol that a verdict of ours can become.
const (
	noAction       = "no action"
	addHeader      = "add header"
	rewriteSubject = "rewrite subject"
	softReject     = "soft reject"
	reject         = "reject"
)

// verdict is what a reply tells.
type verdict struct {
	form     form
	extended bool // links with all that is known of them
	whole    bool // with the Report

	report  *gateway.Report
	outcome *gateway.Outcome // nil: the client was refused before its mail was looked at
	action  string
	instead string // what to do instead of rejecting, for clients that can: "quarantine", "discard"
	smtp    string // what to tell the sender
	subject string // the new one, for rewriteSubject
}

// judged makes a verdict of an outcome: the decision for the first recipient.
//
// Clients know no action that keeps or drops a mail. Such mail is "reject" with a word on what to do instead, as Rspamd's
// own milter reads it: a client that can't do that refuses the mail, so that nobody gets it and its sender is told.
func (v *verdict) judged(o *gateway.Outcome) {
	o.Uncut()
	g := &o.Groups[0]
	v.outcome, v.report = o, o.Report
	switch g.Decision.Action {
	case scoring.Accept:
		v.action = noAction
	case scoring.Tag:
		v.action = addHeader
		if v.subject = newSubject(g.Edits); v.subject != "" {
			v.action = rewriteSubject
		}
	case scoring.Quarantine, scoring.Discard:
		v.action, v.instead = reject, g.Decision.Action.String()
		v.smtp = gateway.Answer(scoring.Reject, 0, o.Report.ID).Text
	default:
		v.declined(g.Decision)
	}
}

// declined is for mail that is refused or put off. The sender is told what the SMTP proxy would tell.
func (v *verdict) declined(d scoring.Decision) {
	answer := gateway.Answer(d.Action, d.Retry, v.report.ID)
	v.action = softReject
	if answer.Code/100 == 5 {
		v.action = reject
	}
	v.smtp = answer.Text
	v.report.Told(answer.Code, answer.Enhanced, answer.Text)
}

// refused makes a verdict of a refusal before the content was looked at.
func (v *verdict) refused(r *gateway.Refusal) {
	v.report, v.smtp, v.action = r.Report, r.Text, softReject
	if r.Code/100 == 5 {
		v.action = reject
	}
	if v.report == nil {
		v.report = &gateway.Report{}
	}
}

// newSubject is the subject that the edits put in, on one line; "": they leave it.
func newSubject(edits []gateway.Edit) string {
	for _, e := range edits {
		if isSubject(&e) {
			return strings.Join(strings.FieldsFunc(e.Value, func(r rune) bool { return r == '\r' || r == '\n' }), "")
		}
	}
	return ""
}

func isSubject(e *gateway.Edit) bool {
	return e.Op != gateway.Remove && strings.EqualFold(e.Name, "Subject")
}

// append writes the reply.
func (v *verdict) append(b []byte) []byte {
	t := &text{append(b, '{')}
	if v.form == oldForm {
		t.open("default", '{')
		t.truth("is_spam", v.action != noAction && v.action != softReject)
	}
	t.truth("is_skipped", false)
	t.number("score", v.report.Score)
	t.number("required_score", v.required())
	t.word("action", v.action)
	v.symbols(t)
	v.thresholds(t)
	v.words(t)
	v.links(t)
	t.word("message-id", v.report.MessageID)
	t.number("time_real", v.report.MS/1000)
	v.milter(t)
	v.ours(t)
	t.shut('}')
	return t.b
}

// symbols are in the order of the report.
func (v *verdict) symbols(t *text) {
	if v.form == newForm {
		t.open("symbols", '{')
	}
	for i := range v.report.Symbols {
		v.symbol(t, &v.report.Symbols[i])
	}
	t.shut('}')
}

func (v *verdict) symbol(t *text, s *scoring.Scored) {
	var e *scoring.Entry
	if v.outcome != nil {
		e = v.outcome.Symbol(s.Name)
	}
	t.open(s.Name, '{')
	t.word("name", s.Name)
	t.number("score", s.Score)
	if e != nil {
		t.number("metric_score", e.Score)
		if e.Text != "" {
			t.word("description", e.Text)
		}
	} else {
		t.number("metric_score", s.Score)
	}
	if s.Detail != "" {
		t.open("options", '[')
		t.word("", s.Detail)
		t.shut(']')
	}
	t.shut('}')
}

// limit is a threshold under Rspamd's name for it.
type limit struct {
	name string
	at   float64
}

// limits are those of the policy, from severe to mild.
func (v *verdict) limits() [5]limit {
	if v.outcome == nil {
		return [5]limit{}
	}
	l, tag := v.outcome.Thresholds(), addHeader
	if v.action == rewriteSubject {
		tag = rewriteSubject
	}
	return [5]limit{{reject, l.Reject}, {"discard", l.Discard}, {"quarantine", l.Quarantine}, {tag, l.Tag}, {"greylist", l.Greylist}}
}

// required is the limit of the most severe action that has one, as Rspamd tells it.
func (v *verdict) required() float64 {
	for _, l := range v.limits() {
		if l.at > 0 {
			return l.at
		}
	}
	return v.report.Required
}

func (v *verdict) thresholds(t *text) {
	t.open("thresholds", '{')
	for _, l := range v.limits() {
		if l.at > 0 {
			t.number(l.name, l.at)
		}
	}
	t.shut('}')
}

// words are what is to be said or done.
func (v *verdict) words(t *text) {
	t.open("messages", '{')
	if v.smtp != "" {
		t.word("smtp_message", v.smtp)
	}
	t.shut('}')
	if v.action == rewriteSubject {
		t.word("subject", v.subject)
	}
	if v.instead != "" {
		t.word("reject", v.instead)
	}
}

// ours are the keys that Rspamd does not have: the decisions for all recipients where they differ, and the Report for those
// who ask for it.
func (v *verdict) ours(t *text) {
	if len(v.report.Recipients) > 0 {
		t.raw("recipients", v.report.Recipients)
	}
	if v.whole {
		t.raw("weir", v.report)
	}
}

// raw writes what is rare by reflection.
func (t *text) raw(name string, value any) {
	if b, err := json.Marshal(value); err == nil {
		t.key(name)
		t.b = append(t.b, b...)
	}
}
