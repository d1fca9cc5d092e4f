// Package iprev looks up the client's reverse name and whether it leads back: forward-confirmed reverse DNS, the method
// iprev of RFC 8601 section 2.7.3 and section 3.
//
// Whoever runs a mail server can give it a name, in the reverse zone of its address and in the zone of the name. Machines
// that were taken over rarely have one, or have the one that the provider made of the address. So the name is judged as
// well: whether it has the address in it, and whether it looks like a line that is given to customers by the hour.
package iprev

import (
	"context"
	"net/netip"
	"strings"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/scoring"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "iprev",
	Text:    "checks the client's reverse name: whether it leads back, and what it looks like",
	Stage:   filters.Connect,
	Network: true,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: "IPREV_PASS", Text: "The client has a name that leads back to its address."},
		{Name: "IPREV_FAIL", Score: 0.8, Text: "The client has a name that does not lead back to its address."},
		{Name: "IPREV_NONE", Score: 1, Text: "The client has no name."},
		{Name: "IPREV_TEMPERROR", Text: "The DNS did not tell the client's name."},
		{Name: "IPREV_GENERIC", Score: 0.5, Text: "The client's name is made of its address."},
		{Name: "IPREV_DYNAMIC", Score: 1.2, Text: "The client's name is that of a line which is given to customers by the hour."},
	},
	New: func(decode func(into any) error, env filters.Env) (filters.Filter, error) {
		return filter{env}, decode(&struct{}{})
	},
}

type filter struct{ env filters.Env }

// maxNames bounds how many names of an address are followed.
const maxNames = 5

// Check looks the client up. Addresses that the world does not see have no names that it can vouch for: nothing is said
// of them.
func (f filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	addr := m.Client.Addr.Unmap().WithZone("")
	if f.env.Offline || !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return filters.Result{}, nil
	}
	ctx, cancel := filters.Early(ctx)
	defer cancel()
	value, name, why := f.confirm(ctx, addr)
	auth := filters.Auth{Method: "iprev", Value: value, Reason: why, Props: []filters.AuthProp{{Type: "policy", Name: "iprev", Value: addr.String()}}}
	if value == filters.Pass {
		auth.Domain = name
	}
	r := filters.Result{Auth: []filters.Auth{auth}}
	if name == "" && value == filters.PermError {
		r.Hits = append(r.Hits, scoring.Hit{Name: "IPREV_NONE"})
		return r, nil
	}
	r.Hits = append(r.Hits, scoring.Hit{Name: "IPREV_" + strings.ToUpper(string(value)), Detail: name})
	switch kindOf(name, addr) {
	case dynamic:
		r.Hits = append(r.Hits, scoring.Hit{Name: "IPREV_DYNAMIC", Detail: name})
	case generic:
		r.Hits = append(r.Hits, scoring.Hit{Name: "IPREV_GENERIC", Detail: name})
	}
	return r, nil
}

// confirm gives the result, the name that it is about, and the reason where it is no pass. RFC 8601 section 2.7.3 has
// permerror for an address without a name.
func (f filter) confirm(ctx context.Context, addr netip.Addr) (value filters.AuthValue, name, why string) {
	list, err := f.env.Resolver.LookupAddr(ctx, addr.String())
	if err != nil && !filters.Absent(err) {
		return filters.TempError, "", "the DNS does not tell the name"
	}
	names := usable(list)
	if len(names) == 0 {
		return filters.PermError, "", "the address has no name"
	}
	silent := false
	for _, n := range names {
		found, err := f.leadsTo(ctx, n, addr)
		if found {
			return filters.Pass, n, ""
		}
		silent = silent || err != nil
	}
	if silent {
		return filters.TempError, names[0], "the DNS does not tell the addresses of the name"
	}
	return filters.Fail, names[0], "the name does not lead back to the address"
}

// usable drops what is no name that a host can have: the reverse zone is the client's, who may write anything into it.
func usable(list []string) (names []string) {
	for _, n := range list[:min(len(list), maxNames)] {
		if n = address.Domain(n); isHostName(n) {
			names = append(names, n)
		}
	}
	return names
}

// isHostName: a name with a domain, of letters, digits, hyphens and underscores.
func isHostName(s string) bool { return strings.IndexByte(s, '.') > 0 && address.IsName(s) }

// leadsTo tells whether a name has an address. An error means that the DNS did not tell.
func (f filter) leadsTo(ctx context.Context, name string, addr netip.Addr) (bool, error) {
	network := "ip4"
	if addr.Is6() {
		network = "ip6"
	}
	list, err := f.env.Resolver.LookupNetIP(ctx, network, name)
	if filters.Absent(err) {
		err = nil
	}
	for _, a := range list {
		if a.Unmap() == addr {
			return true, nil
		}
	}
	return false, err
}
