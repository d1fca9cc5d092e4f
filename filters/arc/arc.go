// Package arc verifies the chain of those who passed a mail on and say so (Authenticated Received Chain, RFC 8617).
//
// A whole chain says who handled the mail and what each claims to have found; anybody can make one that says anything.
// So it scores nothing by itself. It counts where the admin trusts a sealer (a mailing list's host, a forwarder): what
// that one found before it changed the mail then stands beside our own results, for the filter dmarc to read.
package arc

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/message/chain"
	"weir/message/signature"
	"weir/scoring"
)

// The symbols.
const (
	Passed    = "ARC_PASS"
	Trusted   = "ARC_TRUSTED"
	Broken    = "ARC_FAIL"
	TempError = "ARC_TEMPERROR"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "arc",
	Text:    "verifies the chain of those who passed a mail on (RFC 8617)",
	Stage:   filters.Data,
	Network: true,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: Passed, Text: "The ARC chain is whole; nobody in it is trusted for that."},
		{Name: Trusted, Text: "The ARC chain is whole, and a sealer that the config trusts says that DMARC passed before."},
		{Name: Broken, Text: "The ARC chain is broken, as if there were none."},
		{Name: TempError, Text: "The ARC chain can't be verified now: a key could not be had."},
	},
	New: newFilter,
}

// Config is the table [filters.arc].
type Config struct {
	TrustedSealers []string `toml:"trusted_sealers" comment:"domains (d=) whose ARC results count where a list or forwarder broke DMARC; *.example.org for all below it"`
}

// DefaultConfig gives the shipped settings: nobody is trusted.
func DefaultConfig() Config { return Config{TrustedSealers: []string{}} }

type filter struct {
	trusted  map[string]bool // exact names
	below    []string        // ".example.org" for all below it
	resolver filters.Resolver
	clock    func() time.Time
	offline  bool
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	c := DefaultConfig()
	if err := decode(&c); err != nil {
		return nil, err
	}
	f := &filter{trusted: map[string]bool{}, resolver: env.Resolver, clock: env.Clock, offline: env.Offline}
	for _, name := range c.TrustedSealers {
		plain, below := strings.CutPrefix(name, "*.")
		domain := address.Domain(plain)
		if !address.IsName(domain) {
			return nil, fmt.Errorf("trusted_sealers: %q is no domain: write it like \"lists.example.org\" or \"*.example.org\"", name)
		}
		if suffix, _ := publicsuffix.PublicSuffix(domain); below && suffix == domain {
			return nil, fmt.Errorf("trusted_sealers: %q trusts everybody who registers a name below %s: name the domains that you mean", name, domain)
		}
		if below {
			f.below = append(f.below, "."+domain)
		} else {
			f.trusted[domain] = true
		}
	}
	return f, nil
}

// Check verifies the chain.
func (f *filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	if f.offline || m.Root == nil {
		return filters.Result{}, nil
	}
	c := chain.Read(m.Header.Fields)
	v := c.Verify(ctx, signature.NewBody(m.Root.Raw), f.resolver.LookupTXT, f.clock())
	a := filters.Auth{Method: "arc", Value: filters.AuthValue(v.Status), Reason: v.Why}
	if m.Client.Addr.IsValid() && v.Status != chain.None {
		a.Props = append(a.Props, filters.AuthProp{Type: "smtp", Name: "remote-ip", Value: m.Client.Addr.Unmap().String()})
	}
	result := filters.Result{}
	switch v.Status {
	case chain.Pass:
		result.Hits = f.passed(&a, c, v, m)
	case chain.Fail:
		result.Hits = []scoring.Hit{{Name: Broken, Detail: v.Why}}
	case chain.Unknown:
		result.Hits = []scoring.Hit{{Name: TempError, Detail: v.Why}}
	}
	result.Auth = []filters.Auth{a}
	return result, nil
}

// passed adds to the result of a whole chain who sealed it, and what is to be believed of it.
func (f *filter) passed(a *filters.Auth, c *chain.Chain, v chain.Verdict, m *message.Message) []scoring.Hit {
	a.Domain = c.Newest().Seal.Domain
	a.Props = append(a.Props, filters.AuthProp{Type: "header", Name: "oldest-pass", Value: strconv.Itoa(v.Oldest)})
	names := make([]string, 0, len(c.Sets))
	for i := range c.Sets {
		names = append(names, c.Sets[i].Seal.Domain)
	}
	slices.Reverse(names) // the newest first
	a.Reason = "sealed by " + strings.Join(names[:min(len(names), 5)], ", ")
	b := f.believed(c, v, m)
	if b.sealer {
		a.Props = append(a.Props, filters.AuthProp{Type: "policy", Name: "sealer", Value: "trusted"})
	}
	if !b.passed {
		return []scoring.Hit{{Name: Passed, Detail: a.Reason}}
	}
	a.Props = append(a.Props, filters.AuthProp{Type: "policy", Name: "dmarc", Value: "pass"})
	return []scoring.Hit{{Name: Trusted, Detail: a.Reason}}
}
