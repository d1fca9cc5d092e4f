// Package greylist puts doubtful mail of unknown senders off once: a mail server comes back, most spam programs don't
// (RFC 6647).
//
// It never acts by itself. A mail is greylisted where its score is between the greylist and the next threshold of the
// recipient's policy, and one of the symbols GREYLIST_NEW and GREYLIST_EARLY says that this sender has not waited. So
// only suspicious mail waits, and where the store can't be asked nothing does (CASES C01).
//
// Noted are triplets (RFC 6647 section 2.3): sender, recipient, and the /24 or /64 of the client, since large senders
// try again from another address. A sender's domain that came back domain_after times from a network passes for all
// its mail from there; so do well-known pools, people our users write to, and domains proved by DMARC, SPF or DKIM
// that passed once.
package greylist

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"weir/filters"
	"weir/filters/setting"
	"weir/message"
	"weir/message/link"
	"weir/scoring"
)

// The symbols.
const (
	New    = "GREYLIST_NEW"
	Early  = "GREYLIST_EARLY"
	Passed = "GREYLIST_PASSED"
	Known  = "GREYLIST_KNOWN"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "greylist",
	Text:    "puts doubtful mail of unknown senders off once",
	Stage:   filters.Summary,
	After:   []string{"known"},
	Off:     true,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: New, Grey: true, Text: "The first try of this sender: put off, if its score is in the greylist window."},
		{Name: Early, Grey: true, Text: "The sender came back too soon: put off still."},
		{Name: Passed, Text: "The sender came back after the wait."},
		{Name: Known, Text: "The sender needs no greylisting: it passed before, is known, or is a well-known pool."},
	},
	New: newFilter,
}

// Config is the table [filters.greylist].
type Config struct {
	Delay       setting.Duration `toml:"delay" comment:"how long a new sender must wait"`
	DomainAfter int              `toml:"domain_after" comment:"mails of a domain from one network that must pass before all its mail from there does"`
	Networks    []netip.Prefix   `toml:"networks" comment:"networks that are never greylisted"`
	Pools       []string         `toml:"pools" comment:"senders with many addresses, by the domain of their host names, beside those that are built in"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{Delay: setting.Duration(4 * time.Minute), DomainAfter: 3, Networks: []netip.Prefix{}, Pools: []string{}}
}

// The families. A sender has two days to come back (RFC 5321 section 4.5.4.1 asks for four or five days of tries).
// The budgets bound what a flood of invented senders can take (CASES F06): those nearest to their end go first.
var (
	waiting = &filters.Family{Name: "greylist-wait", TTL: 2 * 24 * time.Hour, Budget: 500_000}
	passed  = &filters.Family{Name: "greylist-pass", TTL: 36 * 24 * time.Hour, Budget: 200_000, Slide: true}
)

// maxRcpts bounds the recipients of one mail that have triplets of their own.
const maxRcpts = 8

type filter struct {
	Config
	pools []string
}

func newFilter(decode func(into any) error, _ filters.Env) (filters.Filter, error) {
	f := &filter{Config: DefaultConfig()}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if f.DomainAfter < 1 {
		return nil, fmt.Errorf("domain_after must be 1 or more")
	}
	if f.Delay.D() >= waiting.TTL {
		return nil, fmt.Errorf("delay must be shorter than %s, the time in which a sender must come back", waiting.TTL)
	}
	f.pools = append(strings.Fields(builtIn), f.Pools...)
	for i, p := range f.pools {
		f.pools[i] = "." + strings.Trim(strings.ToLower(p), ".")
	}
	return f, nil
}

// asked is what Ask returns.
type asked struct {
	exempt string // why no greylisting is needed; "" it may be
	triple []filters.Name
	sights []*filters.Sight
	domain filters.Name
	pass   *filters.Sight
	proved bool
}

// Ask looks the triplets and the domain up.
func (f *filter) Ask(m *message.Message, found filters.Findings, b *filters.Batch) any {
	if !m.HasFrom || !m.Client.Addr.IsValid() || len(m.Rcpts) == 0 {
		return nil
	}
	a := &asked{exempt: f.exempt(m, found)}
	if a.exempt != "" {
		return a
	}
	a.proved = found.Proves(domainOf(m.Envelope.From))
	place := f.place(m, a.proved)
	for _, rcpt := range m.Rcpts[:min(len(m.Rcpts), maxRcpts)] {
		n := filters.Name{Who: m.Envelope.From, With: rcpt, What: place}
		a.triple = append(a.triple, n)
		a.sights = append(a.sights, b.Look(waiting, n))
	}
	a.domain = filters.Name{Who: organisation(domainOf(m.Envelope.From)), What: place}
	a.pass = b.Look(passed, a.domain)
	return a
}

// place is where the sender sends from: its proved domain, its pool, or its network.
func (f *filter) place(m *message.Message, proved bool) string {
	if proved {
		return "proved"
	}
	if p := f.pool(m.Client.Name); p != "" {
		return p
	}
	return filters.Pool(m.Client.Addr).String()
}

func (f *filter) exempt(m *message.Message, found filters.Findings) string {
	a := m.Client.Addr.Unmap()
	for _, p := range f.Networks {
		if p.Contains(a) {
			return "network " + p.String()
		}
	}
	if p := f.pool(m.Client.Name); p != "" && len(found.Proved()) > 0 {
		return "pool " + strings.TrimPrefix(p, ".")
	}
	return ""
}

// pool gives the pool that a host name belongs to. The name alone proves nothing: it only says that tries may come from
// other addresses.
func (f *filter) pool(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if i := slices.IndexFunc(f.pools, func(p string) bool { return strings.HasSuffix(name, p) }); i >= 0 {
		return f.pools[i]
	}
	return ""
}

// Check says whether the sender has waited.
func (f *filter) Check(_ context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	a, ok := found.Asked().(*asked)
	if !ok {
		return filters.Result{}, nil
	}
	if a.exempt != "" {
		return one(scoring.Hit{Name: Known, Detail: a.exempt}), nil
	}
	for _, s := range append(a.sights, a.pass) {
		if s.Err != nil {
			return filters.Result{}, s.Err
		}
	}
	if _, ok := found.Hit("KNOWN_SENDER"); ok {
		return one(scoring.Hit{Name: Known, Detail: "the recipient writes to this sender"}), nil
	}
	if a.pass.Times >= f.DomainAfter || a.proved && a.pass.Times > 0 {
		return one(scoring.Hit{Name: Known, Detail: a.domain.Who + " passed before"}), nil
	}
	return one(f.waited(a, m.Time)), nil
}

// waited looks at the youngest of the triplets. One that was first seen in the future, because a clock was set back,
// has waited long enough: nobody is put off for ever (CASES F10).
func (f *filter) waited(a *asked, now time.Time) scoring.Hit {
	left := time.Duration(0)
	for _, s := range a.sights {
		if s.Times == 0 {
			return scoring.Hit{Name: New, Retry: seconds(f.Delay.D())}
		}
		if age := now.Sub(s.First); age >= 0 {
			left = max(left, f.Delay.D()-age)
		}
	}
	if left > 0 {
		return scoring.Hit{Name: Early, Retry: seconds(left), Detail: fmt.Sprintf("%s too soon", left.Round(time.Second))}
	}
	return scoring.Hit{Name: Passed}
}

// Observe notes who was put off, and who passed.
func (f *filter) Observe(_ *message.Message, found filters.Findings, v filters.Verdict, b *filters.Batch) {
	a, ok := found.Asked().(*asked)
	if !ok || a.exempt != "" {
		return
	}
	switch {
	case v.Would(scoring.Greylist):
		for _, n := range a.triple {
			b.Seen(waiting, n)
		}
	case v.Taken && delivered(v) && a.waited() && !f.fresh(a, v.Time):
		b.Seen(passed, a.domain)
	}
}

// waited tells whether the mail was put off before: a domain passes by coming back, not by mail that never waited.
// One that passes already stays so while it sends.
func (a *asked) waited() bool {
	return len(a.sights) > 0 && a.sights[0].Times > 0 || a.pass.Times > 0
}

// fresh tells whether a domain passes already and was noted today: noting it once more would change nothing.
func (f *filter) fresh(a *asked, now time.Time) bool {
	return a.pass.Times >= f.DomainAfter && now.Sub(a.pass.Last).Abs() < 24*time.Hour
}

// delivered tells whether all recipients get the mail, and none of them as spam.
func delivered(v filters.Verdict) bool {
	return !slices.ContainsFunc(v.Rcpts, func(r filters.RcptVerdict) bool { return r.Would != scoring.Accept })
}

func one(h scoring.Hit) filters.Result { return filters.Result{Hits: []scoring.Hit{h}} }

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func organisation(domain string) string {
	if org := link.RegisteredDomain(strings.ToLower(domain)); org != "" {
		return org
	}
	return strings.ToLower(domain)
}
