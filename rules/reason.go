package rules

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"weir/message"
	"weir/rules/expr"
	"weir/rules/view"
	"weir/scoring"
)

// Explain is Match for people: it says why each rule hit as well, and the sub-rules that metas build on. The reasons are by
// the rules' names. It takes longer than Match, which keeps no places.
func (s *Set) Explain(ctx context.Context, m *message.Message, facts view.Facts, now time.Time) (hits []scoring.Hit, failed []string, reasons map[string]*scoring.Reason, err error) {
	r := s.begin(ctx, view.New(m, s.view, facts, now))
	defer r.end()
	r.whole = true
	if err := r.run(); err != nil {
		return nil, nil, nil, err
	}
	hits = r.hits()
	e := &explainer{run: r, reasons: map[string]*scoring.Reason{}}
	for _, h := range hits {
		if i, ok := s.index[h.Name]; ok {
			e.waiting = append(e.waiting, int32(i))
		}
	}
	e.explain()
	return hits, r.failed(), e.reasons, ctx.Err()
}

// explainer finds the reasons of a run's hits.
type explainer struct {
	*run
	waiting []int32 // rules that are to be explained
	reasons map[string]*scoring.Reason
}

// explain works off what is waiting; metas add what they use.
func (e *explainer) explain() {
	for len(e.waiting) > 0 && e.ctx.Err() == nil {
		i := e.waiting[0]
		e.waiting = e.waiting[1:]
		if r := e.set.rules[i]; e.counts[i] != 0 && e.reasons[r.Name] == nil {
			e.reasons[r.Name] = e.reason(i, r)
		}
	}
}

func (e *explainer) reason(i int32, r *Rule) *scoring.Reason {
	reason := &scoring.Reason{Kind: r.Kind.String(), Rule: r.Text, File: r.File, Line: r.Line, Count: e.counts[i]}
	switch {
	case r.expr != nil:
		e.expression(i, r, reason)
	case r.check != nil:
		reason.Call = r.calls()
	default:
		reason.Matched = e.places(i, r)
	}
	return reason
}

// calls gives the function that a rule calls, with its arguments; "" for what is no call in the file.
func (r *Rule) calls() string {
	if r.Kind == URIDetail || r.Kind == AskDNS {
		return ""
	}
	args := make([]string, len(r.call.Args))
	for i, arg := range r.call.Args {
		args[i] = "'" + arg + "'"
	}
	return r.call.Name + "(" + strings.Join(args, ", ") + ")"
}

// expression gives the numbers that a meta was made of.
func (e *explainer) expression(i int32, r *Rule, reason *scoring.Reason) {
	m := e.set.plan.homes[i].index
	names, uses := r.expr.Names(), e.set.plan.metas[m].uses
	reason.Uses = make(map[string]float64, len(names))
	for k, n := range names {
		reason.Uses[n.String()] = e.asked[m].Value(k)
		for _, j := range slices.Concat(uses[k].sum, []int32{uses[k].rule}) {
			if j >= 0 && e.counts[j] != 0 {
				reason.Uses[e.set.rules[j].Name] = e.counts[j]
				e.waiting = append(e.waiting, j)
			}
		}
	}
	reason.Values = expr.Show(r.Text, func(n expr.Name) string { return strconv.FormatFloat(reason.Uses[n.String()], 'g', 6, 64) })
}

// mostPlaces bounds the places that are told of one rule.
const mostPlaces = 5

// places finds where a rule's pattern matches.
func (e *explainer) places(i int32, r *Rule) (list []scoring.Match) {
	p, most := r.pattern, 1
	if e.set.plan.limits[i].weigh {
		most = mostPlaces
	}
	if len(r.wants) > 0 {
		p, _ = written(r.source, e.pieces())
	}
	for t := range e.texts(r) {
		switch {
		case r.exists || r.negate:
			list = append(list, scoring.Match{Where: t.where, Before: strings.TrimSpace(whole(t.text, 0, 60)), Not: r.negate})
		case p != nil && len(t.text) > 0:
			p.Find(t.text, func(from, to int) bool {
				list = append(list, place(t, from, to))
				return len(list) < most
			})
		}
		if len(list) >= most || e.ctx.Err() != nil {
			break
		}
	}
	return list
}

// piece is a text that a rule looks at.
type piece struct {
	where string
	text  []byte
}

// texts gives the texts that a rule looks at, in their order.
func (e *explainer) texts(r *Rule) func(yield func(piece) bool) {
	switch r.Kind {
	case Header:
		return e.field(r)
	case MIMEHeader:
		return e.partFields(r)
	case RawBody:
		return inOrder("rawbody chunk", e.mail.RawBody())
	case URI:
		return inOrder("link", e.mail.URIs())
	case Full:
		return func(yield func(piece) bool) { yield(piece{"message", e.mail.Full()}) }
	}
	body := e.mail.Body()
	return func(yield func(piece) bool) {
		if len(body) == 0 || !r.Has("nosubject") && !yield(piece{"Subject", []byte(body[0])}) {
			return
		}
		inOrder("body paragraph", body[1:])(yield)
	}
}

func inOrder(what string, texts []string) func(yield func(piece) bool) {
	return func(yield func(piece) bool) {
		for i, text := range texts {
			if !yield(piece{what + " " + strconv.Itoa(i+1), []byte(text)}) {
				return
			}
		}
	}
}

func (e *explainer) field(r *Rule) func(yield func(piece) bool) {
	return func(yield func(piece) bool) {
		text, there := e.mail.Header().Append(nil, r.target)
		if !there {
			text = []byte(r.unset)
		}
		yield(piece{r.target.String(), text})
	}
}

func (e *explainer) partFields(r *Rule) func(yield func(piece) bool) {
	return func(yield func(piece) bool) {
		for i, p := range e.mail.Parts().Parts {
			if r.mime.looksAt(i+1) && !yield(piece{"part " + strconv.Itoa(i+1) + ", " + r.mime.field, r.mime.appendValue(nil, p)}) {
				return
			}
		}
	}
}

// How much of a match, and of what stands around it, is told, in bytes.
const (
	mostMatched = 120
	mostAround  = 30
)

// place cuts a match out of its text.
func place(t piece, from, to int) scoring.Match {
	m := scoring.Match{Where: t.where, At: from, Text: whole(t.text, from, min(to, from+mostMatched))}
	if m.Before = whole(t.text, max(from-mostAround, 0), from); from > mostAround {
		m.Before = "…" + m.Before
	}
	if to > from+mostMatched {
		m.Text += "…"
	}
	if m.After = whole(t.text, to, min(to+mostAround, len(t.text))); to+mostAround < len(t.text) {
		m.After += "…"
	}
	return m
}

// whole gives a piece of a text as valid UTF-8. Letters that the cut went through are left out.
func whole(text []byte, from, to int) string {
	to = min(to, len(text))
	for from > 0 && from < to && !utf8.RuneStart(text[from]) {
		from++
	}
	for cut := to; to < len(text) && cut > from && to-cut < utf8.UTFMax; cut-- {
		if utf8.RuneStart(text[cut-1]) {
			if !utf8.FullRune(text[cut-1 : to]) {
				to = cut - 1
			}
			break
		}
	}
	return strings.ToValidUTF8(string(text[from:to]), "\uFFFD")
}
