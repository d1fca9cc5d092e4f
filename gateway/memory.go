package gateway

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// answer is what a filter's Ask returned, or its failure.
type answer struct {
	asked any
	err   error
}

// ask lets the askers put their questions into one batch and runs it, with what earlier messages left to be noted.
// The store's errors are in the operations. The result is indexed as Snapshot.Filters; nil where there is no store.
func (t *Transaction) ask(ctx context.Context, m *message.Message, found []finding) []answer {
	s := t.snap
	if s.Settings.Store == nil || len(s.askers) == 0 {
		return nil
	}
	answers, views := make([]answer, len(s.Filters)), views{seen: found}
	var b filters.Batch
	left := t.gateway.notes.take()
	b.Ops = left
	for _, i := range s.askers {
		if r := &s.Filters[i]; !r.skips(m) {
			answers[i] = askOne(r, m, views.of(r), &b)
		}
	}
	if len(b.Ops) > 0 {
		_ = s.Settings.Store.Do(ctx, &b)
	}
	return answers
}

// askOne asks one filter. What a panicking filter has put into the batch is taken out again.
func askOne(r *Running, m *message.Message, view filters.Findings, b *filters.Batch) (a answer) {
	before := len(b.Ops)
	defer func() {
		if p := recover(); p != nil {
			b.Ops = b.Ops[:before]
			a = answer{err: fmt.Errorf("%w: %v", ErrPanic, p)}
		}
	}()
	return answer{asked: r.Filter.(filters.Asker).Ask(m, view, b)}
}

// observe tells the observers what became of the message.
func (t *Transaction) observe() {
	s := t.snap
	if s.Settings.Store == nil || len(s.observers) == 0 || t.judged == nil {
		return
	}
	v, views := t.verdict(), views{seen: t.judged.found}
	var b filters.Batch
	for _, i := range s.observers {
		r := &s.Filters[i]
		if r.skips(t.judged.message) {
			continue
		}
		var a answer
		if t.judged.answers != nil {
			a = t.judged.answers[i]
		}
		if a.err == nil {
			observeOne(r, t.judged.message, views.of(r).With(a.asked), v, &b)
		}
	}
	t.gateway.notes.add(s.Settings.Store, b.Ops)
}

// observeOne tells one filter. One that panics notes nothing.
func observeOne(r *Running, m *message.Message, view filters.Findings, v filters.Verdict, b *filters.Batch) {
	before := len(b.Ops)
	defer func() {
		if p := recover(); p != nil {
			b.Ops = b.Ops[:before]
		}
	}()
	r.Filter.(filters.Observer).Observe(m, view, v, b)
}

// verdict puts the report into an observer's words.
func (t *Transaction) verdict() filters.Verdict {
	r := t.report
	v := filters.Verdict{Time: r.Time, Score: r.Score, Required: r.Required, Symbols: r.Symbols,
		Taken: r.Reply == "" || strings.HasPrefix(r.Reply, "2")}
	for _, d := range t.judged.decisions {
		would := d.Action
		if d.Would != nil {
			would = *d.Would
		}
		for _, rcpt := range d.Rcpt {
			v.Rcpts = append(v.Rcpts, filters.RcptVerdict{Rcpt: rcpt, Action: d.Action, Would: would})
		}
	}
	return v
}

// judged is what observers are told of.
type judged struct {
	message   *message.Message
	found     []finding
	answers   []answer
	decisions []RecipientDecision
}

// gated asks the gates about what is known by a stage. In observe mode nobody is put off.
func (g *Gateway) gated(s *Snapshot, stage filters.Stage, env *message.Envelope) *Refusal {
	if len(s.gates) == 0 || s.observes(env) {
		return nil
	}
	for _, i := range s.gates {
		f := &s.Filters[i]
		if wait := f.Filter.(filters.Gate).Gate(stage, env); wait > 0 {
			return g.putOff(s, stage, env, f.Spec.Name, wait)
		}
	}
	return nil
}

// putOff makes the refusal of a gate.
func (g *Gateway) putOff(s *Snapshot, stage filters.Stage, env *message.Envelope, name string, wait time.Duration) *Refusal {
	r := newReport(env)
	r.fill(s, nil)
	seconds := int(wait/time.Second) + 1
	r.Action, r.Stage, r.Why = scoring.Defer, stage.String(), fmt.Sprintf("filter %s: still over its limit for %d s", name, seconds)
	refusal := &Refusal{Code: 451, Enhanced: "4.7.1", Text: comeBack(seconds) + ", reference " + env.ID, Report: r}
	switch stage {
	case filters.Connect:
		refusal.Code, refusal.Enhanced = 421, "4.7.0"
	case filters.Recipient:
		refusal.Code = 450
	}
	r.Reply = fmt.Sprintf("%d %s %s", refusal.Code, refusal.Enhanced, refusal.Text)
	g.watch.Report(r)
	return refusal
}

func comeBack(seconds int) string {
	return fmt.Sprintf("Too much mail for now, try again in %d seconds", seconds)
}

// notes are what observers want noted, from several messages. They go with the next message's questions, so that a
// message costs one round trip in all; where no message comes, they go by themselves after a moment.
type notes struct {
	mu    sync.Mutex
	ops   []filters.Op
	store filters.Store
	timer *time.Timer
	lost  int
	ended bool
}

const (
	notesWait = time.Second
	notesMost = 4096 // operations that may wait; what is more is lost, as with a store that is down
)

// add keeps operations for the next batch.
func (n *notes) add(s filters.Store, ops []filters.Op) {
	if len(ops) == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended || len(n.ops)+len(ops) > notesMost {
		n.lost += len(ops)
		return
	}
	if n.ops, n.store = append(n.ops, ops...), s; n.timer == nil {
		n.timer = time.AfterFunc(notesWait, func() { n.flush(context.Background()) })
	} else if len(n.ops) == len(ops) {
		n.timer.Reset(notesWait)
	}
}

// take hands over all that waits.
func (n *notes) take() []filters.Op {
	n.mu.Lock()
	defer n.mu.Unlock()
	ops := n.ops
	n.ops = nil
	return ops
}

// flush carries out what waits.
func (n *notes) flush(ctx context.Context) {
	n.mu.Lock()
	ops, store := n.ops, n.store
	n.ops = nil
	n.mu.Unlock()
	if len(ops) > 0 {
		_ = store.Do(ctx, &filters.Batch{Ops: ops})
	}
}

// close carries out what waits and takes no more.
func (n *notes) close() {
	n.mu.Lock()
	n.ended = true
	if n.timer != nil {
		n.timer.Stop()
	}
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), notesWait)
	defer cancel()
	n.flush(ctx)
}
