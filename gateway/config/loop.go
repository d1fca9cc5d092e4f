package config

import (
	"net"
	"net/netip"

	"weir/gateway/relay"
)

// checkLoops refuses a next hop that is one of our own listeners: mail would go round until its Received fields give it
// away (CASES B22). Names are not resolved here; a loop behind a name ends by the Received count.
func (c *Config) checkLoops(b *binder) {
	for i, hop := range c.NextHops {
		if hop.Protocol == relay.Maildir {
			continue
		}
		for _, address := range hop.Address {
			for _, listen := range c.SMTP.Listen {
				if meets(listen, address) {
					b.add(element("next_hop", i)+".address", "%q is where Weir itself listens (smtp.listen %q): mail would go round in a loop", address, listen)
				}
			}
		}
	}
}

// meets tells whether a connection to address would reach a listener on listen. Both are host:port.
func meets(listen, address string) bool {
	lhost, lport, err := net.SplitHostPort(listen)
	host, port, err2 := net.SplitHostPort(address)
	if err != nil || err2 != nil || lport != port || lport == "0" {
		return false
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if lhost == "localhost" {
		lhost = "127.0.0.1"
	}
	to, err := netip.ParseAddr(host)
	if err != nil {
		return host == lhost
	}
	on, err := netip.ParseAddr(lhost)
	return lhost == "" && to.IsLoopback() || err == nil && (on.Unmap() == to.Unmap() || on.IsUnspecified() && to.IsLoopback())
}
