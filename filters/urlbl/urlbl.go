// Package urlbl asks DNS lists (RFC 5782) about what is in a mail: the domains of its links and authors, links to bare
// addresses, and where it is switched on also whole host names, the addresses of hosts, and hashes of mail addresses
// and attached files.
//
// A mail can hold thousands of links, so the filter asks about each domain once, passes over the few that everybody
// links to, and takes those first that look as if somebody would not like them to be seen. What it does not ask about
// it tells. How lists are probed, and when their word counts, is the business of filters/dnslist.
package urlbl

import (
	"fmt"
	"slices"
	"strings"

	"weir/filters"
	"weir/filters/dnslist"
	"weir/message/address"
	"weir/message/link"
	"weir/scoring"
)

// The symbols that do not come from a list's codes.
const (
	Partial = "URLBL_PARTIAL"
	Many    = "URLBL_MANY"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "urlbl",
	Text:    "asks DNS lists about links, authors and attachments",
	Stage:   filters.Header,
	Again:   []filters.Stage{filters.Data}, // for the links that attachments hold
	After:   []string{"attachments"},
	Network: true,
	Inbound: true,
	Symbols: append([]scoring.Symbol{
		{Name: Partial, Text: "Some lists are off or did not answer; the others were asked."},
		{Name: Many, Text: "More domains, addresses or files than are asked about: some were left out."},
	}, defaultZones().Symbols("urlbl")...),
	New: newFilter,
}

type filter struct {
	*dnslist.Set
	resolver filters.Resolver
	most     int
	skip     map[string]bool
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	c := DefaultConfig()
	if err := decode(&c); err != nil {
		return nil, err
	}
	if c.Most < 1 || c.Most > 100 {
		return nil, fmt.Errorf("most must be from 1 to 100")
	}
	zones, err := c.Zones.WithDQS(c.DQSKey)
	if err != nil {
		return nil, err
	}
	set, err := dnslist.New(dnslist.Config{Filter: "urlbl", Kinds: kinds, Zones: zones, Budget: c.Budget.D(), Max: c.MaxScore, Least: c.MinScore}, env)
	if err != nil {
		return nil, err
	}
	f := &filter{Set: set, resolver: env.Resolver, most: c.Most, skip: map[string]bool{}}
	for _, d := range slices.Concat(strings.Fields(known), c.Skip) {
		org := link.RegisteredDomain(d)
		if org == "" || org != address.Domain(d) {
			return nil, fmt.Errorf("skip: %q is no registered domain, and those are what is asked about: write it like \"example.org\"", d)
		}
		f.skip[org] = true
	}
	return f, nil
}
