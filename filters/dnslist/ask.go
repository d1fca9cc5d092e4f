package dnslist

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// maxQuestions bounds what one call of Ask asks. What lies beyond is missing from the outcome, and told.
const maxQuestions = 400

// Listing is a subject found on a list.
type Listing struct {
	Subject *Subject
	Symbol  string
	Code    *Code
	Answer  [4]byte

	list *list
}

// Outcome is what the lists said.
type Outcome struct {
	Listings []Listing
	Missing  []string // lists that are off or did not answer, sorted, each once
	Answered int      // questions that were answered
	Failed   int      // questions that were asked and not answered, or whose answer does not count
	Left     bool     // there were more questions than may be asked
}

// query is one question to one list.
type query struct {
	list    *list
	subject *Subject
	name    string
}

// verdict is what came of a query.
type verdict struct {
	query int
	found []match // none: not listed
	ok    bool    // false: could not tell
}

// Ask asks all lists at once and waits for the answers, for the budget at most. A list that lets the budget run out
// makes mail wait this once: it is off until it answers a probe. Subjects must not be changed afterwards.
func (s *Set) Ask(ctx context.Context, subjects []Subject) Outcome {
	return s.AskWithin(ctx, s.Budget, subjects)
}

// AskWithin is Ask with a shorter budget, for who has waited for something else before.
func (s *Set) AskWithin(ctx context.Context, budget time.Duration, subjects []Subject) Outcome {
	var out Outcome
	queries := s.queries(subjects, &out)
	if len(queries) == 0 {
		return out
	}
	s.begin()
	in, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	answers := make(chan verdict, len(queries))
	for i := range queries {
		go func() { answers <- s.one(in, i, &queries[i]) }()
	}
	s.collect(ctx, in, queries, answers, &out)
	slices.Sort(out.Missing)
	out.Missing = slices.Compact(out.Missing)
	return out
}

// collect waits for the answers and puts the listings in the order of the queries.
func (s *Set) collect(ctx, in context.Context, queries []query, answers <-chan verdict, out *Outcome) {
	open := make([]bool, len(queries))
	var found []verdict
	for i := range open {
		open[i] = true
	}
	for left := len(queries); left > 0; left-- {
		select {
		case v := <-answers:
			open[v.query] = false
			found = out.note(v, queries, found)
		case <-in.Done():
			s.late(ctx, queries, open, out)
			left = 0
		}
	}
	slices.SortFunc(found, func(a, b verdict) int { return a.query - b.query })
	for _, v := range found {
		q := &queries[v.query]
		for _, m := range v.found {
			out.Listings = append(out.Listings, Listing{Subject: q.subject, Symbol: q.list.symbols[m.code], Code: &q.list.zone.Codes[m.code], Answer: m.answer, list: q.list})
		}
	}
}

// note counts an answer.
func (o *Outcome) note(v verdict, queries []query, found []verdict) []verdict {
	if !v.ok {
		o.Failed++
		o.Missing = append(o.Missing, queries[v.query].list.name)
		return found
	}
	o.Answered++
	if len(v.found) > 0 {
		return append(found, v)
	}
	return found
}

// late turns the lists off that let the budget run out, unless it was the caller who had no more time.
func (s *Set) late(ctx context.Context, queries []query, open []bool, out *Outcome) {
	for i, q := range queries {
		if !open[i] {
			continue
		}
		out.Failed++
		out.Missing = append(out.Missing, q.list.name)
		if ctx.Err() == nil {
			s.turnOff(q.list, silent, fmt.Sprintf("no answer within %v", s.Budget))
		}
	}
}

// queries lists what to ask, each name of a list once, and begins the probes of lists that were never probed.
func (s *Set) queries(subjects []Subject, out *Outcome) []query {
	var all []query
	seen := map[string]bool{}
	for i := range subjects {
		for _, l := range s.byKind[subjects[i].Kind] {
			name := subjects[i].question(l)
			switch {
			case name == "" || seen[name]:
			case len(all) == maxQuestions:
				out.Left = true
			case s.use(l):
				seen[name] = true
				all = append(all, query{l, &subjects[i], name})
			default:
				out.Missing = append(out.Missing, l.name)
			}
		}
	}
	return all
}

// use tells whether a list can be asked.
func (s *Set) use(l *list) bool {
	l.mu.Lock()
	usable, isNew := l.health.usable(), l.health.state == unproved
	l.health.used = now()
	l.mu.Unlock()
	if !usable {
		l.counts.skipped.Add(1)
		return false
	}
	if isNew {
		s.startProbe(l)
	}
	return true
}

// one asks one question.
func (s *Set) one(ctx context.Context, i int, q *query) verdict {
	none := verdict{query: i}
	answer, err := lookup(ctx, s.resolver, q.name)
	if err != nil {
		s.failed(ctx, q.list, err)
		return none
	}
	switch means(answer) {
	case absent:
		q.list.counts.clean.Add(1)
		none.ok = true
		return none
	case refused:
		q.list.counts.refused.Add(1)
		s.turnOff(q.list, refusing, seen(answer, q.name))
		return none
	case strange:
		q.list.counts.refused.Add(1)
		s.turnOff(q.list, odd, seen(answer, q.name))
		return none
	}
	return s.counted(ctx, i, q.list, answer)
}

func seen(answer []netip.Addr, name string) string { return fmt.Sprintf("%v for %s", answer, name) }

// counted looks whether a listing counts: its code must be configured, and the list must be in order.
func (s *Set) counted(ctx context.Context, i int, l *list, answer []netip.Addr) verdict {
	v := verdict{query: i, ok: true, found: l.matches(answer)}
	if len(v.found) == 0 {
		l.counts.unknown.Add(1)
		return v
	}
	if !s.trusted(ctx, l) {
		return verdict{query: i}
	}
	l.counts.listed.Add(1)
	return v
}

// trusted tells whether a list's last probe was good and is not too old; else it waits for another one.
func (s *Set) trusted(ctx context.Context, l *list) bool {
	l.mu.Lock()
	h := l.health
	l.mu.Unlock()
	age := now().Sub(h.good)
	switch {
	case !h.usable():
		return false
	case h.state == well && age < s.pace.fresh:
		return true
	case h.state == well && age < s.pace.stale:
		s.startProbe(l)
		return true
	}
	select {
	case <-s.startProbe(l):
	case <-ctx.Done():
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.health.state == well
}

// failed notes that a list could not tell. One that does not answer is off at once, since waiting for it costs; for
// other errors a probe is asked, which says whether it was the list or the question.
func (s *Set) failed(ctx context.Context, l *list, err error) {
	l.counts.failed.Add(1)
	if ctx.Err() != nil {
		return // whose fault it was is for late to say
	}
	if dns, ok := err.(*net.DNSError); ok && dns.IsTimeout {
		s.turnOff(l, silent, err.Error())
		return
	}
	l.mu.Lock()
	again := now().Sub(l.health.tried) > s.pace.quiet
	l.mu.Unlock()
	if again {
		s.startProbe(l)
	}
}

// turnOff notes what is wrong with a list, if it is not known yet. It will be probed in the background.
func (s *Set) turnOff(l *list, to state, detail string) {
	l.mu.Lock()
	off := l.health.usable()
	if off {
		l.health.turn(to, detail, now(), s.pace)
	}
	l.mu.Unlock()
	if off {
		s.wake()
	}
}
