package dnslist

import (
	"context"
	"fmt"
	"slices"
	"time"

	"weir/filters"
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
	queries := s.known(s.queries(subjects, &out), &out)
	s.sort(&out)
	if len(queries) == 0 {
		return out
	}
	in, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	answers := make(chan verdict, len(queries))
	for i := range queries {
		go func() { answers <- s.one(in, i, &queries[i]) }()
	}
	s.collect(ctx, in, queries, answers, &out)
	s.sort(&out)
	return out
}

func (*Set) sort(out *Outcome) {
	slices.Sort(out.Missing)
	out.Missing = slices.Compact(out.Missing)
}

// known takes those out of which the resolver knows that nobody is listed: nearly all, where mail is much alike.
func (s *Set) known(queries []query, out *Outcome) []query {
	p, ok := s.resolver.(filters.Peeker)
	if !ok {
		return queries
	}
	rest := queries[:0]
	for _, q := range queries {
		if p.IsAbsent(q.name) {
			q.list.counts.clean.Add(1)
			out.Answered++
			continue
		}
		rest = append(rest, q)
	}
	return rest
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
	if len(all) > 0 {
		s.begin()
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
