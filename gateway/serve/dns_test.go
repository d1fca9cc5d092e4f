package serve

import (
	"context"
	"testing"

	"weir/gateway/config"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

func TestTheResolverOutlivesReloadsAndTakesOverTheirServers(t *testing.T) {
	one, two := dnstest.Start(t, "a.test TXT old"), dnstest.Start(t, "a.test TXT new\nb.test TXT new")
	cfg := config.Default()
	cfg.Resolver.Servers = []string{one.Addr}
	s := &State{}
	defer s.Close()
	r := s.Resolver(cfg)
	ask := func(name, want string) {
		t.Helper()
		if got, err := r.LookupTXT(context.Background(), name); err != nil || got[0] != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
	ask("a.test", "old")
	next := config.Default()
	next.Resolver.Servers = []string{two.Addr}
	if s.Resolver(next) != r {
		t.Error("a reload has a resolver of its own")
	}
	if got := r.(*resolver.Resolver).Servers()[0]; got != one.Addr {
		t.Errorf("%s is asked before the reload has succeeded", got)
	}
	s.reload(next)
	ask("a.test", "old")
	ask("b.test", "new")
}
