package doctor

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"weir/gateway/resolver"
)

// public are resolvers that everybody may use. DNS lists refuse what comes from them, or answer with codes that mean
// "go away"; and their cache knows what is being asked.
var public = map[netip.Addr]string{}

func init() {
	for name, list := range map[string]string{
		"Google":     "8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844",
		"Cloudflare": "1.1.1.1 1.0.0.1 1.1.1.2 1.0.0.2 1.1.1.3 1.0.0.3 2606:4700:4700::1111 2606:4700:4700::1001",
		"Quad9":      "9.9.9.9 149.112.112.112 9.9.9.10 149.112.112.10 9.9.9.11 149.112.112.11 2620:fe::fe 2620:fe::9",
		"OpenDNS":    "208.67.222.222 208.67.220.220 2620:119:35::35 2620:119:53::53",
		"AdGuard":    "94.140.14.14 94.140.15.15 2a10:50c0::ad1:ff 2a10:50c0::ad2:ff",
		"Yandex":     "77.88.8.8 77.88.8.1",
		"Level 3":    "4.2.2.1 4.2.2.2 4.2.2.3 4.2.2.4",
		"DNS.SB":     "185.222.222.222 45.11.45.11",
	} {
		for _, a := range strings.Fields(list) {
			public[netip.MustParseAddr(a)] = name
		}
	}
}

// rootServer is a name that every resolver can look up which reaches the world.
const rootServer = "a.root-servers.net"

const ownResolver = "run a resolver of your own on this machine (unbound, knot-resolver, bind) that asks the root itself, and set resolver.servers = [\"127.0.0.1\"]"

// nameServers tries each of the name servers.
func (e *examiner) nameServers(ctx context.Context) []Finding {
	return each(e.dns.Servers(), func(address string) []Finding { return e.nameServer(ctx, address) })
}

func (e *examiner) nameServer(ctx context.Context, address string) (list []Finding) {
	finding := func(s Severity, text, do string) {
		list = append(list, Finding{s, "resolver", address, text, do})
	}
	if a, err := netip.ParseAddrPort(address); err == nil {
		if who := public[a.Addr().Unmap().WithZone("")]; who != "" {
			finding(Error, "is a public resolver ("+who+"): DNS lists do not answer it, and so can't find anything", ownResolver)
		}
	}
	c := e.Config.Resolver
	c.Servers = []string{address}
	r := resolver.New(c, resolver.Options{})
	defer r.Close()
	began := time.Now()
	name := strings.ToLower(rand.Text()[:16]) + ".invalid"
	addrs, err := r.LookupNetIP(ctx, "ip4", name)
	took := time.Since(began)
	failure, _ := err.(*net.DNSError)
	switch {
	case err == nil:
		finding(Error, fmt.Sprintf("says that %s is %s, though no such name can be: it makes up answers, and every DNS list would seem to list everybody", name, addrs[0]), ownResolver)
	case failure.IsNotFound:
		if _, err := r.LookupNetIP(ctx, "ip", rootServer); err != nil {
			finding(Error, "answers, but does not know the world's names: "+rootServer+" gives "+reason(err), "let it ask the root servers (or a resolver that does): is port 53 open from it to the world, for UDP and TCP?")
			break
		}
		finding(OK, fmt.Sprintf("answers, after %s", took.Round(10*time.Microsecond)), "")
	case failure.IsTimeout:
		finding(Error, "does not answer", "start it, or set resolver.servers to one that does; is port 53 open between here and there, for UDP and TCP?")
	default:
		finding(Error, "does not serve us: "+failure.Err, "allow this machine to ask it (access-control of unbound, allow-recursion of bind), or set resolver.servers to another")
	}
	return list
}
