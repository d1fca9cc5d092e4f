// Package dnsbl asks DNS lists (RFC 5782) who brings a mail: the client's address from the moment it connects, its
// reverse name, its HELO name, the sender's domain, and relays before it.
//
// Lists are one opinion among many: lists of one operator count once, all of them together within bounds, and none by
// itself refuses mail. DNSBL_SEVERAL says that independent operators agree on the client; it is made for
// [early] refuse_on. How lists are probed, and when their word counts, is the business of filters/dnslist.
package dnsbl

import (
	"fmt"
	"net/netip"

	"weir/filters"
	"weir/filters/dnslist"
	"weir/scoring"
)

// The symbols that do not come from a list's codes.
const (
	Several = "DNSBL_SEVERAL"
	Relay   = "DNSBL_RELAY"
	Partial = "DNSBL_PARTIAL"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "dnsbl",
	Text:    "asks DNS lists about the client, its names and the relays before it",
	Stage:   filters.Connect,
	Again:   []filters.Stage{filters.Helo, filters.Sender, filters.Header},
	Network: true,
	Inbound: true,
	Symbols: append([]scoring.Symbol{
		{Name: Several, Text: "Lists of several independent operators have the client: made for [early] refuse_on."},
		{Name: Relay, Score: 0.8, Text: "A relay before the client is on a list that says so of relays too."},
		{Name: Partial, Text: "Some lists are off or did not answer; the others were asked."},
	}, defaultZones().Symbols("dnsbl")...),
	New: newFilter,
}

type filter struct {
	*dnslist.Set
	resolver filters.Resolver
	agree    int
	trusted  []netip.Prefix
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	c := DefaultConfig()
	if err := decode(&c); err != nil {
		return nil, err
	}
	if c.Agree < 2 {
		return nil, fmt.Errorf("agree must be 2 or more: one list alone never refuses mail (to refuse on one list all the same, name its symbol in early.refuse_on)")
	}
	zones, err := c.Zones.WithDQS(c.DQSKey)
	if err != nil {
		return nil, err
	}
	set, err := dnslist.New(dnslist.Config{Filter: "dnsbl", Kinds: kinds, Zones: zones, Budget: c.Budget.D(), Max: c.MaxScore, Least: c.MinScore}, env)
	if err != nil {
		return nil, err
	}
	return &filter{Set: set, resolver: env.Resolver, agree: c.Agree, trusted: env.Trusted}, nil
}
