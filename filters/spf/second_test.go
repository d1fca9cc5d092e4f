package spf

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"

	"blitiri.com.ar/go/spf"
)

// stdlib gives a zone the method that blitiri.com.ar/go/spf wants.
type stdlib struct{ zone }

// LookupIPAddr is LookupNetIP in other types.
func (s stdlib) LookupIPAddr(ctx context.Context, host string) (out []net.IPAddr, err error) {
	list, err := s.LookupNetIP(ctx, "ip", host)
	for _, a := range list {
		out = append(out, net.IPAddr{IP: a.AsSlice()})
	}
	return out, err
}

// TestSecondOpinion compares our results for records made at random with those of blitiri.com.ar/go/spf. The records are
// well formed, and use nothing that it is known to read otherwise (%{p}; a mistake behind the term that matches).
func TestSecondOpinion(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	count := map[string]int{}
	for i := range 3000 {
		z := zone{}
		for d := range 4 {
			var terms []string
			for range rnd.IntN(6) {
				host := fmt.Sprintf("h%d.example", rnd.IntN(5))
				term := pick("a:"+host, "mx:"+host, "a:"+host+"/24//64", "mx:"+host+"/31", "ip4:192.0.2.0/29", "ip4:192.0.2.77", "ip6:2001:db8::/33", "exists:%{ir}."+host,
					"exists:%{l}."+host, "a", "mx", "ptr", "ptr:"+host, fmt.Sprintf("include:d%d.example", rnd.IntN(5)), "exists:%{d1r}.%{v}.%{h2}."+host, "x-modifier=%{i}")
				if strings.Contains(term, "=") {
					terms = append(terms, term)
					continue
				}
				terms = append(terms, pick("", "+", "-", "~", "?")+term)
			}
			terms = append(terms, pick("-all", "~all", "?all", "", fmt.Sprintf("redirect=d%d.example", rnd.IntN(4))))
			z.add(fmt.Sprintf("d%d.example", d), "TXT", "v=spf1 "+strings.Join(terms, " "))
		}
		for h := range 4 {
			name := fmt.Sprintf("h%d.example", h)
			z[name] = append(z[name], record{"MX", []string{"5", fmt.Sprintf("h%d.example", rnd.IntN(5))}})
			if pick("up", "up", "up", "down") == "down" {
				z[name] = []record{{kind: "TIMEOUT"}}
			} else {
				z.add(name, "A", fmt.Sprintf("192.0.2.%d", rnd.IntN(4)))
				z.add(name, "AAAA", fmt.Sprintf("2001:db8::%d", rnd.IntN(4)))
			}
			z.add(reverse(netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", h))), "PTR", name)
		}
		ip := netip.MustParseAddr(pick("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db9::1"))
		// Both families have an address or neither: go-spf asks for both at once, we for the client's only.
		want, _ := spf.CheckHostWithSender(ip.AsSlice(), "h1.example", "jo@d0.example", spf.WithResolver(stdlib{z}))
		got := checkHost(context.Background(), z, query{ip: ip, domain: "d0.example", local: "jo", helo: "h1.example"}, false)
		if string(want) != string(got.value) {
			t.Errorf("record %d: %s (%s), go-spf says %s\n%+v", i, got.value, got.reason, want, fmt.Sprintf("%.3000v", z))
		}
		count[string(want)]++
	}
	t.Log(count)
	if len(count) < 6 {
		t.Errorf("only these results came up: %v", count)
	}
}

func FuzzRecord(f *testing.F) {
	for _, s := range []string{"v=spf1", "v=spf1 -all", "V=SPF1 +a:h.example/24//64 mx/0 ~ptr:x.example ?ip4:192.0.2.1/31 ip6:::1/3 exists:%{l1r-.+}.%{d2}.x include:%{o} redirect=%{d} exp=%%%_%-.e.example x=y all",
		"v=spf1 a:%{", "v=spf1 a:%{d}/33", "v=spf1 exists:%{P99r=}.%{S}"} {
		f.Add(s, "jo@e.example")
	}
	f.Fuzz(func(t *testing.T, txt, from string) {
		z := zone{}
		z.add("e.example", "TXT", txt)
		z.add("x.example", "TXT", "v=spf1 redirect=e.example")
		dns := &asked{zone: z}
		local, _ := sender(from)
		a := checkHost(context.Background(), dns, query{ip: client, domain: "e.example", local: local, helo: from}, true)
		if _, err := ParseRecord(txt); err != nil && IsRecord(txt) && a.value != "permerror" {
			t.Errorf("%q is malformed (%v), and the result is %s", txt, err, a.value)
		}
		if len(dns.names) > maxQueries {
			t.Errorf("%d questions", len(dns.names))
		}
		for _, name := range dns.names {
			if !isAskable(name) {
				t.Errorf("%q was asked for", name)
			}
		}
		if s := plain(a.exp); strings.ContainsAny(s, "\r\n\x00\x1b") || len(s) > 200 || strings.ContainsAny(a.reason, "\r\n\x00") {
			t.Errorf("unclean words %q, %q", s, a.reason)
		}
	})
}
