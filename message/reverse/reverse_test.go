package reverse

import (
	"net/netip"
	"testing"
)

func TestAddressesAreWrittenBackwards(t *testing.T) {
	for in, want := range map[string]string{
		"1.2.30.255":       "255.30.2.1",
		"2001:db8::1":      "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2",
		"fe80::1%eth0":     "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f",
		"::ffff:192.0.2.1": "1.0.2.0.0.0.0.c.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
	} {
		if got := Address(netip.MustParseAddr(in)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	if got := Address(netip.Addr{}); got != "" {
		t.Errorf("no address: got %q", got)
	}
}
