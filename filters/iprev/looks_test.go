package iprev

import (
	"net/netip"
	"testing"
)

func TestNamesMadeOfAddresses(t *testing.T) {
	for _, c := range []struct {
		addr, name string
		want       kind
	}{
		{"198.51.100.25", "mx.example.org", given},
		{"198.51.100.25", "example.org", given},
		{"198.51.100.25", "mail25.example.org", given},
		{"198.51.100.25", "198-51-100-25.dynamic.isp.example", dynamic},
		{"198.51.100.25", "25.100.51.198.adsl.isp.example", dynamic},
		{"198.51.100.25", "pool-198-51-100-25.isp.example", dynamic},
		{"198.51.100.25", "198051100025.ppp.isp.example", dynamic},
		{"198.51.100.25", "c6336419.dhcp.isp.example", dynamic},
		{"198.51.100.25", "host-x25.100.51.dsl.isp.example", given},
		{"198.51.100.25", "x25.100.51.dsl.isp.example", dynamic},
		{"198.51.100.25", "ip-198-51-100-25.cloud.example", generic},
		{"198.51.100.25", "static-198-51-100-25.isp.example", given},
		{"198.51.100.25", "mail-198-51-100-25.sender.example", given},
		{"198.51.100.25", "dsl.example.org", given},
		{"198.51.100.25", "203-0-113-7.dsl.isp.example", given},
		{"2001:db8::19", "20010db8000000000000000000000019.dyn.isp.example", dynamic},
		{"2001:db8::aabb:1:2:3", "aabb000100020003.dyn.isp.example", dynamic},
		{"2001:db8::19", "2001-db8--19.cloud.example", generic},
		{"2001:db8::19", "mx.example.org", given},
		{"2001:db8::19", "mx19.example.org", given},
	} {
		if got := kindOf(c.name, netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%s for %s: %d, want %d", c.name, c.addr, got, c.want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("198-51-100-25.dynamic.isp.example", "198.51.100.25")
	f.Add("2001-db8--19.cloud.example", "2001:db8::19")
	f.Fuzz(func(t *testing.T, name, text string) {
		for _, n := range usable([]string{name}) {
			if !isHostName(n) {
				t.Errorf("%q is usable", n)
			}
			if addr, err := netip.ParseAddr(text); err == nil {
				kindOf(n, addr.Unmap())
			}
		}
	})
}
