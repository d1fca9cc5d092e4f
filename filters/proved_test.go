package filters

import (
	"net/netip"
	"slices"
	"testing"
)

func TestWhatIsProved(t *testing.T) {
	helo := []AuthProp{{Type: "smtp", Name: "helo", Value: "mx.a.example"}}
	f := NewFindings(nil, []Auth{
		{Method: "spf", Value: Pass, Domain: "mx.a.example", Props: helo},
		{Method: "spf", Value: SoftFail, Domain: "b.example"},
		{Method: "dkim", Value: Pass, Domain: "Mail.C.Example."},
		{Method: "dkim", Value: Pass, Domain: "mail.c.example"},
		{Method: "arc", Value: Pass, Domain: "d.example"},
		{Method: "dmarc", Value: Pass, Domain: "one.co.uk"},
		{Method: "dmarc", Value: Pass},
		{Method: "spf", Value: Pass, Domain: "everybody.example", Open: true},
		{Method: "dmarc", Value: Pass, Domain: "everybody.example", Open: true},
	}, nil)
	if got := f.Proved(); !slices.Equal(got, []string{"mail.c.example", "one.co.uk"}) {
		t.Errorf("proved %q", got)
	}
	if !f.ProvedHelo() {
		t.Error("the HELO name is not proved")
	}
	for domain, want := range map[string]bool{"c.example": true, "news.c.example": true, "a.example": false, "b.example": false, "everybody.example": false, "two.co.uk": false, "x.one.co.uk": true, "": false} {
		if got := f.Proves(domain); got != want {
			t.Errorf("proves %q: %v", domain, got)
		}
	}
	open := NewFindings(nil, []Auth{{Method: "spf", Value: Pass, Domain: "mx.a.example", Props: helo, Open: true}}, nil)
	if open.ProvedHelo() {
		t.Error("a HELO name that is everybody's is proved")
	}
	if (Findings{}).Proves("c.example") || (Findings{}).ProvedHelo() {
		t.Error("nothing proves something")
	}
}

func TestNeighbourhoods(t *testing.T) {
	for _, c := range []struct{ addr, host, network, pool string }{
		{"192.0.2.7", "192.0.2.7/32", "192.0.2.0/24", "192.0.2.0/24"},
		{"::ffff:192.0.2.7", "192.0.2.7/32", "192.0.2.0/24", "192.0.2.0/24"},
		{"2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8:1:2::/64"},
		{"fe80::1%eth0", "fe80::/64", "fe80::/48", "fe80::/64"},
	} {
		a := netip.MustParseAddr(c.addr)
		if h, n, p := Host(a).String(), Network(a).String(), Pool(a).String(); h != c.host || n != c.network || p != c.pool {
			t.Errorf("%s: %s, %s, %s", c.addr, h, n, p)
		}
	}
	if Host(netip.Addr{}).IsValid() {
		t.Error("no address is somewhere")
	}
}
