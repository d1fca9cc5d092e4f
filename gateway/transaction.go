package gateway

import (
	"context"
	"fmt"
	"time"

	"weir/filters"
	"weir/message"
)

// Transaction is one mail on its way. Its methods are called by one goroutine.
type Transaction struct {
	gateway *Gateway
	snap    *Snapshot
	env     message.Envelope
	stages  []*stageRun // of the connection and the sender
	found   []finding   // of the recipient stage, which runs in turn
	cancel  context.CancelFunc
	asks    *filters.Questions // to the DNS, that the mail has left
	report  *Report
	judged  *judged
	closed  bool
	leave   func() // gives back the room for a large message; nil: it has none
	whole   bool   // all recipients are in this one transaction, whatever split says
}

// Mail begins a transaction; from is without <>, "" the null sender. The snapshot of filters, rules and policies taken
// here serves the transaction to its end. A transaction that is not refused must be closed.
func (s *Session) Mail(ctx context.Context, from string) (*Transaction, *Refusal) {
	t := s.newTransaction()
	t.env.HasFrom, t.env.From = true, from
	if refusal := s.gateway.gated(t.snap, filters.Sender, &t.env); refusal != nil {
		t.cancel = func() {}
		t.Close()
		return nil, refusal
	}
	background, cancel := context.WithCancel(filters.WithQuestions(s.ctx, t.asks))
	t.cancel = cancel
	if r := s.gateway.start(background, t.snap, filters.Sender, t.env, t.stages); r != nil {
		t.stages = append(t.stages, r)
	}
	if refusal := t.refusal(ctx, filters.Sender, ""); refusal != nil {
		t.Close()
		return nil, refusal
	}
	return t, nil
}

// Unknown begins a transaction whose sender is not known, as in a scan of a file without --from: sender and recipient
// stages do not run. It must be closed.
func (s *Session) Unknown() *Transaction {
	t := s.newTransaction()
	t.cancel = func() {}
	return t
}

func (s *Session) newTransaction() *Transaction {
	t := &Transaction{gateway: s.gateway, snap: s.gateway.snapshot(), stages: s.stages[:len(s.stages):len(s.stages)]}
	t.env = s.envelope(&t.snap.Settings)
	t.asks = filters.NewQuestions(t.snap.Settings.questions())
	return t
}

// Envelope gives what is known so far. It must not be changed.
func (t *Transaction) Envelope() *message.Envelope { return &t.env }

// Rcpt adds a recipient (without <>) that the front door and the next hop accept.
func (t *Transaction) Rcpt(ctx context.Context, to string) *Refusal {
	if t.otherPolicy(to) {
		return &Refusal{Code: 452, Enhanced: "4.5.3", Text: "One policy a transaction, send this recipient again, reference " + t.env.ID}
	}
	if refusal := t.gatedRcpt(to); refusal != nil {
		return refusal
	}
	before := len(t.found)
	t.runRcpt(filters.WithQuestions(ctx, t.asks), to)
	if refusal := t.refusal(ctx, filters.Recipient, to); refusal != nil {
		t.found = t.found[:before] // what was found about him says nothing of the others
		return refusal
	}
	t.env.Rcpts = append(t.env.Rcpts[:len(t.env.Rcpts):len(t.env.Rcpts)], to)
	return nil
}

// otherPolicy tells whether split = "452" puts this recipient off.
func (t *Transaction) otherPolicy(to string) bool {
	if !t.snap.Settings.Split452 || t.whole || len(t.env.Rcpts) == 0 {
		return false
	}
	p := t.snap.Policies
	return p.For(to, t.env.Outgoing).Name != p.For(t.env.Rcpts[0], t.env.Outgoing).Name
}

// gatedRcpt asks the gates about a recipient, who stands last in Rcpts.
func (t *Transaction) gatedRcpt(to string) *Refusal {
	if len(t.snap.gates) == 0 {
		return nil
	}
	env := t.env
	env.Rcpts = append(env.Rcpts[:len(env.Rcpts):len(env.Rcpts)], to)
	return t.gateway.gated(t.snap, filters.Recipient, &env)
}

// runRcpt runs the recipient stage: once for each recipient, which stands last in Rcpts.
func (t *Transaction) runRcpt(ctx context.Context, to string) {
	if t.snap.plans[filters.Recipient].empty() {
		return
	}
	env := t.env
	env.Rcpts = append(env.Rcpts[:len(env.Rcpts):len(env.Rcpts)], to)
	earlier := append(collect(ctx, t.stages), t.found...)
	m := message.New(env, message.Options{})
	t.found = append(t.found, t.snap.run(ctx, t.gateway.watch, filters.Recipient, m, earlier, nil)...)
}

// refusal looks at what was found so far, where there is something to refuse on.
func (t *Transaction) refusal(ctx context.Context, stage filters.Stage, rcpt string) *Refusal {
	if len(t.snap.refuseOn) == 0 {
		return nil
	}
	env := t.env
	if rcpt != "" {
		env.Rcpts = []string{rcpt}
	}
	return t.gateway.refuse(t.snap, stage, &env, append(collect(ctx, t.stages), t.found...))
}

// Data judges the message. raw must stay unchanged until Close; the report does not refer to it. It never fails: what could not be checked is in the
// report, and a decision is always made.
func (t *Transaction) Data(ctx context.Context, raw []byte) *Outcome {
	began := time.Now()
	t.leave = t.gateway.room.enter(ctx, len(raw), t.snap.Settings.budget()/2)
	ctx, cancel := context.WithTimeout(filters.WithQuestions(ctx, t.asks), t.snap.Settings.budget())
	defer cancel()
	m, broken := t.parse(raw)
	t.snap.prefetch(ctx, filters.Header, m)
	found := append(collect(ctx, t.stages), t.found...)
	for _, stage := range []filters.Stage{filters.Header, filters.Data} {
		found = append(found, t.snap.run(ctx, t.gateway.watch, stage, m, found, nil)...)
	}
	answers := t.ask(ctx, m, found)
	found = append(found, t.snap.run(ctx, t.gateway.watch, filters.Summary, m, found, answers)...)
	if broken != nil {
		found = append(found, *broken)
	}
	t.report = newReport(&t.env)
	t.report.describe(m)
	t.report.fill(t.snap, t.snap.inOrder(found))
	t.judged = &judged{message: m, found: found, answers: answers}
	out := t.decide(m, found)
	t.report.detach()
	t.report.MS = milliseconds(time.Since(began))
	return out
}

// parse reads the message. The parser never panics; should it, the mail is put off and not called clean.
func (t *Transaction) parse(raw []byte) (m *message.Message, broken *finding) {
	opts := message.Options{Limits: t.snap.Settings.Limits, Trusted: t.snap.Settings.Trusted, Strip: t.snap.strip.forged}
	defer func() {
		if p := recover(); p != nil {
			m = message.New(t.env, opts)
			m.Load(nil)
			m.Raw = raw
			broken = &finding{spec: &parserSpec, mode: filters.DeferMail, err: fmt.Errorf("%w: %v", ErrPanic, p)}
		}
	}()
	m = message.New(t.env, opts)
	m.Load(raw)
	return m, nil
}

// parserSpec stands for the message parser in reports of its failure.
var parserSpec = filters.Spec{Name: "parser", Stage: filters.Data}

// Close ends the transaction: the report is logged and counted, with the delivery fields that the front door has
// added. Without Data there is nothing to report. Close may be called twice.
func (t *Transaction) Close() {
	if t.closed {
		return
	}
	t.closed = true
	t.cancel()
	if t.report != nil {
		t.observe()
		t.gateway.watch.Report(t.report)
	}
	if t.leave != nil {
		t.leave()
	}
	t.snap.release()
}
