package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// ErrPanic is what a filter's panic becomes: the mail goes on, the failure is in the report.
var ErrPanic = errors.New("gateway: filter panicked")

// finding is what one run of one filter gave.
type finding struct {
	spec   *filters.Spec
	mode   filters.FailureMode
	result filters.Result
	err    error
	took   time.Duration
}

// run runs one stage over m. earlier is what former stages found, answers what the askers' questions gave; the stage's
// own findings are returned in list order.
func (s *Snapshot) run(ctx context.Context, w Watcher, stage filters.Stage, m *message.Message, earlier []finding, answers []answer) []finding {
	var out []finding
	for _, wave := range s.plans[stage].waves {
		out = append(out, s.runWave(ctx, w, stage, wave, m, append(earlier[:len(earlier):len(earlier)], out...), answers)...)
	}
	return out
}

// runWave starts the filters that wait for others at once, runs those that compute in turn meanwhile, and collects.
func (s *Snapshot) runWave(ctx context.Context, w Watcher, stage filters.Stage, wave []int, m *message.Message, seen []finding, answers []answer) []finding {
	pending, views := make([]*pendingCheck, len(wave)), views{seen: seen}
	for k, i := range wave {
		if r := &s.Filters[i]; r.Spec.Network && !r.skips(m) && (answers == nil || answers[i].err == nil) {
			pending[k] = start(ctx, r, m, views.of(r).At(stage).With(asked(answers, i)))
		}
	}
	found := make([]finding, 0, len(wave))
	for k, i := range wave {
		r := &s.Filters[i]
		switch {
		case r.skips(m):
		case answers != nil && answers[i].err != nil:
			found = append(found, finding{spec: r.Spec, mode: r.OnFailure, err: answers[i].err})
		case pending[k] == nil:
			found = append(found, check(ctx, r, m, views.of(r).At(stage).With(asked(answers, i))))
		default:
			found = append(found, finding{spec: r.Spec})
		}
	}
	at := 0
	for k, i := range wave {
		if s.Filters[i].skips(m) {
			continue
		}
		if pending[k] != nil {
			found[at] = pending[k].wait()
		}
		w.Filter(found[at].spec.Name, found[at].took, found[at].err)
		at++
	}
	return found
}

// asked gives what a filter's Ask returned.
func asked(answers []answer, i int) any {
	if answers == nil {
		return nil
	}
	return answers[i].asked
}

// skips tells whether this filter has no say on m.
func (r *Running) skips(m *message.Message) bool { return r.Spec.Inbound && m.Outgoing }

// pendingCheck is a filter that waits for others, on a goroutine of its own.
type pendingCheck struct {
	filter *Running
	ctx    context.Context
	cancel context.CancelFunc
	began  time.Time
	done   chan finding
}

func start(ctx context.Context, r *Running, m *message.Message, view filters.Findings) *pendingCheck {
	p := &pendingCheck{filter: r, began: time.Now(), done: make(chan finding, 1)}
	p.ctx, p.cancel = context.WithTimeout(ctx, r.timeout())
	go func() { p.done <- check(p.ctx, r, m, view) }()
	return p
}

// wait returns the filter's finding, or its failure when its time ends. A filter that ignores the end of its time is
// left behind: what it says then is not heard any more.
func (p *pendingCheck) wait() finding {
	defer p.cancel()
	select {
	case f := <-p.done:
		return f
	case <-p.ctx.Done():
	}
	select {
	case f := <-p.done: // it ended in time, and so did its time
		return f
	default:
		r := p.filter
		return finding{spec: r.Spec, mode: r.OnFailure, err: context.Cause(p.ctx), took: time.Since(p.began)}
	}
}

// check runs a filter and turns a panic into an error.
func check(ctx context.Context, r *Running, m *message.Message, view filters.Findings) (f finding) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, r.timeout())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			f = finding{spec: r.Spec, mode: r.OnFailure, err: fmt.Errorf("%w: %v\n%s", ErrPanic, p, debug.Stack())}
		}
		f.took = time.Since(began)
	}()
	result, err := r.Filter.Check(ctx, m, view)
	return finding{spec: r.Spec, mode: r.OnFailure, result: result, err: err}
}

func (r *Running) timeout() time.Duration {
	switch {
	case r.Timeout > 0:
		return r.Timeout
	case r.Spec.Timeout > 0:
		return r.Spec.Timeout
	}
	return DefaultTimeout
}

// views are what filters may see of what was found. The summary stage sees all of it, so that one view serves its filters.
type views struct {
	seen []finding
	all  *filters.Findings // nil: not made yet
}

// of gives what a filter may see: those in its After, or all in the summary stage.
func (v *views) of(r *Running) filters.Findings {
	switch {
	case r.Spec.Stage != filters.Summary && len(r.Spec.After) == 0:
		return filters.Findings{}
	case r.Spec.Stage != filters.Summary:
		return viewOf(v.seen, r.reads)
	case v.all == nil:
		all := viewOf(v.seen, func(string) bool { return true })
		v.all = &all
	}
	return *v.all
}

func viewOf(seen []finding, reads func(filter string) bool) filters.Findings {
	var hits []scoring.Hit
	var auth []filters.Auth
	var failed []string
	var attached filters.Attached
	var opinion *filters.Opinion
	for _, f := range seen {
		if !reads(f.spec.Name) {
			continue
		}
		hits, auth = append(hits, f.result.Hits...), append(auth, f.result.Auth...)
		attached = attached.With(f.result.Attached)
		if f.result.Bayes != nil {
			opinion = f.result.Bayes
		}
		if f.err != nil {
			failed = append(failed, f.spec.Name)
		}
	}
	return filters.NewFindings(hits, auth, failed).WithAttached(attached).WithOpinion(opinion)
}

func (r *Running) reads(name string) bool {
	for _, after := range r.Spec.After {
		if after == name {
			return true
		}
	}
	return false
}
