package config

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"weir/filters"
)

var errOffline = errors.New("weir: no network: this is offline")

// OfflineEnv lends filters a clock and no network: Resolver and Dialer fail at once. now nil means time.Now.
func OfflineEnv(now func() time.Time) filters.Env {
	if now == nil {
		now = time.Now
	}
	return filters.Env{Clock: now, Resolver: offline{}, Dialer: offline{}, Offline: true, Hostname: "localhost"}
}

// offline is a Resolver and a Dialer that reach nobody.
type offline struct{}

func (offline) fail(name string) error {
	return &net.DNSError{Err: errOffline.Error(), Name: name, IsTemporary: true}
}

func (o offline) LookupTXT(_ context.Context, name string) ([]string, error) {
	return nil, o.fail(name)
}

func (o offline) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, o.fail(name)
}

func (o offline) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return nil, o.fail(host)
}

func (o offline) LookupAddr(_ context.Context, addr string) ([]string, error) {
	return nil, o.fail(addr)
}

func (offline) DialContext(context.Context, string, string) (net.Conn, error) {
	return nil, errOffline
}
