// Package dmarc tells whether the domain that a reader sees in From stands behind a mail (RFC 9989, and RFC 7489 for
// records that were written for it).
//
// SPF proves the domain of MAIL FROM and DKIM those of signatures; neither is what a reader sees. DMARC asks that one
// of the proved domains is aligned with the author's: the same, or of the same organisation. The author's domain says
// in the DNS, at _dmarc.<domain>, what is to happen to mail for which that fails.
//
// Which domains are one organisation is found by climbing the DNS tree (walk.go); the public suffix list guards it
// against names below which strangers register. A From field that two programs might read differently never passes
// (author.go). The filter reports; a symbol that decides is how it reports that an owner's policy is to be obeyed.
package dmarc

import (
	"context"
	"slices"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/address"
)

type filter struct {
	Config
	env   filters.Env
	lists map[string]bool
	notes pending
	seen  remembered
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{Config: DefaultConfig(), env: env, lists: map[string]bool{}}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if err := f.Config.Check(); err != nil {
		return nil, err
	}
	for _, l := range f.Lists {
		f.lists[address.Domain(l)] = true
	}
	return f, nil
}

// Check evaluates a mail. Where SPF or DKIM were not checked, only a pass says something.
func (f *filter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	if f.env.Offline || f.env.Resolver == nil {
		return filters.Result{}, nil
	}
	short, cancel := early(ctx)
	defer cancel()
	v := f.evaluate(short, m, found)
	v.Spent = filters.QuestionsOf(ctx).Denied() > 0
	if (v.Value == filters.Fail || v.Value == filters.TempError && v.Known) && v.Ambiguous == "" && !complete(m, found) {
		return filters.Result{}, nil
	}
	if v.Value == filters.Fail && v.Want != None && v.Ambiguous == "" {
		v.Except = f.exceptional(m, found)
	}
	f.remember(v)
	f.note(m, v)
	return filters.Result{Hits: f.hits(v), Auth: []filters.Auth{v.result()}}, nil
}

// Prefetch asks for the records of the authors' domains and of their organisations, before other filters have asked for
// all that a mail may ask for.
func (f *filter) Prefetch(stage filters.Stage, m *message.Message) (list []filters.Question) {
	if stage != filters.Header || f.env.Offline {
		return nil
	}
	domains := m.Author().Domains
	for _, d := range domains[:min(len(domains), maxDomains)] {
		for _, name := range [...]string{d, registered(d)} {
			q := filters.Question{Type: filters.TXT, Name: "_dmarc." + name}
			if validDomain(name) && !slices.Contains(list, q) {
				list = append(list, q)
			}
		}
	}
	return list
}

// complete tells whether SPF and DKIM were both looked at. They are not where nobody knows the client (a scan of a file), or
// where the admin has switched a filter off: then that nothing is aligned says nothing of the mail.
func complete(m *message.Message, found filters.Findings) bool {
	spf := m.HasFrom && m.Envelope.From == "" || found.Failed("spf")
	dkim := found.Failed("dkim")
	for _, a := range found.Auth() {
		spf = spf || a.Method == "spf" && property(&a, "smtp", "mailfrom") != ""
		dkim = dkim || a.Method == "dkim"
	}
	return spf && dkim && m.Client.Addr.IsValid()
}

// remember takes down what the authors' owners want, for when they can't be asked.
func (f *filter) remember(v *verdict) {
	for i := range v.authors {
		if a := &v.authors[i]; a.Known {
			f.seen.note(a.Domain, a.Want)
		}
	}
}

// early ends a tenth before the filter's own time does. A DNS that hangs must end as a temporary error, which may put
// the mail off, and not as a filter that failed, which lets it pass (E18).
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-time.Until(end)/10))
}
