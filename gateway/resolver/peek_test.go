package resolver_test

import (
	"context"
	"testing"

	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

func TestOnlyWhatIsKnownToBeAbsentIsSaidSo(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	if r.IsAbsent("nowhere.example.org.") || s.Questions() != 0 {
		t.Error("it says what it can't know, or it asked")
	}
	for _, host := range []string{"nowhere.example.org.", "mx1.example.org.", "mx2.example.org."} {
		_, _ = r.LookupNetIP(context.Background(), "ip4", host)
	}
	s.Behave("broken.example.org", dnstest.Fault{Rcode: 2})
	_, _ = r.LookupNetIP(context.Background(), "ip4", "broken.example.org.")
	for host, want := range map[string]bool{"Nowhere.example.org": true, "mx2.example.org.": true, "mx1.example.org.": false, "broken.example.org.": false, "a..b": false, "other.example.org": false} {
		if got := r.IsAbsent(host); got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
}
