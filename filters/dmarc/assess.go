package dmarc

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"

	"weir/filters"
)

// assessment is what DMARC says of a mail for one author's domain.
type assessment struct {
	Domain string            // the author's
	Value  filters.AuthValue // none, pass, fail, temperror, permerror
	Reason string            // for a person; "" nothing to add
	Record Record            // valid where Holder is not ""
	Holder string            // where the record stands; "" there is none, or it is not known
	Asked  Policy            // what the record asks for on failure, before t and pct
	Want   Policy            // what it asks for this mail
	Spared bool              // Want is milder than Asked, because of t or pct
	SPF    bool              // an aligned SPF pass
	DKIM   bool              // an aligned DKIM pass
	Open   bool              // the pass rests on nothing but an SPF record that lets everybody in
	Known  bool              // whether there is a record is known

	evidence *evidence
	stands   bool // something passed for the very domain of the author
}

// evidence is what is known of a mail before DMARC.
type evidence struct {
	survey
	auth   []filters.Auth
	lost   string // a filter that could not do its work: "spf" or "dkim"; "" all could
	sample uint64 // a number that is spread evenly over messages
}

// assess evaluates one author's domain (RFC 9989 section 4.3 and 4.10).
func (e *evidence) assess(ctx context.Context, domain string) assessment {
	a := assessment{Domain: domain, evidence: e}
	a.stands = slices.ContainsFunc(e.auth, func(r filters.Auth) bool { return r.Value == filters.Pass && counts(&r) && r.Domain == domain })
	if !validDomain(domain) {
		a.Value, a.Reason, a.Known = filters.PermError, "no domain that the DNS can have", true
		return a
	}
	if done := a.discover(ctx); done {
		return a
	}
	a.Asked, a.Known = a.asks(ctx), true
	a.Want = a.applied()
	a.judge(ctx)
	return a
}

// discover finds the record to apply (RFC 9989 section 4.10.1): the domain's own, else that of its organisation, else
// that of the public suffix. done: there is none, or it can't be told.
func (a *assessment) discover(ctx context.Context) (done bool) {
	p := a.evidence.at(ctx, a.Domain)
	switch {
	case p.temporary():
		return a.unknown(p.err)
	case p.err == ErrUnusable:
		a.Value, a.Reason, a.Known = filters.PermError, "the record at "+a.Domain+" has no policy that can be read", true
		return true
	case p.has():
		a.Record, a.Holder = p.record, a.Domain
		return false
	}
	found, err := a.evidence.walk(ctx, a.Domain)
	if err != nil {
		return a.unknown(err)
	}
	if len(found) == 0 {
		a.Value, a.Known = filters.None, true
		return true
	}
	a.choose(found)
	return false
}

// choose takes the organisation's record among those found above the domain, else the topmost.
func (a *assessment) choose(found []place) {
	org := organisation(a.Domain, found)
	chosen := &found[len(found)-1]
	for i := range found {
		if found[i].domain == org {
			chosen = &found[i]
		}
	}
	a.Record, a.Holder = chosen.record, chosen.domain
}

// unknown notes that the DNS did not say whether there is a record.
func (a *assessment) unknown(err error) bool {
	a.Value, a.Reason = filters.TempError, "the record could not be looked up: "+err.Error()
	return true
}

// asks gives the policy of the record. Only a record with np needs to know whether the domain exists.
func (a *assessment) asks(ctx context.Context) Policy {
	own := a.Holder == a.Domain
	if own || a.Record.SP == a.Record.NP {
		return a.Record.Applied(own, true)
	}
	return a.Record.Applied(false, a.evidence.exists(ctx, a.Domain))
}

// exists tells whether a domain has an address or a mail server (RFC 9989 section 3.2.13). Where the DNS doesn't
// say, it does: that is the policy that the owner has for real mail.
func (s *survey) exists(ctx context.Context, domain string) bool {
	if mx, err := s.resolver.LookupMX(ctx, domain); len(mx) > 0 || err != nil && !filters.Absent(err) {
		return true
	}
	ips, err := s.resolver.LookupNetIP(ctx, "ip", domain)
	return len(ips) > 0 || err != nil && !filters.Absent(err)
}

// applied makes the policy milder for a domain in test mode, and outside of the sample of RFC 7489's pct.
func (a *assessment) applied() Policy {
	if a.Record.Test || int(a.evidence.sample%100) >= a.Record.Percent {
		a.Spared = a.Asked != None
		return a.Asked.milder()
	}
	return a.Asked
}

// judge looks for an authenticated domain that is aligned. Where there is none, but what could be one was not to be
// told, the mail has not failed.
func (a *assessment) judge(ctx context.Context) {
	a.Value = filters.Fail
	var doubt error
	if a.evidence.lost != "" {
		doubt = errors.New(a.evidence.lost + " could not be checked")
	}
	for i := range a.evidence.auth {
		r := &a.evidence.auth[i]
		if !counts(r) || r.Value != filters.Pass && r.Value != filters.TempError {
			continue
		}
		strict := a.Record.StrictDKIM
		if r.Method == "spf" {
			strict = a.Record.StrictSPF
		}
		ok, err := a.aligned(ctx, r.Domain, strict)
		switch {
		case err != nil:
			doubt = err
		case ok && r.Value == filters.TempError:
			doubt = errors.New(r.Method + " of " + r.Domain + " had a temporary error")
		case ok:
			a.Open = r.Open && (a.Open || !a.SPF && !a.DKIM)
			a.SPF, a.DKIM = a.SPF || r.Method == "spf", a.DKIM || r.Method == "dkim"
		}
	}
	switch {
	case a.SPF || a.DKIM:
		a.Value = filters.Pass
	case doubt != nil:
		a.Value, a.Reason = filters.TempError, doubt.Error()
	}
}

// counts tells whether a result is one that DMARC builds on: DKIM, and SPF of MAIL FROM. A HELO name that passed is no
// sender (RFC 9989 section 4.4.2, CVE-2019-20790).
func counts(r *filters.Auth) bool {
	switch r.Method {
	case "dkim":
		return r.Domain != ""
	case "spf":
		return r.Domain != "" && slices.ContainsFunc(r.Props, func(p filters.AuthProp) bool { return p.Type == "smtp" && p.Name == "mailfrom" }) &&
			!slices.ContainsFunc(r.Props, func(p filters.AuthProp) bool { return p.Type == "smtp" && p.Name == "helo" })
	}
	return false
}

// sampled spreads messages evenly, and the same message always to the same place.
func sampled(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// severity orders assessments: of several authors the worst one counts.
func (a *assessment) severity() int {
	switch a.Value {
	case filters.Pass:
		return 0
	case filters.None:
		return 1
	case filters.PermError:
		return 2
	case filters.TempError:
		return 4
	}
	return [...]int{None: 3, Quarantine: 5, Reject: 6}[a.Want]
}
