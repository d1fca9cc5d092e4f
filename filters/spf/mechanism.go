package spf

import (
	"net/netip"
	"strings"

	"weir/filters"
)

// matches tells whether a directive matches the client (RFC 7208 section 5).
func (c *check) matches(d *directive, domain string) (bool, error) {
	switch d.kind {
	case all:
		return true, nil
	case ip4, ip6:
		return d.prefix.Contains(c.ip), nil
	}
	if err := c.term(); err != nil {
		return false, err
	}
	name := c.name(d.spec, domain)
	switch d.kind {
	case include:
		return c.included(name, domain)
	case a:
		return c.address(d, name, true)
	case mx:
		return c.exchange(d, name)
	case ptr:
		return c.reverse(name)
	}
	found, err := c.addresses("ip4", name, true) // RFC 7208 section 5.7: A even for IPv6 clients
	return len(found) > 0, err
}

// included evaluates another record: only its pass matches (RFC 7208 section 5.2).
func (c *check) included(name, domain string) (bool, error) {
	explain := c.explain
	c.explain = false
	a, err := c.host(name)
	c.explain = explain
	if err == nil && a.value == filters.None {
		err = permError("%s includes %s, which has no record", domain, clip(name))
	}
	c.open = a.open
	return a.value == filters.Pass, err
}

// address tells whether one of a name's addresses is the client's, as far as the prefix lengths go.
func (c *check) address(d *directive, name string, counts bool) (bool, error) {
	network, length := "ip4", d.four
	if c.ip.Is6() {
		network, length = "ip6", d.six
	}
	list, err := c.addresses(network, name, counts)
	for _, addr := range list {
		if p, bad := addr.Unmap().Prefix(length); bad == nil && p.Contains(c.ip) {
			return true, nil
		}
	}
	return false, err
}

// addresses asks for the addresses of a name; void answers count where counts is set.
func (c *check) addresses(network, name string, counts bool) ([]netip.Addr, error) {
	var list []netip.Addr
	if isAskable(name) {
		if err := c.question(); err != nil {
			return nil, err
		}
		var err error
		if list, err = c.dns.LookupNetIP(c.ctx, network, name); err != nil {
			if err := c.failed(name, err); err != nil {
				return nil, err
			}
			list = nil
		}
	}
	if len(list) == 0 && counts {
		return nil, c.void()
	}
	return list, nil
}

// exchange tells whether one of a name's mail servers is the client (RFC 7208 section 5.4).
func (c *check) exchange(d *directive, name string) (bool, error) {
	if !isAskable(name) {
		return false, c.void()
	}
	if err := c.question(); err != nil {
		return false, err
	}
	hosts, err := c.dns.LookupMX(c.ctx, name)
	if err != nil {
		if err := c.failed(name, err); err != nil {
			return false, err
		}
		hosts = nil
	}
	if len(hosts) == 0 {
		return false, c.void()
	}
	if len(hosts) > maxHosts {
		return false, permError("%s has more than %d mail servers", clip(name), maxHosts)
	}
	for _, h := range hosts {
		if match, err := c.address(d, strings.TrimSuffix(h.Host, "."), false); match || err != nil {
			return match, err
		}
	}
	return false, nil
}

// reverse tells whether a validated name of the client is name or below it (RFC 7208 section 5.5).
func (c *check) reverse(name string) (bool, error) {
	if err := c.validate(); err != nil {
		return false, err
	}
	for _, n := range c.names {
		if isBelow(n, name) {
			return true, nil
		}
	}
	return false, nil
}

// validate finds the names of the client's address that lead back to it. It asks once. Errors of the DNS mean that
// there are none: the reverse zone is the client's, not the domain's.
func (c *check) validate() error {
	if c.looked {
		return nil
	}
	c.looked = true
	if err := c.question(); err != nil {
		return err
	}
	list, err := c.dns.LookupAddr(c.ctx, c.ip.String())
	if err != nil && c.failed("", err) != nil {
		return nil
	}
	if len(list) == 0 {
		return c.void()
	}
	for _, n := range list[:min(len(list), maxNames)] {
		n = strings.ToLower(strings.TrimSuffix(n, "."))
		match, err := c.address(&directive{four: 32, six: 128}, n, false)
		if s, ok := err.(*stop); ok && s.value == filters.PermError {
			return err
		}
		if match {
			c.names = append(c.names, n)
		}
	}
	return nil
}

// validated gives the client's name for the macro p: the domain itself, or one below it, or any, or "unknown" (RFC 7208
// section 7.3). It counts as a term the first time.
func (c *check) validated(domain string) string {
	if !c.looked && c.term() != nil || c.validate() != nil || len(c.names) == 0 {
		return "unknown"
	}
	best := c.names[0]
	for _, n := range c.names {
		if strings.EqualFold(n, domain) {
			return n
		}
		if isBelow(n, domain) && !isBelow(best, domain) {
			best = n
		}
	}
	return best
}

// isBelow tells whether name is domain or ends in it, at a dot.
func isBelow(name, domain string) bool {
	rest := len(name) - len(domain)
	return rest >= 0 && strings.EqualFold(name[rest:], domain) && (rest == 0 || name[rest-1] == '.')
}

// explanation fetches and expands what a domain says to those it refuses (RFC 7208 section 6.2); "" where anything is
// wrong with it.
func (c *check) explanation(spec, domain string) string {
	name := c.name(spec, domain)
	if !isDomain(name) || c.question() != nil {
		return ""
	}
	list, err := c.dns.LookupTXT(c.ctx, name)
	if err != nil || len(list) != 1 || len(list[0]) > maxRecord {
		return ""
	}
	for word := range strings.SplitSeq(list[0], " ") {
		if checkMacros(word, true) != nil {
			return ""
		}
	}
	return c.expand(list[0], domain)
}
