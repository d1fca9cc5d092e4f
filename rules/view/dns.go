package view

import (
	"context"
	"net"
	"net/netip"
)

// Resolver asks the DNS. Errors are *net.DNSError values with IsNotFound and IsTemporary set rightly. It is used by many
// goroutines at once, and gives up when the context ends.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// NameServers is what a Resolver may know beside: the name servers of a domain. Without it, rules that ask for them are
// not known.
type NameServers interface {
	LookupNS(ctx context.Context, name string) ([]*net.NS, error)
}

// Doubt says that the function that runs could not find out whether it hits: a lookup failed, or what it does took too long. The rule
// then counts as one that was not run to its end.
func (m *Mail) Doubt() { m.doubt = true }

// Doubted tells whether Doubt was called since it was asked last.
func (m *Mail) Doubted() bool {
	was := m.doubt
	m.doubt = false
	return was
}
