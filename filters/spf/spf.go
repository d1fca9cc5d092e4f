// Package spf tells whether the client may send mail for the domains that it names: SPF, RFC 7208.
//
// A domain lists in a TXT record the addresses from which its mail comes. There are two identities, judged apart: the
// domain of MAIL FROM, and the client's HELO name. Only the first says anything of the sender: a spammer's own HELO name
// passes whenever he likes (CVE-2019-20790), so the results carry smtp.mailfrom or smtp.helo, and nobody may take one for
// the other. A mail without sender (a bounce) has a HELO identity only.
//
// The evaluation is our own. A record counts as a whole or not at all (section 4.6), which blitiri.com.ar/go/spf does
// not do: it fails 31 of the 203 cases of the openspf.org test suite, some of them with a pass for a broken record. It
// serves the tests as a second opinion. All that a hostile record can ask for is bounded: 10 terms, 2 void answers, 50
// questions.
package spf

import (
	"context"
	"strings"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/scoring"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "spf",
	Text:    "checks whether the client may send for the domains of MAIL FROM and HELO (RFC 7208)",
	Stage:   filters.Sender,
	Network: true,
	Inbound: true,
	Timeout: 8 * time.Second,
	Symbols: []scoring.Symbol{
		{Name: "SPF_PASS", Text: "The domain of MAIL FROM allows this client."},
		{Name: "SPF_FAIL", Score: 2, Text: "The domain of MAIL FROM does not send from this client."},
		{Name: "SPF_SOFTFAIL", Score: 1, Text: "The domain of MAIL FROM probably does not send from this client."},
		{Name: "SPF_NEUTRAL", Score: 0.3, Text: "The domain of MAIL FROM does not say whether it sends from this client."},
		{Name: "SPF_NONE", Score: 0.2, Text: "The domain of MAIL FROM has no SPF record."},
		{Name: "SPF_TEMPERROR", Text: "The DNS did not say whether the domain of MAIL FROM sends from this client."},
		{Name: "SPF_PERMERROR", Score: 0.3, Text: "The SPF record of the domain of MAIL FROM is broken."},
		{Name: "SPF_OPEN", Score: 1, Text: "The domain of MAIL FROM allows everybody to send for it."},
		{Name: "SPF_HELO_PASS", Text: "The domain of HELO allows this client."},
		{Name: "SPF_HELO_FAIL", Score: 1.5, Text: "The domain of HELO does not send from this client."},
		{Name: "SPF_HELO_SOFTFAIL", Score: 0.5, Text: "The domain of HELO probably does not send from this client."},
		{Name: "SPF_HELO_NEUTRAL", Text: "The domain of HELO does not say whether it sends from this client."},
		{Name: "SPF_HELO_NONE", Text: "The domain of HELO has no SPF record."},
		{Name: "SPF_HELO_TEMPERROR", Text: "The DNS did not say whether the domain of HELO sends from this client."},
		{Name: "SPF_HELO_PERMERROR", Text: "The SPF record of the domain of HELO is broken."},
	},
	New: newFilter,
}

// Config is the table [filters.spf].
type Config struct {
	Helo    bool `toml:"helo" comment:"check the HELO name as well; without sender it is checked anyway"`
	Explain bool `toml:"explain" comment:"look up the explanation (exp=) of domains that refuse the client, for the report"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config { return Config{Helo: true} }

type filter struct {
	Config
	env filters.Env
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	f := &filter{DefaultConfig(), env}
	return f, decode(&f.Config)
}

// Prefetch asks for the record of the HELO name.
func (f *filter) Prefetch(stage filters.Stage, m *message.Message) []filters.Question {
	helo := canonical(m.Helo)
	if stage != filters.Helo || !f.Helo || !m.Client.Addr.IsValid() || !isIdentity(helo) {
		return nil
	}
	return []filters.Question{{Type: filters.TXT, Name: helo}}
}

// Check judges both identities.
func (f *filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	var r filters.Result
	if f.env.Offline || !m.HasFrom || !m.Client.Addr.IsValid() {
		return r, nil
	}
	ctx, cancel := filters.Early(ctx)
	defer cancel()
	if helo := canonical(m.Helo); m.Helo != "" && (f.Helo && isIdentity(helo) || m.Envelope.From == "") {
		a := checkHost(ctx, f.env.Resolver, query{ip: m.Client.Addr, domain: helo, helo: m.Helo, asName: f.env.Hostname}, f.Explain)
		f.report(&r, "SPF_HELO_", a, helo, filters.AuthProp{Type: "smtp", Name: "helo", Value: m.Helo})
	}
	if m.Envelope.From != "" {
		local, domain := sender(m.Envelope.From)
		a := checkHost(ctx, f.env.Resolver, query{ip: m.Client.Addr, domain: domain, local: local, helo: m.Helo, asName: f.env.Hostname}, f.Explain)
		f.report(&r, "SPF_", a, domain, filters.AuthProp{Type: "smtp", Name: "mailfrom", Value: m.Envelope.From})
		if a.open {
			r.Hits = append(r.Hits, scoring.Hit{Name: "SPF_OPEN", Detail: a.reason})
		}
	}
	return r, nil
}

// sender takes a reverse-path apart.
func sender(path string) (local, domain string) {
	if local, domain, ok := address.ParsePath(path); ok {
		return local, canonical(domain)
	}
	at := strings.LastIndexByte(path, '@')
	if at < 0 {
		return path, ""
	}
	return path[:at], canonical(path[at+1:])
}

// report adds a result.
func (f *filter) report(r *filters.Result, prefix string, a answer, domain string, prop filters.AuthProp) {
	hit := scoring.Hit{Name: prefix + strings.ToUpper(string(a.value)), Detail: a.reason}
	if a.exp != "" {
		hit.Detail += "; " + plain(a.exp)
	}
	r.Hits = append(r.Hits, hit)
	r.Auth = append(r.Auth, filters.Auth{Method: "spf", Value: a.value, Reason: a.reason, Domain: domain, Props: []filters.AuthProp{prop}, Open: a.open})
}

// plain makes a stranger's words fit for a report: printable ASCII, up to 200 bytes.
func plain(s string) string {
	out := []byte(s[:min(len(s), 200)])
	for i, c := range out {
		if c < ' ' || c >= 0x7f {
			out[i] = '?'
		}
	}
	return string(out)
}
