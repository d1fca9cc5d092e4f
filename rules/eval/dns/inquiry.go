package dns

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/rules/view"
)

// Bounds on the questions of one message.
const (
	maxQuestions = 300              // of all rules together
	maxAtOnce    = 64               // under way at a time
	defaultWait  = 5 * time.Second  // where the context has no end
	maxWait      = 15 * time.Second // whatever the context says
)

// inquiry is what is asked about one message. Rules share it: a question that several of them have is asked once.
type inquiry struct {
	ctx      context.Context
	resolver view.Resolver
	closed   func(name string) bool // whether a name may not be asked for
	places   chan struct{}
	done     chan struct{} // closed when nothing is under way
	timer    *time.Timer

	mu      sync.Mutex
	open    int // questions under way, and whoever may still ask
	replies map[question]*reply
	asked   map[*rule][]*reply // answers that a rule judges
	steps   map[*rule][]*reply // answers on the way there
	short   map[*rule]bool     // rules that could not ask all they had to
}

type inquiryKey struct{}

// inquiryOf is the inquiry of a message; nil: nothing was asked.
func inquiryOf(m *view.Mail) *inquiry {
	return view.Once(m, inquiryKey{}, func() *inquiry { return nil })
}

// begin makes the inquiry of a message.
func begin(ctx context.Context, m *view.Mail, closed func(string) bool, longest time.Duration) *inquiry {
	return view.Once(m, inquiryKey{}, func() *inquiry {
		return &inquiry{
			ctx: ctx, resolver: m.Facts.Resolver, closed: closed, open: 1,
			places: make(chan struct{}, maxAtOnce), done: make(chan struct{}), timer: time.NewTimer(patience(ctx, longest)),
			replies: map[question]*reply{}, asked: map[*rule][]*reply{}, steps: map[*rule][]*reply{}, short: map[*rule]bool{},
		}
	})
}

// patience is how long answers are waited for: three quarters of what is left, so that the rules come to their end.
func patience(ctx context.Context, longest time.Duration) time.Duration {
	wait := defaultWait
	if end, ok := ctx.Deadline(); ok {
		wait = time.Until(end) * 3 / 4
	}
	if longest <= 0 || longest > maxWait {
		longest = maxWait
	}
	return min(wait, longest)
}

// ask asks for a rule. Where the answer is but a step to another question, then is called with it, by another goroutine.
func (q *inquiry) ask(r *rule, kind, name string, then func(*reply)) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if len(name) > 253 || q.closed(name) {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.replies[question{kind, name}]
	switch {
	case p == nil && len(q.replies) >= maxQuestions:
		q.short[r] = true
		return
	case p == nil:
		p = &reply{question: question{kind, name}}
		q.replies[p.question] = p
		q.open++
		go q.run(p)
	}
	list := q.asked
	if then != nil {
		list = q.steps
	}
	if !slices.Contains(list[r], p) {
		list[r] = append(list[r], p)
	}
	switch {
	case then == nil:
	case p.done:
		q.open++
		go func() {
			defer q.release()
			then(p)
		}()
	default:
		p.then = append(p.then, then)
	}
}

// run asks the resolver, and does what depends on the answer.
func (q *inquiry) run(p *reply) {
	defer q.release()
	var records []record
	err := q.ctx.Err()
	if err == nil {
		select {
		case q.places <- struct{}{}:
			records, err = lookup(q.ctx, q.resolver, p.question)
			<-q.places
		case <-q.ctx.Done():
			err = q.ctx.Err()
		}
	}
	q.mu.Lock()
	p.records, p.err, p.done = records, err, true
	then := p.then
	q.mu.Unlock()
	for _, f := range then {
		f(p)
	}
}

// release ends a question, or the asking.
func (q *inquiry) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open--; q.open == 0 {
		close(q.done)
	}
}

// wait waits for the answers.
func (q *inquiry) wait() {
	select {
	case <-q.done:
	case <-q.ctx.Done():
	case <-q.timer.C:
		q.timer.Reset(0)
	}
}

// outcome lists the answers that the rules wait for, as far as they are there. known is false if one is missing: it failed,
// did not come in time, or was not asked.
func (q *inquiry) outcome(rules []*rule) (replies []*reply, known bool) {
	q.wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	known = true
	for _, r := range rules {
		known = known && !q.short[r]
		for _, p := range q.steps[r] {
			known = known && p.known()
		}
		for _, p := range q.asked[r] {
			known = known && p.known()
			if p.done {
				replies = append(replies, p)
			}
		}
	}
	return replies, known
}
