package dnslist

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

// Tests over the wire: the gateway's resolver with its cache, and a name server on loopback that misbehaves.

// records are two block lists and an allow list that have 192.0.2.7.
const records = `
	2.0.0.127.bl.example     A  127.0.0.2
	7.2.0.192.bl.example     A  127.0.0.2
	bl.example      3600 SOA ns.example. h.example. 1 3600 600 86400 3600
	2.0.0.127.other.example  A  127.0.0.2
	7.2.0.192.other.example  A  127.0.0.2
	other.example   3600 SOA ns.example. h.example. 1 3600 600 86400 3600
	2.0.0.127.wl.example     A  127.0.0.2
	7.2.0.192.wl.example     A  127.0.0.2
	wl.example      3600 SOA ns.example. h.example. 1 3600 600 86400 3600`

// wired makes a Set that asks s. The zone wl.example is an allow list.
func wired(t testing.TB, s *dnstest.Server, p pace, budget time.Duration, zones ...string) *Set {
	t.Helper()
	conf := resolver.DefaultConfig()
	conf.Servers, conf.Timeout = []string{s.Addr}, setting.Duration(500*time.Millisecond)
	conf.FailureTTL = setting.Duration(time.Second)
	r := resolver.New(conf, resolver.Options{})
	t.Cleanup(func() { _ = r.Close() })
	c := Config{Filter: "dnsbl", Kinds: testKinds, Budget: budget, Max: 100, Least: -3, Zones: Zones{}}
	for _, z := range zones {
		codes := Codes("127.0.0.2 - 1.5")
		if z == "wl.example" {
			codes = Codes("127.0.0.2 - -2")
		}
		c.Zones[nameOf(z)] = Zone{Enabled: true, Zone: z, Ask: []Kind{Client}, Codes: codes}
	}
	set, err := New(c, filters.Env{Resolver: r})
	if err != nil {
		t.Fatal(err)
	}
	set.pace = p
	t.Cleanup(func() { _ = set.Close() })
	return set
}

func nameOf(zone string) string { return zone[:len(zone)-len(".example")] }

func at(addr string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(addr)} }

// wireCases are lists that go bad after they were well.
var wireCases = []struct {
	name, zone, kind string
	fault            dnstest.Fault
}{
	{"C16_a_black_hole", "bl.example", "silent", dnstest.Fault{BlackHole: true}},
	{"C16_servfail", "bl.example", "silent", dnstest.Fault{Rcode: dns.RcodeServerFailure}},
	{"C16_refused", "bl.example", "silent", dnstest.Fault{Rcode: dns.RcodeRefused}},
	{"C19_lists_everything", "bl.example", "lists_everything", dnstest.Fault{Listed: at("127.0.0.2")}},
	{"C20_emptied", "bl.example", "empty", dnstest.Fault{Nothing: true}},
	{"C21_refuses_public_resolvers", "bl.example", "refuses", dnstest.Fault{Listed: at("127.255.255.254")}},
	{"C21_refuses_mistyped_names", "bl.example", "refuses", dnstest.Fault{Listed: at("127.255.255.252")}},
	{"C21_refuses_too_many_questions", "bl.example", "refuses", dnstest.Fault{Listed: at("127.255.255.255")}},
	{"C21_refuses_addresses", "bl.example", "refuses", dnstest.Fault{Listed: at("127.0.1.255")}},
	{"C21_refuses_with_127_0_0_1", "bl.example", "refuses", dnstest.Fault{Listed: at("127.0.0.1")}},
	{"C21_a_public_address", "bl.example", "strange", dnstest.Fault{Listed: at("198.51.100.7")}},
	{"C22_an_allow_list_that_lists_everything", "wl.example", "lists_everything", dnstest.Fault{Listed: at("127.0.0.2")}},
	{"C22_an_allow_list_whose_domain_was_sold", "wl.example", "strange", dnstest.Fault{Listed: at("198.51.100.7")}},
}

func TestOverTheWireAListThatGoesBadIsOffAndComesBack(t *testing.T) {
	for _, c := range wireCases {
		t.Run(c.name, func(t *testing.T) {
			server := dnstest.Start(t, records)
			s := wired(t, server, quick, 300*time.Millisecond, c.zone, "other.example")
			own := symbol("dnsbl", nameOf(c.zone), "")
			ask := func(host int) []string {
				return symbolsOf(s.Ask(context.Background(), subject(fmt.Sprintf("192.0.2.%d", host))))
			}
			if got := ask(7); !slices.Contains(got, own) || len(got) != 2 {
				t.Fatalf("while all is well: %q", got)
			}
			server.Behave(c.zone, c.fault)
			time.Sleep(quick.stale)
			if got := ask(8); len(got) != 0 {
				t.Errorf("a new client while the list is sick: %q", got)
			}
			until(t, "off as "+c.kind, func() bool { ask(7); return kindOf(s) == nameOf(c.zone)+" "+c.kind })
			if got := ask(7); !slices.Equal(got, []string{"DNSBL_OTHER"}) {
				t.Errorf("while it is off: %q", got)
			}
			server.Behave(c.zone, dnstest.Fault{})
			until(t, "well again", func() bool { return kindOf(s) == "" })
			if got := ask(7); !slices.Contains(got, own) {
				t.Errorf("after it came back: %q", got)
			}
		})
	}
}

// thirty are zones that have 192.0.2.7 each.
func thirty(t testing.TB) (*dnstest.Server, []string) {
	var text string
	var zones []string
	for i := range 30 {
		zone := fmt.Sprintf("l%d.example", i)
		zones = append(zones, zone)
		text += "2.0.0.127." + zone + " A 127.0.0.2\n7.2.0.192." + zone + " A 127.0.0.2\n8.2.0.192." + zone + " A 127.0.0.2\n"
	}
	return dnstest.Start(t, text), zones
}

func TestSlowListsOverTheWireAreAskedAtOnce(t *testing.T) {
	t.Run("C23_thirty_slow_lists", func(t *testing.T) {
		server, zones := thirty(t)
		s := wired(t, server, usual, 10*time.Second, zones...)
		if out := s.Ask(context.Background(), subject("192.0.2.7")); len(out.Listings) != 30 {
			t.Fatalf("the first mail: %d listings, missing %q", len(out.Listings), out.Missing)
		}
		for i, delay := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond} {
			server.Behave("example", dnstest.Fault{Delay: delay})
			began := time.Now()
			out := s.Ask(context.Background(), subject([]string{"192.0.2.8", "192.0.2.9"}[i]))
			took := time.Since(began)
			t.Logf("30 lists at %v each: %v", delay, took)
			if len(out.Listings) != 30*(1-i) || out.Answered != 30 || took > 3*time.Second { // one after another: 6 s
				t.Errorf("%d listings in %v", len(out.Listings), took)
			}
		}
	})
}

func TestAListThatHangsOverTheWireCostsTheBudgetOnce(t *testing.T) {
	t.Run("C23_one_of_thirty_lists_hangs", func(t *testing.T) {
		server, zones := thirty(t)
		s := wired(t, server, usual, 200*time.Millisecond, zones...)
		server.Behave("l3.example", dnstest.Fault{BlackHole: true})
		first := time.Now()
		out := s.Ask(context.Background(), subject("192.0.2.7"))
		if took := time.Since(first); took < s.Budget || took > 5*time.Second || !slices.Equal(out.Missing, []string{"l3"}) || len(out.Listings) != 29 {
			t.Errorf("the first mail: %v, %d listings, missing %q", took, len(out.Listings), out.Missing)
		}
		before := server.Asked("8.2.0.192.l3.example")
		if out = s.Ask(context.Background(), subject("192.0.2.8")); len(out.Listings) != 29 || server.Asked("8.2.0.192.l3.example") != before {
			t.Errorf("the second mail: %d listings, and the list was asked", len(out.Listings))
		}
		if kindOf(s) != "l3 silent" {
			t.Errorf("troubles: %s", kindOf(s))
		}
	})
}

// BenchmarkSixLists is what the issue counts: six lists with a warm cache, one client.
func BenchmarkSixLists(b *testing.B) {
	server, zones := thirty(b)
	s := wired(b, server, usual, time.Second, zones[:6]...)
	who := subject("192.0.2.99")
	s.Ask(context.Background(), who)
	b.ReportAllocs()
	for b.Loop() {
		if out := s.Ask(context.Background(), who); out.Answered != 6 {
			b.Fatal(out)
		}
	}
}
