package resolver_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"weir/filters/setting"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

func TestAnotherServerIsAskedWhereOneFails(t *testing.T) {
	for name, fault := range map[string]dnstest.Fault{
		"silence": {BlackHole: true}, "SERVFAIL": {Rcode: dns.RcodeServerFailure}, "REFUSED": {Rcode: dns.RcodeRefused},
		"truncated without TCP": {Truncate: true, NoTCP: true},
		"nonsense":              {Raw: func(_, answer []byte) []byte { return answer[:len(answer)-7] }},
	} {
		t.Run(name, func(t *testing.T) {
			bad, good := dnstest.Start(t, records), dnstest.Start(t, records)
			bad.Behave(".", fault)
			r := newResolver(t, quick(bad.Addr, good.Addr), resolver.Options{})
			if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" {
				t.Errorf("%q", got)
			}
			if good.Questions() != 1 || bad.Asked("mx1.example.org") == 0 {
				t.Errorf("%d questions to the bad server, %d to the good one", bad.Questions(), good.Questions())
			}
		})
	}
}

func TestAServerThatNeverAnswersIsLeftAloneUntilItDoes(t *testing.T) {
	s := dnstest.Start(t, records+"\n*.test A 192.0.2.1")
	s.Behave(".", dnstest.Fault{BlackHole: true})
	c := quick(s.Addr)
	c.Timeout, c.Attempts = setting.Duration(20*time.Millisecond), 1
	var mu sync.Mutex
	var news []bool
	r := newResolver(t, c, resolver.Options{Hooks: resolver.Hooks{Server: func(_ string, down bool) {
		mu.Lock()
		defer mu.Unlock()
		news = append(news, down)
	}}})
	for i := range 10 {
		look(patient(t), r, "ip4", string(rune('a'+i))+".test")
	}
	waitFor(t, "the server is given up", func() bool { mu.Lock(); defer mu.Unlock(); return slices.Equal(news, []bool{true}) })
	if got := look(patient(t), r, "ip4", "x.test"); got != "error: temporary" || s.Asked("x.test") != 0 {
		t.Errorf("%q; the server was asked %d times while it was down", got, s.Asked("x.test"))
	}
	s.Behave(".", dnstest.Fault{})
	waitFor(t, "the server is back", func() bool { mu.Lock(); defer mu.Unlock(); return slices.Equal(news, []bool{true, false}) })
	if got := look(patient(t), r, "ip4", "x.test"); got != "192.0.2.1" {
		t.Errorf("later: %q", got)
	}
}

func TestSlowZonesDoNotMakeAServerLookDead(t *testing.T) {
	s := dnstest.Start(t, records)
	s.Behave("slow.test", dnstest.Fault{BlackHole: true})
	c := quick(s.Addr)
	c.Timeout, c.Attempts = setting.Duration(20*time.Millisecond), 1
	r := newResolver(t, c, resolver.Options{Hooks: resolver.Hooks{Server: func(_ string, down bool) { t.Errorf("down %v", down) }}})
	for i := range 20 {
		look(patient(t), r, "ip4", string(rune('a'+i))+".slow.test")
	}
	waitFor(t, "the server was asked for the root", func() bool { return s.Asked(".") > 0 })
	if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" {
		t.Errorf("%q", got)
	}
}

func TestResolvConfIsReadAgainWhenItChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# servers\nnameserver 192.0.2.53\nsearch example.org\nnameserver 2001:db8::53\noptions edns0\n")
	c := resolver.DefaultConfig()
	r := newResolver(t, c, resolver.Options{ResolvConf: path})
	if diff := cmp.Diff([]string{"192.0.2.53:53", "[2001:db8::53]:53"}, r.Servers()); diff != "" {
		t.Error(diff)
	}
	write("nameserver 192.0.2.54\nnameserver 192.0.2.53\n")
	waitFor(t, "the new file is read", func() bool { return slices.Equal(r.Servers(), []string{"192.0.2.54:53", "192.0.2.53:53"}) })
	write("nothing here\n")
	r.Reload(c)
	if got := r.Servers(); got[0] != "192.0.2.54:53" {
		t.Errorf("a file without servers: %v", got)
	}
	missing := newResolver(t, c, resolver.Options{ResolvConf: path + ".not"})
	if diff := cmp.Diff([]string{"127.0.0.1:53"}, missing.Servers()); diff != "" {
		t.Error(diff)
	}
}

func TestAReloadAsksOtherServersAndKeepsWhatIsKnown(t *testing.T) {
	one, two := dnstest.Start(t, records), dnstest.Start(t, "mx1.example.org A 192.0.2.99\nmx3.example.org A 192.0.2.98")
	r := newResolver(t, quick(one.Addr), resolver.Options{})
	look(patient(t), r, "ip4", "mx1.example.org")
	r.Reload(quick(two.Addr))
	if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" {
		t.Errorf("what was known: %q", got)
	}
	if got := look(patient(t), r, "ip4", "mx3.example.org"); got != "192.0.2.98" {
		t.Errorf("what was not known: %q", got)
	}
}
