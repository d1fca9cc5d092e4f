package rules

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
	"weir/message"
	"weir/rules/pattern"
	"weir/rules/view"
	"weir/rules/view/field"
)

// Cost is the CPU time that something took: a rule, a view, a group of rules.
type Cost struct {
	What string
	Sort string // step, view, group, function, pattern
	Time time.Duration
	Told bool // the rule was reported as not run to its end
}

// Scale runs the rules of a set over one message as Match does, and clocks each step by itself.
type Scale struct {
	*run
	costs []Cost
}

// threadCPU is the CPU time of this thread.
func threadCPU() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

func (w *Scale) clock(sort, what string, f func()) {
	start := threadCPU()
	f()
	w.costs = append(w.costs, Cost{Sort: sort, What: what, Time: threadCPU() - start})
}

// Weigh gives the costs of each step, of each rule that was clocked, and what was reported of the message. With alone each
// pattern is run by itself too, so that what is never clocked shows.
func Weigh(s *Set, raw []byte, alone bool) (costs []Cost, partial string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	w := &Scale{}
	var m *message.Message
	w.clock("step", "parsing", func() {
		m = message.New(message.Envelope{}, message.Options{})
		m.Load(raw)
	})
	w.run = s.begin(context.Background(), view.New(m, s.view, noFacts, noon))
	defer w.end()
	w.views()
	w.groups()
	w.functions()
	w.clock("step", "metas", func() {
		for i := range s.plan.metas {
			w.count(s.plan.metas[i].rule)
		}
	})
	for _, i := range w.touched {
		if w.spent[i] > 0 {
			w.costs = append(w.costs, Cost{s.rules[i].Name, "pattern", w.spent[i], w.cut[i]})
		}
	}
	if alone {
		w.alone()
	}
	return w.costs, w.mail.Partial()
}

func (w *Scale) views() {
	v := w.mail
	w.clock("view", "Header", func() { v.Header() })
	w.clock("view", "Relays", func() { v.Relays() })
	w.clock("view", "Parts", func() { v.Parts() })
	w.clock("view", "Texts", func() { v.Texts() })
	w.clock("view", "Body", func() { v.Body() })
	w.clock("view", "VisibleBody", func() { v.VisibleBody() })
	w.clock("view", "RawBody", func() { v.RawBody() })
	w.clock("view", "Full", func() { v.Full() })
	w.clock("view", "Links", func() { v.URIs() })
	var text []byte
	for _, name := range []string{"ALL", "From:addr", "From:name", "ToCc:addr", "Received", "X-Spam-Relays-External", "ALL-TRUSTED", "EnvelopeFrom", "MESSAGEID", "Subject", "To:domain"} {
		t := field.MustParse(name)
		w.clock("view", name, func() { text, _ = v.Header().Append(text[:0], t) })
	}
}

// groups runs the patterns.
func (w *Scale) groups() {
	for _, g := range w.set.plan.groups() {
		name := g.kind.String()
		if g.kind == Header {
			name += " " + g.target.String()
		}
		w.clock("group", name, func() {
			w.look(g)
			for _, i := range g.rules {
				if len(w.set.rules[i].wants) == 0 {
					w.count(i)
				}
			}
		})
	}
	w.clock("step", "templates", func() {
		for _, i := range w.set.plan.templates {
			w.count(i)
		}
	})
}

func (w *Scale) functions() {
	for _, i := range w.set.plan.checks {
		start := threadCPU()
		w.count(i)
		w.costs = append(w.costs, Cost{w.set.rules[i].Name + " " + w.set.rules[i].Text, "function", threadCPU() - start, w.cut[i]})
	}
}

// alone runs each pattern by itself over what its group looks at.
func (w *Scale) alone() {
	for _, g := range w.set.plan.groups() {
		for _, i := range g.rules {
			w.one(g, i)
		}
	}
}

func (w *Scale) one(g *group, rule int32) {
	r := w.set.rules[rule]
	matcher := pattern.NewGroup([]*pattern.Pattern{r.pattern})
	for again := range 2 { // the first run makes what the pattern needs
		w.counts[rule], w.spent[rule], w.cut[rule] = 0, 0, false
		w.left = time.Hour // what the others took is not its fault
		start := threadCPU()
		w.run.alone(rule, g, matcher)
		if d := threadCPU() - start; again > 0 && d > 5*time.Millisecond {
			w.costs = append(w.costs, Cost{r.Name, "alone", d, w.cut[rule]})
		}
	}
}

// Target names what a rule looks at, if it is a header field.
func (r *Rule) Target() string {
	if r.target == nil {
		return ""
	}
	return r.target.String()
}
