package rules

import (
	"context"
	"slices"
	"sync"
	"time"

	"weir/message"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/scoring"
)

// pool keeps the memory of finished runs.
type pool struct{ runs sync.Pool }

// run is one message on its way through the rules. It is the Sink of the matchers.
type run struct {
	set     *Set
	ctx     context.Context // of this run only
	mail    *view.Mail
	counts  []float64       // by rule
	spent   []time.Duration // by rule
	cut     []bool          // by rule: not run to its end
	touched []int32         // rules with any of these set
	limit   time.Duration
	left    time.Duration      // for all patterns together
	asking  context.Context    // of questions to the DNS; nil: there are none
	enough  context.CancelFunc // ends them
	group   *group
	subject bool     // the text at hand is the Subject
	whole   bool     // rules that are idle are run too
	open    []uint64 // the reported metas that may hit; none: all

	scratch pattern.Scratch
	text    []byte // a header field's
	outside []float64
	part    int32           // mimeheader rules: the part at hand, from 1
	foundIn map[int32]int32 // mimeheader rules that are flagged multiple: the part
}

// Match runs the rules over a message. facts are what else is known of it, now is the clock that rules about dates go by.
// Hits come in the order of names. failed lists rules that were not run to their end: whether they would have hit is
// not known. The error is ctx's: then nothing can be said. A rule hits at most once here; Count says how often it was
// found, and the score of a rule flagged multiple counts each time.
func (s *Set) Match(ctx context.Context, m *message.Message, facts view.Facts, now time.Time) (hits []scoring.Hit, failed []string, err error) {
	r := s.begin(ctx, view.New(m, s.view, facts, now))
	defer r.end()
	if err := r.run(); err != nil {
		return nil, nil, err
	}
	return r.hits(), r.failed(), nil
}

// wholeLimit bounds the time of all patterns together on one message, in limits of a single one: a mail that wants hundreds of
// them to take as long as they may is cut too. Those that come later are told as cut at once where they would take long.
const wholeLimit = 20

func (s *Set) begin(ctx context.Context, mail *view.Mail) *run {
	r, _ := s.pool.runs.Get().(*run)
	if r == nil {
		n := len(s.rules)
		r = &run{set: s, counts: make([]float64, n), spent: make([]time.Duration, n), cut: make([]bool, n), outside: make([]float64, len(s.plan.outside))}
	}
	r.ctx, r.mail, r.whole, r.open = ctx, mail, false, r.open[:0]
	r.limit = s.RuleLimit
	if r.limit <= 0 {
		r.limit = DefaultRuleLimit
	}
	r.left = wholeLimit * r.limit
	return r
}

// end forgets the message and gives the memory back.
func (r *run) end() {
	for _, i := range r.touched {
		r.counts[i], r.spent[i], r.cut[i] = 0, 0, false
	}
	r.touched = r.touched[:0]
	r.enoughAsked()
	r.ctx, r.mail, r.group = nil, nil, nil
	r.set.pool.runs.Put(r)
}

// run runs all rules. The error is the context's.
func (r *run) run() error {
	r.ask()
	for _, e := range r.set.editors {
		e.Edit(r.mail)
	}
	if err := r.texts(); err != nil {
		return err
	}
	r.checks()
	r.templates()
	r.metas(r.mail.Facts.Symbol)
	return r.ctx.Err()
}

// checks runs the rules that call a function.
func (r *run) checks() {
	r.reach(atChecks)
	for _, i := range r.set.plan.checks {
		if r.ctx.Err() != nil {
			return
		}
		if !r.idle(i) {
			r.check(i)
		}
	}
}

// check runs one function.
func (r *run) check(i int32) {
	if n := r.set.rules[i].check(r.mail); n > 0 {
		r.touch(i)
		r.counts[i] = float64(n)
	}
	if r.mail.Doubted() {
		r.touch(i)
		r.cut[i] = true
	}
}

// Want implements pattern.Sink.
func (r *run) Want(i int) int {
	rule := r.group.rules[i]
	l := &r.set.plan.limits[rule]
	if r.cut[rule] || r.subject && l.noSubject || r.idle(rule) || r.part > 1 && r.done(rule) {
		return 0
	}
	return int(l.max) - int(r.counts[rule])
}

// Found implements pattern.Sink.
func (r *run) Found(i, n int) {
	rule := r.group.rules[i]
	r.touch(rule)
	r.counts[rule] += float64(n)
	if r.part > 0 {
		if r.foundIn == nil {
			r.foundIn = map[int32]int32{}
		}
		r.foundIn[rule] = r.part
	}
}

// Left implements pattern.Sink.
func (r *run) Left(i int) time.Duration { return min(r.limit-r.spent[r.group.rules[i]], r.left) }

// Spent implements pattern.Sink.
func (r *run) Spent(i int, d time.Duration, cut bool) {
	rule := r.group.rules[i]
	r.touch(rule)
	r.spent[rule] += d
	r.left -= d
	r.cut[rule] = r.cut[rule] || cut || r.spent[rule] > r.limit && r.Want(i) > 0
}

func (r *run) touch(rule int32) {
	if r.counts[rule] == 0 && r.spent[rule] == 0 && !r.cut[rule] {
		r.touched = append(r.touched, rule)
	}
}

// metas computes the meta rules, each after those that it uses.
func (r *run) metas(symbol func(name string) int) {
	p := &r.set.plan
	for i, name := range p.outside {
		r.outside[i] = 0
		if symbol != nil {
			r.outside[i] = float64(symbol(name))
		}
	}
	for i := range p.metas {
		m := &p.metas[i]
		v := r.set.rules[m.rule].expr.Eval(func(i int) float64 { return r.value(&m.uses[i]) })
		if v == 0 {
			continue
		}
		if v < 0 { // SpamAssassin: a hit counts at least something
			v = 1
		}
		r.touch(m.rule)
		r.counts[m.rule] = v
	}
}

func (r *run) value(u *use) float64 {
	switch {
	case u.rule >= 0:
		return r.counts[u.rule]
	case u.outside >= 0:
		return r.outside[u.outside]
	}
	v := u.fixed
	for _, i := range u.sum {
		v += r.counts[i]
	}
	return v
}

// hits lists what is reported.
func (r *run) hits() []scoring.Hit {
	var out []scoring.Hit
	for _, i := range r.set.plan.report {
		n := r.counts[i]
		if n == 0 {
			continue
		}
		h := scoring.Hit{Name: r.set.rules[i].Name, Count: 1}
		if r.set.plan.limits[i].weigh {
			h.Count, h.Weight = max(int(n), 1), n
		}
		out = append(out, h)
	}
	if what := r.mail.Partial(); what != "" {
		out = append(out, scoring.Hit{Name: Partial, Detail: what})
	}
	return out
}

// Partial is the symbol that Match reports when a message is longer than what rules look at.
const Partial = "RULESET_PARTIAL"

// failed lists the rules that were cut short: whether they hit, or how often, is not known.
func (r *run) failed() []string {
	var out []string
	for _, i := range r.touched {
		if r.cut[i] {
			out = append(out, r.set.rules[i].Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out) // one may be touched twice
}
