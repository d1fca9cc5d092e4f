package resolver

import (
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// packed is a message as it goes over the wire.
func packed(f *testing.F, name string, qtype uint16, records ...string) []byte {
	m := new(dns.Msg).SetQuestion(dns.Fqdn(name), qtype)
	m.Response = true
	for _, r := range records {
		rr, err := dns.NewRR(r)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	wire, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	return wire
}

// FuzzAnswer reads whatever a server may send: nothing panics, the work is bounded, and nothing gets out that a filter
// would not expect.
func FuzzAnswer(f *testing.F) {
	f.Add("example.org", uint16(16), packed(f, "example.org", 16, `example.org. TXT "v=spf1" "\200\"\\"`, "example.org. CNAME a.example.org."))
	f.Add("www.example.org", uint16(1), packed(f, "www.example.org", 1, "www.example.org. CNAME a.example.org.", "a.example.org. A 192.0.2.1"))
	f.Add("example.org", uint16(15), packed(f, "example.org", 15, `example.org. MX 1 a\"b.example.org.`, "example.org. MX 0 ."))
	f.Add("1.2.0.192.in-addr.arpa", uint16(12), packed(f, "1.2.0.192.in-addr.arpa", 12, "1.2.0.192.in-addr.arpa. PTR x.example.org."))
	f.Add("l.example.org", uint16(28), packed(f, "l.example.org", 28, "l.example.org. CNAME l.example.org."))
	f.Fuzz(func(t *testing.T, name string, qtype uint16, packet []byte) {
		name, ok := canonical(name)
		if !ok {
			return
		}
		q := newQuestion(name, qtype, false)
		if q.match(packet) != foreign && len(packet) < 12 {
			t.Fatal("a packet without a header is an answer")
		}
		if len(packet) < 12 {
			return
		}
		copy(packet, q.wire[:2])
		_ = q.match(packet)
		m, k := parse(packet)
		if k != found {
			return
		}
		a, more := newTrail(name).read(m, qtype)
		if more && a.kind != absent || !more && a.kind == found && a.size() == 0 {
			t.Fatalf("%+v, more %v", a, more)
		}
		for _, n := range a.mx {
			if !hostName(n.Host) {
				t.Fatalf("MX %q", n.Host)
			}
		}
		if qtype == dns.TypePTR {
			for _, n := range a.texts {
				if !hostName(n) || strings.ContainsAny(n, "\r\n\\ ") {
					t.Fatalf("PTR %q", n)
				}
			}
		}
		if len(a.texts) > 0 && a.size() > 70_000+16*len(a.texts) {
			t.Fatalf("%d bytes out of %d", a.size(), len(packet))
		}
	})
}

// FuzzName writes any name into a question and reads it back as the library does.
func FuzzName(f *testing.F) {
	for _, s := range []string{"example.org", "a+b=c/d.Example.ORG.", `a\.b"c.test`, "", ".", "..", strings.Repeat("x", 64) + ".test", strings.Repeat("a.", 126) + "a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, ok := canonical(s)
		if !ok {
			return
		}
		if again, ok := canonical(name); !ok || again != name {
			t.Fatalf("%q becomes %q becomes %q", s, name, again)
		}
		var m dns.Msg
		q := newQuestion(name, dns.TypeA, true)
		if err := m.Unpack(q.wire); err != nil || len(m.Question) != 1 || m.IsEdns0() == nil {
			t.Fatalf("%q: %v %v", name, err, m.Question)
		}
		if got := m.Question[0].Name; !strings.EqualFold(got, presentation(name)) {
			t.Fatalf("%q goes out as %q, not %q", name, got, presentation(name))
		}
	})
}
