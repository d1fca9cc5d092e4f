package dnsbl

import (
	"context"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/message"
)

// Tests of the filter in a gateway, with its resolver and a name server on loopback.

// listed are two operators' lists, and an allow list.
const listed = `
	2.0.0.127.a.example   A 127.0.0.2
	2.0.0.127.b.example   A 127.0.0.2
	2.0.0.127.wl.example  A 127.0.0.2
	test.names.example    A 127.0.0.2
	7.2.0.192.a.example   A 127.0.0.2
	7.2.0.192.b.example   A 127.0.0.2
	8.2.0.192.a.example   A 127.0.0.2
	9.2.0.192.a.example   A 127.0.0.2
	9.2.0.192.b.example   A 127.0.0.2
	9.2.0.192.wl.example  A 127.0.0.2
	evil.example.names.example A 127.0.0.2`

const ours = `
stock_rules = false
[early]
refuse_on = ["DNSBL_SEVERAL"]
[filters.dnsbl.zones]
spamhaus.enabled = false
spamhaus_dbl.enabled = false
spamcop.enabled = false
psbl.enabled = false
mailspike.enabled = false
mailspike_good.enabled = false
dnswl.enabled = false
[filters.dnsbl.zones.a]
zone = "a.example"
ask = ["client"]
codes = ["127.0.0.2 - 2"]
[filters.dnsbl.zones.b]
zone = "b.example"
ask = ["client"]
codes = ["127.0.0.2 - 2"]
[filters.dnsbl.zones.good]
zone = "wl.example"
ask = ["client"]
codes = ["127.0.0.2 - -2"]
[filters.dnsbl.zones.names]
zone = "names.example"
ask = ["rdns", "helo", "sender"]
codes = ["127.0.0.2 NAME 1.25"]
`

// snapshot makes the filter as the gateway does.
func snapshot(t testing.TB, text string, r filters.Resolver) *gateway.Snapshot {
	t.Helper()
	specs := []filters.Spec{Spec}
	cfg, err := config.Parse("weir.toml", []byte(text), specs)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := cfg.Snapshot(specs, filters.Env{Resolver: r})
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

func served(t testing.TB, text, records string) (*gateway.Gateway, *dnstest.Server, *resolver.Resolver) {
	t.Helper()
	server := dnstest.Start(t, records)
	c := resolver.DefaultConfig()
	c.Servers = []string{server.Addr}
	r := resolver.New(c, resolver.Options{})
	g := gateway.New(snapshot(t, text, r), nil)
	t.Cleanup(func() { g.Close(); _ = r.Close() })
	return g, server, r
}

func clientAt(addr string) message.Client { return message.Client{Addr: netip.MustParseAddr(addr)} }

func TestOnlyListsThatAgreeRefuseAClient(t *testing.T) {
	for _, c := range []struct {
		name, addr string
		outgoing   bool
		refused    bool
	}{
		{"two operators list the client", "192.0.2.7", false, true},
		{"one operator lists the client", "192.0.2.8", false, false},
		{"two operators and an allow list", "192.0.2.9", false, false},
		{"nobody lists the client", "192.0.2.10", false, false},
		{"a user who logged in from a listed address", "192.0.2.7", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, server, _ := served(t, ours, listed)
			cl := clientAt(c.addr)
			if c.outgoing {
				cl.Auth = "ann"
			}
			s := g.Open(context.Background(), cl)
			defer s.Close()
			refusal := s.Connected(context.Background())
			if (refusal != nil) != c.refused {
				t.Fatalf("refused: %+v", refusal)
			}
			if n := server.Questions(); c.outgoing != (n == 0) {
				t.Errorf("%d questions", n)
			}
			if refusal != nil && (refusal.Code != 554 || refusal.Report.Stage != "connect" || len(refusal.Report.Symbols) != 3) {
				t.Errorf("%+v, report %+v", refusal, refusal.Report)
			}
		})
	}
}

const mail = "From: Ann <ann@evil.example>\r\nTo: bob@example.net\r\nSubject: x\r\n\r\nx\r\n"

// judged sends one mail through.
func judged(t testing.TB, g *gateway.Gateway, addr string, meanwhile func()) *gateway.Report {
	t.Helper()
	ctx := context.Background()
	s := g.Open(ctx, clientAt(addr))
	defer s.Close()
	if meanwhile != nil {
		meanwhile()
	}
	s.Helo(ctx, "mail.evil.example")
	tx, refusal := s.Mail(ctx, "ann@evil.example")
	if refusal != nil {
		t.Fatalf("refused: %+v", refusal)
	}
	defer tx.Close()
	if refusal := tx.Rcpt(ctx, "bob@example.net"); refusal != nil {
		t.Fatalf("refused: %+v", refusal)
	}
	return tx.Data(ctx, []byte(mail)).Report
}

func TestAllStagesReportIntoOneMail(t *testing.T) {
	g, _, _ := served(t, ours, listed)
	r := judged(t, g, "192.0.2.9", nil)
	var got []string
	for _, s := range r.Symbols {
		got = append(got, s.Name)
	}
	if want := []string{"DNSBL_A", "DNSBL_B", "DNSBL_GOOD", "DNSBL_NAMES_NAME"}; !slices.Equal(got, want) || r.Score != 3.25 {
		t.Errorf("%g: %q", r.Score, got)
	}
}

// TestListsCostNothingWhereTheClientIsSlow: what is known at connect is asked about before HELO, and never again.
func TestListsCostNothingWhereTheClientIsSlow(t *testing.T) {
	t.Run("C23_what_is_known_at_connect_is_asked_before_helo", func(t *testing.T) {
		g, server, _ := served(t, ours, listed)
		judged(t, g, "192.0.2.10", nil) // the first probes
		server.Behave("example", dnstest.Fault{Delay: 20 * time.Millisecond})
		asked := func() int { return server.Asked("8.2.0.192.a.example") + server.Asked("8.2.0.192.wl.example") }
		r := judged(t, g, "192.0.2.8", func() {
			for n := 0; asked() < 2; n++ {
				if time.Sleep(5 * time.Millisecond); n > 2000 {
					t.Fatal("the lists are not asked before HELO")
				}
			}
		})
		if len(r.Symbols) != 2 || r.Symbols[0].Name != "DNSBL_A" || asked() != 2 {
			t.Errorf("%d questions, symbols %+v", asked(), r.Symbols)
		}
		t.Logf("judged in %g ms", r.MS)
	})
}

// TestReloadsLeaveNothingBehind makes and closes filters that probe lists which hang.
func TestReloadsLeaveNothingBehind(t *testing.T) {
	hurried := strings.Replace(ours, "[filters.dnsbl.zones]", "[filters.dnsbl]\nbudget = \"20ms\"\n[filters.dnsbl.zones]", 1)
	g, server, r := served(t, hurried, listed)
	server.Behave("a.example", dnstest.Fault{BlackHole: true})
	judged(t, g, "192.0.2.10", nil)
	before := runtime.NumGoroutine()
	for range 20 {
		g.Reload(snapshot(t, hurried, r))
		s := g.Open(context.Background(), clientAt("192.0.2.8"))
		s.Helo(context.Background(), "x.evil.example")
		s.Close()
	}
	for range 200 {
		if runtime.NumGoroutine() <= before+5 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines before 20 reloads, %d after", before, runtime.NumGoroutine())
}

// TestEverythingReportedIsDeclared holds Check to the symbols that are declared, over all stages.
func TestEverythingReportedIsDeclared(t *testing.T) {
	spec := Spec
	c := DefaultConfig()
	spec.Symbols = append(slices.Clone(Spec.Symbols), c.Symbols()...)
	dns := &filtertest.DNS{Addr: map[string][]netip.Addr{"2.0.0.127.bl.spamcop.net": {netip.MustParseAddr("127.0.0.2")}, "7.2.0.192.bl.spamcop.net": {netip.MustParseAddr("127.0.0.2")}}}
	f := filtertest.New(t, Spec, "", filters.Env{Resolver: dns})
	defer f.(*filter).Close()
	m := message.New(message.Envelope{Client: clientAt("192.0.2.7"), Helo: "a.example", HasFrom: true, From: "x@y.example"}, message.Options{})
	for _, stage := range append([]filters.Stage{Spec.Stage}, Spec.Again...) {
		r, _ := f.Check(context.Background(), m, filters.Findings{}.At(stage))
		filtertest.CheckResult(t, spec, r)
		for _, h := range r.Hits {
			if h.Weight < 0 || h.Weight > 1 {
				t.Errorf("weight %+v", h)
			}
		}
	}
}
