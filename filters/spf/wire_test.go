package spf_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/setting"
	"weir/filters/spf"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/message"
)

// through asks a name server on loopback, through the gateway's resolver.
func through(t *testing.T, server *dnstest.Server) filters.Filter {
	t.Helper()
	c := resolver.DefaultConfig()
	c.Servers, c.Timeout, c.Attempts = []string{server.Addr}, setting.Duration(200*time.Millisecond), 1
	r := resolver.New(c, resolver.Options{})
	t.Cleanup(func() { _ = r.Close() })
	return filtertest.New(t, spf.Spec, "", filters.Env{Resolver: r, Clock: time.Now})
}

func judge(t *testing.T, f filters.Filter, from string) filters.Auth {
	t.Helper()
	m := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("192.0.2.1")}, HasFrom: true, From: from}, message.Options{})
	r, err := f.Check(t.Context(), m, filters.Findings{})
	if err != nil || len(r.Auth) != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	return r.Auth[0]
}

// TestANameServerThatMisbehaves asks over the wire.
func TestANameServerThatMisbehaves(t *testing.T) {
	const records = "example.org TXT \"v=spf1 include:inner.example -all\"\ninner.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
	for _, c := range []struct {
		name string
		zone string // that misbehaves
		how  dnstest.Fault
		want filters.AuthValue
	}{
		{"as it should", "", dnstest.Fault{}, filters.Pass},
		{"C16_black_holed", "example.org", dnstest.Fault{BlackHole: true}, filters.TempError},
		{"C16_servfail", "example.org", dnstest.Fault{Rcode: dns.RcodeServerFailure}, filters.TempError},
		{"C16_refused", "example.org", dnstest.Fault{Rcode: dns.RcodeRefused}, filters.TempError},
		{"C16_black_holed_in_an_include", "inner.example", dnstest.Fault{BlackHole: true}, filters.TempError},
		{"C16_servfail_in_an_include", "inner.example", dnstest.Fault{Rcode: dns.RcodeServerFailure}, filters.TempError},
		{"truncated, then over TCP", "example.org", dnstest.Fault{Truncate: true}, filters.Pass},
		{"nothing is there", "example.org", dnstest.Fault{Nothing: true}, filters.None},
		{"nothing is there in an include", "inner.example", dnstest.Fault{Nothing: true}, filters.PermError},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := dnstest.Start(t, records)
			if c.zone != "" {
				server.Behave(c.zone, c.how)
			}
			if a := judge(t, through(t, server), "jo@example.org"); a.Value != c.want {
				t.Errorf("%s (%s), want %s", a.Value, a.Reason, c.want)
			}
		})
	}
}

// TestRecordsInPieces has the character-strings of one record joined without anything between them (RFC 7208 section 3.3).
func TestRecordsInPieces(t *testing.T) {
	server := dnstest.Start(t, `one.example TXT "v=spf1 ip4:192." "0.2.1 -all"
two.example TXT "v=spf1" "ip4:192.0.2.1 -all"
three.example TXT "v=spf1 ip4:192.0.2.1" " -all"
four.example TXT "v=spf" "1 ip4:192.0.2.1 -all"
five.example TXT "v=spf1 ip4:192.0.2.1 -all" ""
six.example TXT "v=spf1 -all"
six.example TXT "v=sp" "f1 +all"
`)
	f := through(t, server)
	for name, c := range map[string]struct {
		domain string
		want   filters.AuthValue
	}{
		"E11_in_the_middle_of_an_address":       {"one.example", filters.Pass},
		"E11_where_the_space_is_missing":        {"two.example", filters.None},
		"E11_with_the_space":                    {"three.example", filters.Pass},
		"E11_in_the_middle_of_the_version":      {"four.example", filters.Pass},
		"E11_with_an_empty_piece":               {"five.example", filters.Pass},
		"E11_two_records_one_of_them_in_pieces": {"six.example", filters.PermError},
	} {
		t.Run(name, func(t *testing.T) {
			if a := judge(t, f, "jo@"+c.domain); a.Value != c.want {
				t.Errorf("%s (%s), want %s", a.Value, a.Reason, c.want)
			}
		})
	}
}
