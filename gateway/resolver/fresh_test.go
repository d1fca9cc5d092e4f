package resolver_test

import (
	"context"
	"testing"

	"weir/filters"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

func TestAFreshQuestionIsNotAnsweredFromTheCache(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	for i, ctx := range []context.Context{context.Background(), context.Background(), filters.WithFresh(context.Background())} {
		if _, err := r.LookupNetIP(ctx, "ip4", "mx1.example.org."); err != nil {
			t.Fatal(err)
		}
		if n, want := s.Asked("mx1.example.org"), []int{1, 1, 2}[i]; n != want {
			t.Errorf("after lookup %d the server was asked %d times, want %d", i+1, n, want)
		}
	}
}
