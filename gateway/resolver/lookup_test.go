package resolver_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"weir/filters/setting"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

func TestLookupsAnswerAsPackageNetDoes(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	for _, c := range []struct{ what, kind, name, want string }{
		{"strings of a TXT record are one text", "TXT", "example.org", "v=spf1 ip4:192.0.2.1 -all | second"},
		{"capitals and a final dot make no difference", "TXT", "Example.ORG.", "v=spf1 ip4:192.0.2.1 -all | second"},
		{"bytes of a text are as they were sent", "TXT", "odd.example.org", "quote \" slash \\ byte \xc8 end"},
		{"an empty text is a text", "TXT", "empty.example.org", ""},
		{"a name with characters of local parts", "TXT", "a+b=c/d.example.org", "plus"},
		{"mail servers come best first", "MX", "example.org", "mx1.example.org. | mx2.example.org."},
		{"a null MX", "MX", "null.example.org", "."},
		{"a mail server that is no host name is left out", "MX", "evil.example.org", "mx1.example.org."},
		{"name servers", "NS", "example.org", "ns.example.org."},
		{"no name servers", "NS", "mx1.example.org", "error: not found"},
		{"both families", "ip", "mx1.example.org", "192.0.2.1 | 192.0.2.2 | 2001:db8::1"},
		{"IPv4 only", "ip4", "mx1.example.org", "192.0.2.1 | 192.0.2.2"},
		{"IPv6 only", "ip6", "mx1.example.org", "2001:db8::1"},
		{"one family has none", "ip", "mx2.example.org", "2001:db8::2"},
		{"a CNAME is followed", "ip", "www.example.org", "192.0.2.1 | 192.0.2.2 | 2001:db8::1"},
		{"an address is its own answer", "ip", "192.0.2.9", "192.0.2.9"},
		{"an address of the other family", "ip6", "192.0.2.9", "error: not found"},
		{"a name of an IPv4 address", "PTR", "192.0.2.1", "mx1.example.org."},
		{"a name of an IPv4 address in IPv6", "PTR", "::ffff:192.0.2.1", "mx1.example.org."},
		{"a name of an IPv6 address", "PTR", "2001:db8::1", "six.example.org."},
		{"no name", "PTR", "192.0.2.77", "error: not found"},
		{"no address", "PTR", "example.org", "error: not found"},
		{"no such name", "TXT", "nowhere.example.org", "error: not found"},
		{"no such records", "MX", "mx1.example.org", "error: not found"},
		{"no addresses of either family", "ip", "example.org", "error: not found"},
	} {
		if got := look(patient(t), r, c.kind, c.name); got != c.want {
			t.Errorf("%s: %s of %s is %q, want %q", c.what, c.kind, c.name, got, c.want)
		}
	}
}

func TestNamesThatCanNotBeAreNotAskedFor(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	label := strings.Repeat("x", 63)
	for what, name := range map[string]string{
		"nothing": "", "a dot": ".", "an empty label": "a..example.org", "a dot at the begin": ".example.org", "two dots at the end": "example.org..",
		"a label of 64":     label + "x.example.org",
		"a name of 254":     label + "." + label + "." + label + "." + label[:62],
		"letters not ASCII": "bücher.example", "a space": "a b.example", "NUL": "a\x00.example", "a line break": "a\r\n.example", "DEL": "a\x7f.example",
		"64 kB": strings.Repeat("a.", 32768),
	} {
		for _, kind := range []string{"TXT", "MX", "NS", "ip4", "ip6", "ip", "PTR"} {
			if got := look(patient(t), r, kind, name); got != "error: not found" {
				t.Errorf("%s: %s gives %q", what, kind, got)
			}
		}
	}
	if n := s.Questions(); n != 0 {
		t.Errorf("%d questions were asked", n)
	}
	for what, name := range map[string]string{"a label of 63": label + ".example.org", "a name of 253": label + "." + label + "." + label + "." + label[:61]} {
		if look(patient(t), r, "TXT", name); s.Asked(name) != 1 {
			t.Errorf("%s was not asked for", what)
		}
	}
}

func TestServersThatKnowNoEDNSAreAskedWithoutIt(t *testing.T) {
	s := dnstest.Start(t, records)
	s.Behave(".", dnstest.Fault{NoEDNS: true})
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" || s.Questions() != 2 {
		t.Errorf("%q, %d questions", got, s.Questions())
	}
}

func TestMixedCaseIsAskedForAndWantedBack(t *testing.T) {
	s := dnstest.Start(t, records)
	c := quick(s.Addr)
	c.MixCase = true
	r := newResolver(t, c, resolver.Options{})
	var seen atomic.Bool
	s.Behave(".", dnstest.Fault{Answer: func(q dns.Question, _ *dns.Msg) { seen.Store(seen.Load() || q.Name != strings.ToLower(q.Name)) }})
	name := strings.Repeat("x", 60) + ".example.org"
	s.Add(t, name+" A 192.0.2.5")
	if got := look(patient(t), r, "ip4", name); got != "192.0.2.5" || !seen.Load() || s.TCPQuestions() != 0 {
		t.Errorf("%q, mixed case %v, %d questions over TCP", got, seen.Load(), s.TCPQuestions())
	}
	other := strings.Repeat("y", 60) + ".example.org"
	s.Add(t, other+" A 192.0.2.6")
	s.Behave(".", dnstest.Fault{LowerCase: true})
	if got := look(patient(t), r, "ip4", other); got != "192.0.2.6" || s.TCPQuestions() != 1 {
		t.Errorf("%q from a server that answers in lower case, %d questions over TCP", got, s.TCPQuestions())
	}
}

func TestAConfigThatMakesNoSenseIsRefusedByKey(t *testing.T) {
	for key, change := range map[string]func(*resolver.Config){
		"resolver.servers: ":    func(c *resolver.Config) { c.Servers = []string{"ns.example.org"} },
		"resolver.servers has":  func(c *resolver.Config) { c.Servers = slices.Repeat([]string{"127.0.0.1"}, 9) },
		"resolver.timeout ":     func(c *resolver.Config) { c.Timeout = 0 },
		"resolver.attempts ":    func(c *resolver.Config) { c.Attempts = 0 },
		"resolver.questions ":   func(c *resolver.Config) { c.Questions = 0 },
		"resolver.in_flight ":   func(c *resolver.Config) { c.InFlight = 0 },
		"resolver.cache_size ":  func(c *resolver.Config) { c.CacheSize = 1 },
		"resolver.min_ttl ":     func(c *resolver.Config) { c.MinTTL = c.MaxTTL + 1 },
		"resolver.max_ttl ":     func(c *resolver.Config) { c.MaxTTL = setting.Duration(240 * time.Hour) },
		"resolver.negative_ttl": func(c *resolver.Config) { c.NegativeTTL = setting.Duration(24 * time.Hour) },
		"resolver.failure_ttl ": func(c *resolver.Config) { c.FailureTTL = 0 },
	} {
		c := resolver.DefaultConfig()
		if change(&c); c.Check() == nil || !strings.Contains(c.Check().Error(), key) {
			t.Errorf("%s: %v", key, c.Check())
		}
	}
	c := resolver.DefaultConfig()
	c.Servers = []string{"127.0.0.1", "192.0.2.53:5353", "::1", "[2001:db8::53]:53", "fe80::1%eth0"}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}
