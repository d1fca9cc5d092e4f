package dns

import (
	"net/netip"
	"strings"

	"weir/rules/eval"
	"weir/rules/view"
	"weir/rules/view/relay"
)

// relays are the addresses that check_rbl asks about, by the end of the set's name: -lastexternal the one that handed
// the mail to our networks, -notfirsthop all but the first that it came from, -firsttrusted the one that a trusted server
// saw, -untrusted those before it; else all, the one where the mail came from first.
func (r *Room) relays(c *eval.Call, m *view.Mail) []string {
	path := m.Relays()
	origin := r.originating(m)
	ips := public(addressesOf(path.Untrusted))
	if len(ips)+len(origin) == 0 {
		return nil
	}
	set := c.Args[0]
	switch {
	case strings.HasSuffix(set, "-lastexternal"):
		ips = head(public(external(path)), 1)
	case strings.HasSuffix(set, "-notfirsthop"):
		if ips = public(external(path)); len(ips) > 1 {
			ips = ips[:len(ips)-1]
		}
	case strings.HasSuffix(set, "-firsttrusted"):
		ips = head(public(append(ips, origin...)), 1)
	case strings.HasSuffix(set, "-untrusted"):
		if ips = public(append(ips, origin...)); len(ips) > 0 {
			ips = ips[1:]
		}
	default:
		ips = backwards(public(append(ips, origin...)))
	}
	ips = head(ips, r.maxRelays)
	for !c.Has("nice") && len(ips) > 0 && isTrusted(m, ips[0]) {
		ips = ips[1:]
	}
	return ips
}

// external lists the addresses outside our own networks, trusted ones first.
func external(path *relay.Path) (ips []string) {
	for i := range path.Trusted {
		if !path.Trusted[i].Internal {
			ips = append(ips, path.Trusted[i].IP)
		}
	}
	return append(ips, addressesOf(path.Untrusted)...)
}

func addressesOf(relays []relay.Relay) (ips []string) {
	for i := range relays {
		ips = append(ips, relays[i].IP)
	}
	return ips
}

// originating lists the addresses of users of web mailers, as certain fields have them, unless we trust them.
func (r *Room) originating(m *view.Mail) (ips []string) {
	for _, name := range m.Set.Relays().Originating {
		for _, value := range m.List(name) {
			for _, word := range strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(" \t\n\"'()[]<>,;", c) }) {
				if ip, err := netip.ParseAddr(word); err == nil && !isTrusted(m, ip.String()) {
					ips = append(ips, ip.String())
				}
			}
		}
	}
	return ips
}

// public drops what is no address of the public network, and what is there already.
func public(ips []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, s := range ips {
		ip, err := netip.ParseAddr(s)
		if err != nil || seen[s] || isPrivate(ip.Unmap()) {
			continue
		}
		seen[s] = true
		kept = append(kept, s)
	}
	return kept
}

// shared is the address space that carriers use behind their translators (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

func isPrivate(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || shared.Contains(ip)
}

// isTrusted tells whether an address lies in a network that the files or the gateway trust.
func isTrusted(m *view.Mail, text string) bool {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	for _, network := range m.Message.Trusted() {
		if network.Contains(ip.Unmap()) {
			return true
		}
	}
	return m.Set.Relays().Trusted.Contains(ip)
}

func head(list []string, n int) []string { return list[:min(n, len(list))] }

func backwards(list []string) []string {
	out := make([]string, 0, len(list))
	for i := len(list) - 1; i >= 0; i-- {
		out = append(out, list[i])
	}
	return out
}

// firstRelay gives all that is known of the server where the mail came from first: its address and its names.
func (r *Room) firstRelay(_ *eval.Call, m *view.Mail) []string {
	relays := m.Relays().Untrusted
	if len(relays) == 0 {
		return nil
	}
	last := &relays[len(relays)-1]
	return distinct([]string{last.IP, last.By, last.Helo, last.RDNS})
}

// distinct drops empty texts and those that are there already.
func distinct(list []string) []string {
	seen := map[string]bool{"": true}
	var kept []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}
