// Package ratelimit bounds how fast mail comes from an address, a sender, an authenticated user, and to a recipient.
//
// Each of them has a token bucket in the store, so that the limits hold for all gateways together. A mail takes one token
// of each; where there is none, the mail is put off with 451 and the time at which to come back. What is empty is
// remembered in memory too, and the next connection, MAIL or RCPT is put off at once (421, 451, 450) without asking the
// store or reading a message.
//
// A sender's bucket is his own only where SPF, DKIM or DMARC prove his domain; else it is that of the sender at this
// network, so that nobody can use up another's (CASES F04).
package ratelimit

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
	"weir/scoring"
)

// The symbols.
const (
	Address   = "RATELIMIT_ADDRESS"
	Sender    = "RATELIMIT_SENDER"
	User      = "RATELIMIT_USER"
	Recipient = "RATELIMIT_RECIPIENT"
	Everybody = "RATELIMIT_EVERYBODY"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:  "ratelimit",
	Text:  "bounds how fast mail comes from an address, a sender, a user, and to a recipient",
	Stage: filters.Summary,
	Off:   true,
	Symbols: []scoring.Symbol{
		{Name: Address, Decides: scoring.Defer, Text: "More mail from this address than is allowed: put off."},
		{Name: Sender, Decides: scoring.Defer, Text: "More mail from this sender than is allowed: put off."},
		{Name: User, Decides: scoring.Defer, Text: "More mail from this authenticated user than is allowed: put off. Is the account stolen?"},
		{Name: Recipient, Text: "More mail to one of the recipients than is allowed: the next RCPT to him is put off."},
		{Name: Everybody, Decides: scoring.Defer, Text: "More mail to each of the recipients than is allowed: put off."},
	},
	New: newFilter,
}

// Config is the table [filters.ratelimit].
type Config struct {
	Address   Rate             `toml:"address" comment:"mails from one IPv4 address or IPv6 /64, like \"600/1h\"; empty: no limit"`
	Sender    Rate             `toml:"sender" comment:"mails from one envelope sender"`
	Recipient Rate             `toml:"recipient" comment:"mails to one recipient from outside"`
	User      Rate             `toml:"user" comment:"recipients of the mails of one authenticated user"`
	Exempt    []netip.Prefix   `toml:"exempt" comment:"networks without limits"`
	Longest   setting.Duration `toml:"longest" comment:"longest time to stay away that is told and remembered"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{Address: Rate{600, time.Hour}, Sender: Rate{300, time.Hour}, Recipient: Rate{300, time.Hour}, User: Rate{500, time.Hour},
		Exempt: []netip.Prefix{}, Longest: setting.Duration(time.Hour)}
}

// The families: a bucket that nobody takes from is full again, and can be forgotten.
var (
	addresses  = newFamily("address", 500_000)
	senders    = newFamily("sender", 500_000)
	recipients = newFamily("recipient", 200_000)
	users      = newFamily("user", 100_000)
)

func newFamily(word string, budget int) *filters.Family {
	return &filters.Family{Name: "ratelimit-" + word, TTL: maxPer, Budget: budget, Slide: true}
}

// maxRcpts bounds the recipients of one mail whose buckets are asked.
const maxRcpts = 8

type filter struct {
	Config
	now   func() time.Time
	empty blocked
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{Config: DefaultConfig(), now: env.Clock}
	if err := decode(&f.Config); err != nil {
		return nil, err
	}
	if f.Longest <= 0 {
		return nil, fmt.Errorf("longest must be more than 0, like \"1h\"")
	}
	return f, nil
}

// taken is one bucket of a mail.
type taken struct {
	symbol string
	key    string // in memory
	text   string // for people
	bucket *filters.Taking
}

// Ask takes a token from each bucket.
func (f *filter) Ask(m *message.Message, found filters.Findings, b *filters.Batch) any {
	if f.exempt(m.Client.Addr) {
		return nil
	}
	list := make([]taken, 0, 4)
	take := func(symbol string, r Rate, family *filters.Family, n filters.Name, key, text string, cost int) {
		if r.Count > 0 {
			cost := min(float64(cost), float64(r.Count))
			list = append(list, taken{symbol, key, text, b.Take(family, n, r.perSecond(), float64(r.Count), cost)})
		}
	}
	if a := filters.Host(m.Client.Addr); a.IsValid() && !m.Outgoing {
		take(Address, f.Address, addresses, filters.Name{What: a.String()}, addressKey(a), a.String(), 1)
	}
	if user := m.Client.Auth; user != "" {
		take(User, f.User, users, filters.Name{Who: user}, "", user, max(len(m.Rcpts), 1))
	}
	from := m.Envelope.From
	if from != "" && m.Client.Auth == "" {
		proved := m.Outgoing || found.Proves(from[strings.LastIndexByte(from, '@')+1:])
		take(Sender, f.Sender, senders, filters.Name{Who: from, What: where(m, proved)}, senderKey(from, where(m, proved)), from, 1)
	}
	for _, rcpt := range m.Rcpts[:min(len(m.Rcpts), maxRcpts)] {
		if !m.Outgoing && !isRole(rcpt) {
			take(Recipient, f.Recipient, recipients, filters.Name{Who: rcpt}, recipientKey(rcpt), rcpt, 1)
		}
	}
	return list
}

// where is the place that an unproved sender is held to.
func where(m *message.Message, proved bool) string {
	if proved {
		return ""
	}
	return filters.Network(m.Client.Addr).String()
}

func (f *filter) exempt(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(f.Exempt, func(p netip.Prefix) bool { return p.Contains(a) })
}

// isRole names those who must always be reachable (RFC 5321 section 4.5.1).
func isRole(rcpt string) bool {
	local, _, _ := strings.Cut(strings.ToLower(rcpt), "@")
	return local == "postmaster" || local == "abuse"
}

// Check tells which buckets are empty.
func (f *filter) Check(_ context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	list, _ := found.Asked().([]taken)
	var hits []scoring.Hit
	empty := 0 // recipients' buckets
	for i := range list {
		t := &list[i]
		if t.bucket.Err != nil {
			return filters.Result{}, t.bucket.Err
		}
		if t.bucket.OK {
			continue
		}
		wait := f.wait(t.bucket.Wait)
		f.empty.add(t.key, f.now(), wait)
		if t.symbol == Recipient {
			empty++
		}
		hits = merge(hits, scoring.Hit{Name: t.symbol, Detail: t.text, Retry: seconds(wait)})
	}
	return filters.Result{Hits: recipientsOf(hits, empty == len(m.Rcpts))}, nil
}

// merge puts several recipients into one hit.
func merge(hits []scoring.Hit, h scoring.Hit) []scoring.Hit {
	if n := len(hits); n > 0 && hits[n-1].Name == h.Name {
		hits[n-1].Count = max(hits[n-1].Count, 1) + 1
		hits[n-1].Retry = max(hits[n-1].Retry, h.Retry)
		return hits
	}
	return append(hits, h)
}

// wait is how long to stay away: no longer than longest, and a second at least.
func (f *filter) wait(d time.Duration) time.Duration {
	if d < 0 || d > f.Longest.D() {
		return f.Longest.D()
	}
	return max(d, time.Second)
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
