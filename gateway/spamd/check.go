package spamd

import (
	"fmt"

	"weir/gateway"
	"weir/scoring"
)

// check judges the mail and answers.
func (t *talk) check(r *request) error {
	m, err := t.s.readMail(t.in, r)
	if err != nil {
		return err
	}
	sure := true
	defer func() {
		if sure {
			_ = m.buf.Close()
		} else { // a filter that ran out of time may still be reading
			m.buf.Abandon()
		}
	}()
	a := &answer{r: r, mail: &m, gateway: t.s.gateway}
	refusal := t.s.gateway.Judge(t.s.ctx, t.envelope(r, m.raw), m.raw, func(o *gateway.Outcome) {
		sure = len(o.Report.Failed) == 0
		a.judged(o)
		o.Report.Reply = a.short
	})
	if refusal != nil {
		a.refused(refusal)
	}
	switch {
	case r.length >= 0 && (t.in.Buffered() > 0 || waiting(t.conn)):
		return protocol("(Content-Length mismatch: more than %d bytes came)", r.length)
	case a.fault != nil:
		return a.fault
	}
	return t.send(a.head, a.body)
}

// answer is what is said of a mail. It refers to the mail's bytes.
type answer struct {
	r       *request
	mail    *mail
	gateway *gateway.Gateway
	head    string
	body    content
	fault   *fault // there is no verdict; nil: there is
	short   string // for the log
}

// judged answers with an outcome.
func (a *answer) judged(o *gateway.Outcome) {
	o.Uncut()
	d := &o.Groups[0].Decision
	if a.r.rspamc {
		a.rspam(o.Report, refusing(o), rspamAction(d.Action, o.Groups[0].Edits))
		return
	}
	if a.fault = undecided(d.Action, d.Why); a.fault != nil {
		a.short = fmt.Sprint(a.fault.code, " ", a.fault.Error())
		return
	}
	v := judged(d.Action, d.Score, d.Required)
	text := func(symbol string) string {
		if e := o.Symbol(symbol); e != nil {
			return e.Text
		}
		return ""
	}
	a.spam(o.Report, v, text, func() [][]byte { return o.Chunks(o.Tagged(&o.Groups[0])) })
}

// refused answers with a refusal before the content.
func (a *answer) refused(refusal *gateway.Refusal) {
	action := scoring.Reject
	if refusal.Code/100 == 4 {
		action = scoring.Defer
	}
	if a.r.rspamc {
		a.rspam(refusal.Report, agreeing(action == scoring.Reject, refusal.Report.Score, 0), rspamAction(action, nil))
		return
	}
	if a.fault = undecided(action, refusal.Text); a.fault != nil {
		return
	}
	v := judged(action, refusal.Report.Score, 0)
	a.spam(refusal.Report, v, func(string) string { return "" }, func() [][]byte { return a.gateway.TagRefused(a.mail.raw, refusal) })
}

func (a *answer) rspam(report *gateway.Report, v verdict, action string) {
	a.head = rspamReply(report, v, action)
	a.short = "0 EX_OK " + action
}

// spam makes the answer to each of SPAMC's requests. chunks gives the mail as it is given back.
func (a *answer) spam(report *gateway.Report, v verdict, text func(string) string, chunks func() [][]byte) {
	a.short = "0 EX_OK " + v.header(a.r.verb)
	switch a.r.verb {
	case "PROCESS":
		a.body = a.mail.back(chunks())
	case "HEADERS":
		a.body = a.mail.back(chunks()).header()
	case "SYMBOLS":
		names := symbols(report.Symbols)
		if a.r.version < 103 {
			names += "\r\n"
		}
		a.body = textBody(names)
	case "REPORT", "REPORT_IFSPAM":
		if v.spam || a.r.verb == "REPORT" {
			a.body = textBody(a.report(report, v, text))
		}
	}
	a.head = spamHead(a.r, v, a.body.size())
}

func (a *answer) report(r *gateway.Report, v verdict, text func(string) string) string {
	return report(r, v, a.gateway.Settings().Hostname, text)
}

// textBody is a body that is no mail.
func textBody(s string) content { return content{chunks: [][]byte{[]byte(s)}} }
