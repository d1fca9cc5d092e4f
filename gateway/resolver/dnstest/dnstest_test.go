package dnstest_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"weir/gateway/resolver/dnstest"
)

const records = `
	example.org      SOA  ns.example.org. hostmaster.example.org. 1 3600 600 86400 60
	example.org      TXT  "v=spf1 -all"
	example.org      MX   10 mx.example.org.
	mx.example.org   A    192.0.2.1
	www.example.org  CNAME mx.example.org.
	loop.example.org CNAME loop.example.org.
	*.w.example.org  A    192.0.2.7
	a.b.example.org  A    192.0.2.8`

func ask(t *testing.T, s *dnstest.Server, network, name string, qtype uint16) (*dns.Msg, error) {
	t.Helper()
	c := dns.Client{Net: network, Timeout: time.Second}
	reply, _, err := c.Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype), s.Addr)
	return reply, err
}

// text is an answer in short.
func text(m *dns.Msg) string {
	list := []string{dns.RcodeToString[m.Rcode]}
	for _, rr := range m.Answer {
		list = append(list, strings.TrimPrefix(rr.String(), rr.Header().String()))
	}
	if len(m.Ns) > 0 {
		list = append(list, "SOA")
	}
	return strings.Join(list, " ")
}

func TestTheServerAnswersAsACachingResolverWould(t *testing.T) {
	s := dnstest.Start(t, records)
	for _, c := range []struct {
		name  string
		qtype uint16
		want  string
	}{
		{"example.org", dns.TypeTXT, `NOERROR "v=spf1 -all"`},
		{"EXAMPLE.org", dns.TypeMX, "NOERROR 10 mx.example.org."},
		{"www.example.org", dns.TypeA, "NOERROR mx.example.org. 192.0.2.1"},
		{"mx.example.org", dns.TypeTXT, "NOERROR SOA"},
		{"b.example.org", dns.TypeA, "NOERROR SOA"},
		{"nowhere.example.org", dns.TypeA, "NXDOMAIN SOA"},
		{"x.y.w.example.org", dns.TypeA, "NOERROR 192.0.2.7"},
		{"other.test", dns.TypeA, "NXDOMAIN"},
	} {
		for _, network := range []string{"udp", "tcp"} {
			m, err := ask(t, s, network, c.name, c.qtype)
			if err != nil || text(m) != c.want {
				t.Errorf("%s over %s: got %v %v, want %s", c.name, network, m, err, c.want)
			}
		}
	}
	if m, err := ask(t, s, "udp", "loop.example.org", dns.TypeA); err != nil || len(m.Answer) < 5 {
		t.Errorf("a loop of CNAMEs: %v %v", m, err)
	}
	if s.Asked("example.org") != 4 || s.Questions() != 17 || s.TCPQuestions() != 8 {
		t.Errorf("%d questions, %d over TCP, %d about example.org", s.Questions(), s.TCPQuestions(), s.Asked("example.org"))
	}
}

func TestFaultsAreAsTheyAreCalled(t *testing.T) {
	s := dnstest.Start(t, records)
	for _, c := range []struct {
		what, network, want string
		fault               dnstest.Fault
	}{
		{"black hole", "udp", "timeout", dnstest.Fault{BlackHole: true}},
		{"SERVFAIL", "udp", "SERVFAIL", dnstest.Fault{Rcode: dns.RcodeServerFailure}},
		{"REFUSED", "udp", "REFUSED", dnstest.Fault{Rcode: dns.RcodeRefused}},
		{"truncated", "udp", "NOERROR", dnstest.Fault{Truncate: true}},
		{"truncated, over TCP", "tcp", "NOERROR 192.0.2.1", dnstest.Fault{Truncate: true}},
		{"no TCP", "tcp", "EOF", dnstest.Fault{NoTCP: true}},
		{"lists everything", "udp", "NOERROR 127.0.0.2", dnstest.Fault{Listed: []netip.Addr{netip.MustParseAddr("127.0.0.2")}}},
		{"lists nothing", "udp", "NXDOMAIN", dnstest.Fault{Nothing: true}},
		{"a wrong question first", "udp", "NOERROR 203.0.113.66", dnstest.Fault{WrongQuestion: 1}},
	} {
		t.Run(c.what, func(t *testing.T) {
			s.Behave("example.org", c.fault)
			defer s.Behave("example.org", dnstest.Fault{})
			m, err := ask(t, s, c.network, "mx.example.org", dns.TypeA)
			if got := words(m, err); !strings.Contains(got, c.want) || err == nil && got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if m, err := ask(t, s, "udp", "mx.example.org", dns.TypeA); err != nil || text(m) != "NOERROR 192.0.2.1" {
		t.Errorf("after the last fault: %v %v", m, err)
	}
}

func words(m *dns.Msg, err error) string {
	if err != nil {
		return err.Error()
	}
	return text(m)
}
