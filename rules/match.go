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
	demand                  // what is known by now
	spent   []time.Duration // by rule
	cut     []bool          // by rule: not run to its end
	touched []int32         // rules with any of these set, or a count
	limit   time.Duration
	left    time.Duration      // for all patterns together
	asking  context.Context    // of questions to the DNS; nil: there are none
	enough  context.CancelFunc // ends them
	whole   bool               // all rules are run that something may ask for

	group   *group  // at hand
	notes   []notes // by group
	scratch pattern.Scratch
	arena   []byte              // header fields
	caught  map[string][]string // pieces for templates
	foundIn map[int32]int       // mimeheader rules that were found: the text
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
		r = &run{set: s, spent: make([]time.Duration, n), cut: make([]bool, n), notes: make([]notes, s.plan.groupCount)}
		r.demand.init(r)
	}
	r.ctx, r.mail, r.whole = ctx, mail, false
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
	r.forget()
	r.enoughAsked()
	for i := range r.notes {
		n := &r.notes[i]
		n.Forget()
		n.looked, n.there, n.subject = false, false, false
	}
	if r.arena = r.arena[:0]; cap(r.arena) > mostArena {
		r.arena = nil
	}
	clear(r.foundIn)
	r.ctx, r.mail, r.group, r.caught = nil, nil, nil, nil
	r.set.pool.runs.Put(r)
}

// run runs the rules that matter. The error is the context's.
func (r *run) run() error {
	r.ask()
	for _, e := range r.set.editors {
		e.Edit(r.mail)
	}
	r.outsiders(r.mail.Facts.Symbol)
	list := r.set.plan.demand
	if r.whole {
		list = r.set.plan.all
	}
	for _, i := range list {
		if r.ctx.Err() != nil {
			break
		}
		r.count(i)
	}
	return r.ctx.Err()
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

// find runs a rule's pattern, or looks whether its field is there.
func (r *run) find(i int32) {
	rule, at := r.set.rules[i], &r.set.plan.homes[i]
	n := r.look(at.group)
	if at.index >= 0 {
		r.group = at.group
		at.group.matcher.Find(int(at.index), &n.Notes, &r.scratch, r)
	}
	switch {
	case at.sort == byTemplate:
		r.template(i, rule, at.group)
	case at.sort == byPattern:
		r.negate(i, rule)
	case n.there:
		r.touch(i)
		r.counts[i] = 1
	}
}

// negate turns a rule around that hits where its pattern is not found. One that was not run to its end does not hit.
func (r *run) negate(i int32, rule *Rule) {
	if !rule.negate {
		return
	}
	r.touch(i)
	if r.counts[i] == 0 && !r.cut[i] {
		r.counts[i] = 1
	} else {
		r.counts[i] = 0
	}
}

// Want implements pattern.Sink.
func (r *run) Want(i, text int) int {
	rule := r.group.rules[i]
	l := &r.set.plan.limits[rule]
	switch {
	case r.cut[rule]:
		return 0
	case r.group.kind == Body && text == 0 && l.noSubject && r.notes[r.group.number].subject:
		return 0
	case r.group.kind == MIMEHeader && r.elsewhere(rule, text):
		return 0
	}
	return int(l.max) - int(r.counts[rule])
}

// Found implements pattern.Sink.
func (r *run) Found(i, text, n int) {
	rule := r.group.rules[i]
	r.touch(rule)
	r.counts[rule] += float64(n)
	if r.group.kind == MIMEHeader {
		if r.foundIn == nil {
			r.foundIn = map[int32]int{}
		}
		r.foundIn[rule] = text
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
	r.cut[rule] = r.cut[rule] || cut || r.spent[rule] > r.limit && r.counts[rule] < float64(r.set.plan.limits[rule].max)
}

func (r *run) touch(rule int32) {
	if r.counts[rule] == 0 && r.spent[rule] == 0 && !r.cut[rule] {
		r.touched = append(r.touched, rule)
	}
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
