package resolver_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway/resolver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ filters.Resolver = (*resolver.Resolver)(nil)

const records = `
	example.org NS ns.example.org.
	example.org       SOA   ns.example.org. hostmaster.example.org. 1 3600 600 86400 60
	example.org       TXT   "v=spf1 " "ip4:192.0.2.1 -all"
	example.org       TXT   "second"
	example.org       MX    20 mx2.example.org.
	example.org       MX    10 mx1.example.org.
	mx1.example.org   A     192.0.2.1
	mx1.example.org   A     192.0.2.2
	mx1.example.org   AAAA  2001:db8::1
	mx2.example.org   AAAA  2001:db8::2
	www.example.org   CNAME mx1.example.org.
	loop.example.org  CNAME pool.example.org.
	pool.example.org  CNAME loop.example.org.
	odd.example.org   TXT   "quote \" slash \\ byte \200 end"
	empty.example.org TXT   ""
	a+b=c/d.example.org TXT "plus"
	null.example.org  MX    0 .
	evil.example.org  MX    10 a\"b.example.org.
	evil.example.org  MX    20 mx1.example.org.
	short.example.org 1 A   192.0.2.3
	long.example.org  604800 A 192.0.2.4
	1.2.0.192.in-addr.arpa PTR mx1.example.org.
	1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR six.example.org.`

// clock is a time that stands still until it is moved.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(1_800_000_000, c.ns.Load()) }

func (c *clock) forward(d time.Duration) { c.ns.Add(int64(d)) }

// quick is a config for tests: it asks the servers and has little patience.
func quick(servers ...string) resolver.Config {
	c := resolver.DefaultConfig()
	c.Servers, c.Timeout = servers, setting.Duration(300*time.Millisecond)
	return c
}

// slow is a config for tests that has the usual patience.
func slow(servers ...string) resolver.Config {
	c := resolver.DefaultConfig()
	c.Servers = servers
	return c
}

// endless is a config for tests in which no question ends by itself.
func endless(servers ...string) resolver.Config {
	c := slow(servers...)
	c.Timeout = setting.Duration(30 * time.Second)
	return c
}

func newResolver(t testing.TB, c resolver.Config, o resolver.Options) *resolver.Resolver {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	r := resolver.New(c, o)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// patient is a context for a question that must end by itself; the time is a guard against hanging.
func patient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// look asks one question of a kind and puts the answer into words.
func look(ctx context.Context, r filters.Resolver, kind, name string) string {
	var list []string
	var err error
	switch kind {
	case "TXT":
		list, err = r.LookupTXT(ctx, name)
	case "PTR":
		list, err = r.LookupAddr(ctx, name)
	case "MX":
		var mx []*net.MX
		mx, err = r.LookupMX(ctx, name)
		for _, m := range mx {
			list = append(list, m.Host)
		}
	case "NS":
		var servers []*net.NS
		servers, err = r.(*resolver.Resolver).LookupNS(ctx, name)
		for _, ns := range servers {
			list = append(list, ns.Host)
		}
	default:
		var addrs []netip.Addr
		addrs, err = r.LookupNetIP(ctx, kind, name)
		for _, a := range addrs {
			list = append(list, a.String())
		}
	}
	if err != nil {
		return words(err)
	}
	return strings.Join(list, " | ")
}

// words are the flags of an error, which must be a bare *net.DNSError.
func words(err error) string {
	e, ok := err.(*net.DNSError)
	if !ok {
		return "not a bare *net.DNSError: " + err.Error()
	}
	s := "error:"
	for _, f := range []struct {
		is   bool
		word string
	}{{e.IsNotFound, " not found"}, {e.IsTimeout, " timeout"}, {e.IsTemporary, " temporary"}} {
		if f.is {
			s += f.word
		}
	}
	return s
}

// waitFor waits until something is true.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 2000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("never came to be: ", what)
}
