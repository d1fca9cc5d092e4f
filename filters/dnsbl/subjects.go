package dnsbl

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"weir/filters/dnslist"
	"weir/message"
	"weir/message/address"
	"weir/message/link"
	"weir/message/received"
)

// client is the address, if it can be on a list.
func client(kind dnslist.Kind, a netip.Addr) []dnslist.Subject {
	a = a.Unmap().WithZone("")
	if !dnslist.Public(a) {
		return nil
	}
	return []dnslist.Subject{{Kind: kind, Text: a.String(), Addr: a}}
}

// names is the registered domain of a host's name; none for a literal, or a name that nobody can register.
func names(kind dnslist.Kind, host string) []dnslist.Subject {
	host = strings.TrimSuffix(host, ".")
	if !strings.Contains(host, ".") || strings.ContainsAny(host, "[]:") {
		return nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	domain := link.RegisteredDomain(host)
	if domain == "" {
		return nil
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return nil
	}
	return []dnslist.Subject{{Kind: kind, Text: domain, Name: domain}}
}

// sender is the domain of MAIL FROM; none for the null sender.
func sender(m *message.Message) []dnslist.Subject {
	if !m.HasFrom {
		return nil
	}
	at := strings.LastIndexByte(m.Envelope.From, '@')
	return names(dnslist.Sender, address.Domain(m.Envelope.From[at+1:]))
}

// maxNames is how many reverse names of one address are looked at.
const maxNames = 4

// reverse is the client's reverse names: as the MTA in front of us gave it, or else from the DNS. They need no proof
// here, since nobody names his address after a domain that is listed in order to look better.
func (f *filter) reverse(ctx context.Context, c *message.Client) (all []dnslist.Subject) {
	if c.Name != "" {
		return names(dnslist.RDNS, c.Name)
	}
	if !f.Asks(dnslist.RDNS) || !dnslist.Public(c.Addr) {
		return nil
	}
	list, _ := f.resolver.LookupAddr(ctx, c.Addr.Unmap().WithZone("").String()) // whether there is a name is the business of others
	for _, name := range list[:min(len(list), maxNames)] {
		all = append(all, names(dnslist.RDNS, address.Domain(name))...)
	}
	return all
}

// maxRelays is how many relays before the client are looked at.
const maxRelays = 4

// relays are those before the client, the nearest first, that can be on a list. A relay that took the mail from a user
// who logged in says nothing bad of the user's address, and our own are not asked about.
func (f *filter) relays(trail received.Trail, asked netip.Addr) (all []dnslist.Subject) {
	for i := range trail {
		r := &trail[i]
		if r.Addr == asked || r.Auth || r.Local || r.Field < 0 || f.isOurs(r.Addr) {
			continue
		}
		if all = append(all, client(dnslist.Relay, r.Addr)...); len(all) == maxRelays {
			break
		}
	}
	return all
}

// isOurs tells whether an address is in trusted_networks.
func (f *filter) isOurs(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(f.trusted, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}
