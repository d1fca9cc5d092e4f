package scan

import (
	"context"

	"weir/gateway"
	"weir/message"
)

// Envelope is what the command line tells of the messages' way here. Nothing of it is guessed from a message: its
// Received and Return-Path fields may be the sender's invention.
type Envelope struct {
	Client message.Client
	Helo   string
	From   *string // nil: not known; "" is the null sender
	Rcpts  []string
}

// Missing lists the flags that were not given, and that some filters need.
func (e *Envelope) Missing() []string {
	var list []string
	if !e.Client.Addr.IsValid() {
		list = append(list, "--ip")
	}
	if e.Helo == "" {
		list = append(list, "--helo")
	}
	if e.From == nil {
		list = append(list, "--from")
	}
	if len(e.Rcpts) == 0 {
		list = append(list, "--rcpt")
	}
	return list
}

// whole is the envelope as the gateway reads it.
func (e *Envelope) whole() *message.Envelope {
	w := &message.Envelope{Client: e.Client, Helo: e.Helo, Rcpts: e.Rcpts}
	if e.From != nil {
		w.HasFrom, w.From = true, *e.From
	}
	return w
}

// Through judges by a gateway, as one client that sends all messages one after another.
func Through(gw *gateway.Gateway, e Envelope) func(context.Context) Judge {
	return func(ctx context.Context) Judge { return &visit{gateway: gw, envelope: e} }
}

// visit is a session with the gateway, begun with the first message. After a refusal the next message begins another.
type visit struct {
	gateway  *gateway.Gateway
	envelope Envelope
	session  *gateway.Session
}

// Judge is one transaction. A refusal before the content is the verdict, as it would be over SMTP.
func (v *visit) Judge(ctx context.Context, raw []byte) *gateway.Report {
	if refusal := v.open(ctx); refusal != nil {
		v.Close()
		return refusal.Report
	}
	var report *gateway.Report
	if refusal := v.session.Judge(ctx, v.envelope.whole(), raw, func(o *gateway.Outcome) { report = o.Report }); refusal != nil {
		return refusal.Report
	}
	return report
}

func (v *visit) open(ctx context.Context) *gateway.Refusal {
	if v.session != nil {
		return nil
	}
	v.session = v.gateway.Open(ctx, v.envelope.Client)
	if refusal := v.session.Connected(ctx); refusal != nil {
		return refusal
	}
	if v.envelope.Helo == "" {
		return nil
	}
	return v.session.Helo(ctx, v.envelope.Helo)
}

// Close ends the session.
func (v *visit) Close() {
	if v.session != nil {
		v.session.Close()
		v.session = nil
	}
}
