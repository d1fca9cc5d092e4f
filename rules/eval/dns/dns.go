// Package dns has the rules that ask the DNS: lists of addresses and domains (check_rbl and its kin, RFC 5782), lists that
// know the domains of links (uridnsbl, urirhssub …), and questions that a rule writes itself (askdns).
//
// All questions about a message start at once, before other rules are run, and each is asked once however many rules
// have it. The answers are awaited when the other rules are done. A rule that misses an answer is in doubt, which is not
// the same as a rule that did not hit.
package dns

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/rules/eval"
	"weir/rules/pattern"
	"weir/rules/view"
)

// Room is the family.
type Room struct {
	settings
	rules []*rule
	sets  map[string][]*rule // check_rbl rules by the name of their set
	links map[string]*list   // uridnsbl and its kin, by rule

	mu      sync.Mutex
	blocked map[string]time.Time // domains that are not asked until then (dns_block_rule)
}

// rule is a rule that asks the DNS.
type rule struct {
	call  eval.Call
	start func(q *inquiry, m *view.Mail) // asks; nil: it goes by what others ask
	hit   judgement                      // whether the answers are a hit
	set   string                         // check_rbl_sub: the set whose answers it goes by
}

// judgement tells whether answers are a hit. What must match a pattern is tried within the time of the rule.
type judgement func(t *pattern.Trial, answers []*reply) bool

// New makes the room.
func New() *Room {
	return &Room{settings: defaults(), sets: map[string][]*rule{}, links: map[string]*list{}, blocked: map[string]time.Time{}}
}

// Plugins implements eval.Room.
func (r *Room) Plugins() []string { return []string{"DNSEval", "URIDNSBL", "AskDNS", "HashBL"} }

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	var ru *rule
	var err error
	switch c.Name {
	case "check_uridnsbl":
		ru, err = r.bindLink(c)
	case "askdns":
		ru, err = r.bindAsk(c)
	case "check_rbl_sub":
		ru, err = r.bindSub(c)
	case "check_dns_sender":
		ru = r.bindSender(c)
	default:
		if strings.HasPrefix(c.Name, "check_hashbl_") {
			return nil, &eval.Off{Why: "it asks lists for hashes of addresses and texts; lists of domains and of links are asked by askdns and urirhssub"}
		}
		ru, err = r.bindList(c)
	}
	if err != nil {
		return nil, err
	}
	r.rules = append(r.rules, ru)
	return func(m *view.Mail) int { return r.check(ru, m) }, nil
}

// Ask implements eval.Asker.
func (r *Room) Ask(ctx context.Context, m *view.Mail, off func(rule string) bool) {
	if len(r.rules) == 0 || m.Facts.Resolver == nil {
		return
	}
	now := m.Now
	q := begin(ctx, m, func(name string) bool { return r.closed(name, now) }, r.wait)
	defer q.release()
	for _, ru := range r.rules {
		if ru.start != nil && !off(ru.call.Rule) {
			ru.start(q, m)
		}
	}
}

// anyOf makes a judgement of answers from one of a single answer.
func anyOf(fits func(t *pattern.Trial, p *reply) bool) judgement {
	return func(t *pattern.Trial, answers []*reply) bool {
		return slices.ContainsFunc(answers, func(p *reply) bool { return fits(t, p) })
	}
}

// check tells whether a rule hit. One that misses an answer is in doubt, unless another answer is a hit already.
func (r *Room) check(ru *rule, m *view.Mail) int {
	q := inquiryOf(m)
	if q == nil {
		return 0
	}
	sources := []*rule{ru}
	if ru.set != "" {
		sources = r.sets[ru.set]
	}
	answers, known := q.outcome(sources)
	t := pattern.Try(eval.Limit)
	switch {
	case ru.hit(t, answers):
		r.block(ru.call.Rule, m.Now)
		return 1
	case !known || t.Cut():
		m.Doubt()
	}
	return 0
}
