package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"weir/filters"
)

// environment is what filters get from the world: the system's resolver and dialer, or none of either when offline.
func environment(now func() time.Time, offline bool) filters.Env {
	if offline {
		return filters.Env{Clock: now, Offline: true, Resolver: nowhere{}, Dialer: nowhere{}}
	}
	return filters.Env{Clock: now, Resolver: net.DefaultResolver, Dialer: &net.Dialer{}}
}

var errOffline = errors.New("weir: --offline forbids the network")

// nowhere is a resolver and a dialer that reach nobody.
type nowhere struct{}

func (nowhere) fail(name string) error {
	return &net.DNSError{Err: errOffline.Error(), Name: name, IsTemporary: true}
}

func (n nowhere) LookupTXT(_ context.Context, name string) ([]string, error) {
	return nil, n.fail(name)
}

func (n nowhere) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, n.fail(name)
}

func (n nowhere) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return nil, n.fail(host)
}

func (n nowhere) LookupAddr(_ context.Context, addr string) ([]string, error) {
	return nil, n.fail(addr)
}

func (nowhere) DialContext(context.Context, string, string) (net.Conn, error) {
	return nil, errOffline
}
