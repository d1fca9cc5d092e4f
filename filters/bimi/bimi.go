// Package bimi looks up the emblem of a mail's author: Brand Indicators for Message Identification
// (draft-brand-indicators-for-message-identification).
//
// A domain that stands behind all its mail may publish where an image of its emblem is, and a certificate that it may use
// it. Mail programs show it. Weir only tells that there is such a record: it never fetches the image or the certificate, since
// both are bytes of the sender's choosing from an address of the sender's choosing, and it adds no field that a
// mail program shows. Nothing is looked up unless DMARC passed, for a domain whose policy is enforced.
package bimi

import (
	"context"
	"errors"
	"slices"
	"strings"

	"weir/filters"
	"weir/message"
	"weir/message/link"
	"weir/message/signature"
	"weir/scoring"
)

// The symbols.
const (
	Found   = "BIMI_FOUND"
	Invalid = "BIMI_INVALID"
)

// enforced is the symbol of the filter dmarc that says that an emblem may be looked for.
const enforced = "DMARC_ENFORCED"

// The result words that are the draft's own.
const (
	declined filters.AuthValue = "declined" // the owner wants none to be shown
	skipped  filters.AuthValue = "skipped"  // DMARC does not allow it
)

// Spec describes the filter to the gateway. It is off: it costs questions to the DNS, and says nothing of spam.
var Spec = filters.Spec{
	Name:    "bimi",
	Text:    "looks up whether the author's domain publishes an emblem, and reports it",
	Stage:   filters.Data,
	After:   []string{"dkim", "dmarc"},
	Network: true,
	Inbound: true,
	Off:     true,
	Symbols: []scoring.Symbol{
		{Name: Found, Text: "The author's domain publishes an emblem, and stands behind this mail."},
		{Name: Invalid, Text: "The BIMI record of the author's domain can't be read."},
	},
	New: newFilter,
}

// Config has no settings.
type Config struct{}

// DefaultConfig is the shipped configuration.
func DefaultConfig() Config { return Config{} }

type filter struct{ env filters.Env }

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	cfg := DefaultConfig()
	return &filter{env}, decode(&cfg)
}

// Check looks the record up: at the author's domain, else at its registered domain.
func (f *filter) Check(ctx context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	domain, passed := author(found)
	if f.env.Offline || domain == "" {
		return filters.Result{}, nil
	}
	if _, ok := found.Hit(enforced); !passed || !ok {
		return result(skipped, "DMARC did not pass, or is not enforced", domain, nil), nil
	}
	names := [2]string{domain, link.RegisteredDomain(domain)}
	with := chosen(m, found, domain)
	for i, d := range names {
		if d == "" || i > 0 && d == domain {
			continue
		}
		r, err := f.lookup(ctx, with+"._bimi."+d)
		if errors.Is(err, errNoRecord) {
			continue
		}
		return report(r, err, d, with), nil
	}
	return result(filters.None, "", domain, nil), nil
}

// author gives the domain that DMARC looked at, and whether it passed.
func author(found filters.Findings) (domain string, passed bool) {
	for _, a := range found.Auth() {
		if a.Method == "dmarc" {
			return a.Domain, a.Value == filters.Pass
		}
	}
	return "", false
}

// lookup asks for the record of a name. Of several none counts.
func (f *filter) lookup(ctx context.Context, name string) (r record, err error) {
	texts, err := f.env.Resolver.LookupTXT(ctx, name)
	if err != nil {
		if filters.Absent(err) {
			return r, errNoRecord
		}
		return r, err
	}
	err = errNoRecord
	for _, text := range texts {
		one, bad := parse(text)
		if bad == errNoRecord {
			continue
		}
		if err != errNoRecord {
			return record{}, errInvalid
		}
		r, err = one, bad
	}
	return r, err
}

// defaultSelector is the one that a mail without BIMI-Selector means.
const defaultSelector = "default"

// chosen gives the selector of BIMI-Selector, if a signature of the author's own that verified covers the field: else
// anybody on the way could choose.
func chosen(m *message.Message, found filters.Findings, domain string) string {
	value, n := "", 0
	for _, f := range m.Header.All("BIMI-Selector") {
		value, n = f.Value(), n+1
	}
	if n != 1 {
		return defaultSelector
	}
	if s := selector(value); s != "" && covered(m, found, domain) {
		return s
	}
	return defaultSelector
}

// maxSignatures bounds how many signatures are looked through.
const maxSignatures = 10

// covered tells whether a signature that passed, of the author's registered domain, has the field in h=.
func covered(m *message.Message, found filters.Findings, domain string) bool {
	org, n := link.RegisteredDomain(domain), 0
	for _, field := range m.Header.All("DKIM-Signature") {
		if n++; n > maxSignatures {
			break
		}
		s, err := signature.Parse(field.Raw)
		if err != nil || link.RegisteredDomain(s.Domain) != org || !slices.ContainsFunc(s.Fields, func(name string) bool { return strings.EqualFold(trim(name), "BIMI-Selector") }) {
			continue
		}
		if slices.ContainsFunc(found.Auth(), func(a filters.Auth) bool {
			return a.Method == "dkim" && a.Value == filters.Pass && a.Domain == s.Domain && selectorOf(&a) == s.Selector
		}) {
			return true
		}
	}
	return false
}

func selectorOf(a *filters.Auth) string {
	for _, p := range a.Props {
		if p.Type == "header" && p.Name == "s" {
			return strings.ToLower(p.Value)
		}
	}
	return ""
}

// report puts what was found into words.
func report(r record, err error, domain, with string) filters.Result {
	props := []filters.AuthProp{{Type: "header", Name: "selector", Value: with}}
	switch {
	case errors.Is(err, errInvalid):
		out := result(filters.Fail, err.Error(), domain, props)
		out.Hits = []scoring.Hit{{Name: Invalid, Detail: domain}}
		return out
	case err != nil:
		return result(filters.TempError, err.Error(), domain, props)
	case r.declined:
		return result(declined, "", domain, props)
	}
	props = append(props, filters.AuthProp{Type: "policy", Name: "indicator-uri", Value: r.location})
	if r.authority != "" {
		props = append(props, filters.AuthProp{Type: "policy", Name: "authority-uri", Value: r.authority})
	}
	out := result(filters.Pass, "the record only: neither image nor certificate is fetched", domain, props)
	out.Hits = []scoring.Hit{{Name: Found, Detail: r.location}}
	return out
}

func result(v filters.AuthValue, why, domain string, props []filters.AuthProp) filters.Result {
	props = append([]filters.AuthProp{{Type: "header", Name: "d", Value: domain}}, props...)
	return filters.Result{Auth: []filters.Auth{{Method: "bimi", Value: v, Reason: why, Domain: domain, Props: props}}}
}
