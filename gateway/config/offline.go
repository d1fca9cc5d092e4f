package config

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"weir/filters"
)

var errOffline = errors.New("config: no network while the config is checked")

// offlineEnv lends a filter what it needs to be made, and no network.
func offlineEnv() filters.Env {
	return filters.Env{Clock: time.Now, Resolver: offline{}, Dialer: offline{}, Offline: true, Hostname: "localhost"}
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
