package milter

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/filters/bayes"
	"weir/filters/dmarc"
	"weir/filters/dnsbl"
	"weir/filters/filtertest"
	"weir/filters/greylist"
	"weir/filters/known"
	"weir/filters/reputation"
	"weir/filters/setting"
	"weir/filters/spf"
	"weir/gateway"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
)

// Tests of what a mail server hears, and what its mail carries, while what we depend on misbehaves.

// run switches on a real filter.
func (d *door) run(spec filters.Spec, config string, env filters.Env) {
	d.t.Helper()
	d.running = append(d.running, gateway.Running{Spec: &spec, Filter: filtertest.New(d.t, spec, config, env), OnFailure: spec.OnFailure})
}

// onRedis has filters remember in a Redis.
func onRedis(addr string) setup {
	return func(d *door) {
		c := store.DefaultConfig()
		c.Redis = []string{addr}
		s, err := store.Open(c, d.t.TempDir(), backend.Hooks{})
		if err != nil {
			d.t.Fatal(err)
		}
		d.t.Cleanup(func() { s.Close() })
		env := filters.Env{Store: s, Clock: time.Now}
		for _, spec := range []filters.Spec{reputation.Spec, known.Spec, greylist.Spec, bayes.Spec} {
			d.run(spec, "", env)
		}
		d.settings.Store = s
	}
}

// failing sends one mail from the n-th client, which must be taken within its time, and lists who could not ask.
func (d *door) failing(m *mta, n int) (list []string) {
	d.t.Helper()
	began := time.Now()
	got := m.mail(fmt.Sprintf("From: Ann <ann@shop.example>\nMessage-ID: <%d@shop.example>\nSubject: Lunch %d\n\nAt noon, at the old place by the river, as we said %d days ago?\n", n, n, n))
	m.want("c", got[len(got)-1])
	if took := time.Since(began); took > 5*time.Second {
		d.t.Errorf("mail %d took %s", n, took)
	}
	r := d.last(n)
	for _, f := range r.Failed {
		name := gateway.FailedSymbol(f.Name)
		if !slices.ContainsFunc(got, func(a string) bool { return strings.HasPrefix(a, "i 0|X-Spam-Status|") && strings.Contains(a, name) }) {
			d.t.Errorf("mail %d does not carry %s: %q", n, name, got)
		}
		list = append(list, f.Name)
	}
	for _, s := range r.Symbols {
		if strings.HasPrefix(s.Name, "BAYES_") && s.Name != "BAYES_FAILED" && s.Score != 0 {
			d.t.Errorf("nothing was taught, and %s scores %g", s.Name, s.Score)
		}
	}
	return list
}

// TestRedisFailsBehindAMilter does to a real Redis what happens to one.
func TestRedisFailsBehindAMilter(t *testing.T) {
	redis := redistest.Start(t)
	d := start(t, onRedis(redis.Addr))
	m := d.dial().greet()
	n := 0
	mail := func() []string { n++; return d.failing(m, n) }
	if list := mail(); len(list) > 0 {
		t.Fatalf("%v can't ask a Redis that works", list)
	}
	for _, c := range []struct {
		name       string
		begin, end func()
		told       bool // that nothing is known
		silent     bool // it may be told, or not: reading goes on
	}{
		{"C01_redis_is_killed", redis.Kill, redis.Run, true, false},
		{"C02_redis_takes_connections_and_hangs", redis.Hang, redis.Resume, true, false},
		{"C03_redis_became_a_replica", func() { redis.Do("replicaof", "127.0.0.1", "1") }, func() { redis.Do("replicaof", "no", "one") }, false, true},
		{"C04_redis_is_full", func() { redis.Do("config", "set", "maxmemory", "1") }, func() { redis.Do("config", "set", "maxmemory", "0") }, false, true},
		{"C05_its_scripts_are_flushed", func() { redis.Do("script", "flush") }, func() {}, false, false},
		{"C06_a_password_is_wanted", func() {
			redis.Do("config", "set", "requirepass", "x")
			secretly(t, redis.Addr, "client", "kill", "type", "normal")
		}, func() { secretly(t, redis.Addr, "config", "set", "requirepass", "") }, true, false},
		{"C07_all_is_flushed", func() { redis.Do("flushall") }, func() {}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.t, m.t = t, t
			c.begin()
			var seen []string
			for range 6 {
				seen = append(seen, mail()...)
			}
			switch {
			case c.told && !slices.Contains(seen, "reputation"):
				t.Errorf("nobody was told that nothing is known; failed: %v", seen)
			case !c.told && !c.silent && len(seen) > 0:
				t.Errorf("%v failed", seen)
			}
			c.end()
			for end := time.Now().Add(10 * time.Second); len(mail()) > 0; time.Sleep(50 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("ten seconds later it is not asked yet")
				}
			}
		})
	}
}

// secretly sends a command to a Redis that wants the password x.
func secretly(t *testing.T, addr string, args ...any) {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: addr, Password: "x"})
	defer c.Close()
	if err := c.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
}

// records are a sender whose SPF record denies our client, and lists.
const records = `
	evil.example          TXT "v=spf1 -all"
	_dmarc.evil.example   TXT "v=DMARC1; p=reject"
	loop.example          CNAME loop2.example.
	loop2.example         CNAME loop.example.
	2.0.0.127.a.example   A 127.0.0.2
	2.0.0.127.b.example   A 127.0.0.2
	2.0.0.127.wl.example  A 127.0.0.2
	7.2.0.192.a.example   A 127.0.0.2
	7.2.0.192.b.example   A 127.0.0.2
	7.2.0.192.wl.example  A 127.0.0.2`

const lists = `
[zones]
spamhaus.enabled = false
spamhaus_dbl.enabled = false
spamcop.enabled = false
psbl.enabled = false
mailspike.enabled = false
mailspike_good.enabled = false
dnswl.enabled = false
`

// list is a list's table; its answer 127.0.0.2 makes DNSBL_<NAME>.
func list(name, zone string, score int) string {
	return fmt.Sprintf("[zones.%s]\nenabled = true\nzone = %q\nask = [\"client\"]\ncodes = [\"127.0.0.2 - %d\"]\n", name, zone, score)
}

// asking has filters ask a name server.
func asking(server *dnstest.Server, zones string) setup {
	return func(d *door) {
		c := resolver.DefaultConfig()
		c.Servers, c.Timeout, c.Attempts = []string{server.Addr}, setting.Duration(300*time.Millisecond), 1
		r := resolver.New(c, resolver.Options{})
		d.t.Cleanup(func() { _ = r.Close() })
		env := filters.Env{Resolver: r, Clock: time.Now}
		d.run(spf.Spec, "", env)
		d.run(dmarc.Spec, "", env)
		d.run(dnsbl.Spec, lists+zones, env)
		d.settings.Resolver = r
		d.settings.Headers.Results = true
	}
}

// names are the symbols of a report.
func names(r *gateway.Report) (all []string) {
	for _, s := range r.Symbols {
		all = append(all, s.Name)
	}
	return all
}

// TestTheDNSMisbehavesBehindAMilter has the name server, or an attacker, answer as it should not.
func TestTheDNSMisbehavesBehindAMilter(t *testing.T) {
	three := list("a", "a.example", 2) + list("b", "b.example", 2) + list("good", "wl.example", -2)
	at := func(addr string) []netip.Addr { return []netip.Addr{netip.MustParseAddr(addr)} }
	long := func(q dns.Question, reply *dns.Msg) {
		var text []string
		for range 250 {
			text = append(text, strings.Repeat("x", 250))
		}
		reply.Answer = []dns.RR{&dns.TXT{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET}, Txt: text}}
	}
	for _, c := range []struct {
		name, zone string
		how        dnstest.Fault
		from       string
		spf        string // in Authentication-Results
		has, not   []string
	}{
		{"as it should be", "", dnstest.Fault{}, "evil.example", "fail", []string{"SPF_FAIL", "DNSBL_A", "DNSBL_B", "DNSBL_GOOD"}, nil},
		{"C16_black_holed", "evil.example", dnstest.Fault{BlackHole: true}, "evil.example", "temperror", []string{"DNSBL_A"}, []string{"SPF_FAIL", "DMARC_REJECT"}},
		{"C16_servfail", "evil.example", dnstest.Fault{Rcode: dns.RcodeServerFailure}, "evil.example", "temperror", nil, []string{"SPF_FAIL", "DMARC_REJECT"}},
		{"C16_refused", "evil.example", dnstest.Fault{Rcode: dns.RcodeRefused}, "evil.example", "temperror", nil, []string{"SPF_FAIL", "DMARC_REJECT"}},
		{"C17_truncated_without_TCP", "evil.example", dnstest.Fault{Truncate: true, NoTCP: true}, "evil.example", "temperror", nil, []string{"SPF_FAIL"}},
		{"C17_64_kB_of_TXT", "evil.example", dnstest.Fault{Answer: long}, "evil.example", "none", nil, []string{"SPF_FAIL"}},
		{"C17_a_CNAME_loop", "", dnstest.Fault{}, "loop.example", "temperror", nil, []string{"SPF_FAIL", "SPF_PASS"}},
		{"C18_forged_answers", "evil.example", dnstest.Fault{WrongID: 5, WrongQuestion: 5, WrongSource: 5}, "evil.example", "fail", []string{"SPF_FAIL"}, nil},
		{"C19_a_list_that_lists_everything", "a.example", dnstest.Fault{Listed: at("127.0.0.2")}, "evil.example", "fail", []string{"DNSBL_B"}, []string{"DNSBL_A"}},
		{"C20_a_list_that_was_emptied", "a.example", dnstest.Fault{Nothing: true}, "evil.example", "fail", []string{"DNSBL_B"}, []string{"DNSBL_A"}},
		{"C21_a_list_that_refuses_us", "a.example", dnstest.Fault{Listed: at("127.255.255.254")}, "evil.example", "fail", []string{"DNSBL_B"}, []string{"DNSBL_A"}},
		{"C21_a_list_whose_domain_was_sold", "a.example", dnstest.Fault{Listed: at("198.51.100.1")}, "evil.example", "fail", []string{"DNSBL_B"}, []string{"DNSBL_A"}},
		{"C22_an_allow_list_that_answers_for_all", "wl.example", dnstest.Fault{Listed: at("127.0.0.2")}, "evil.example", "fail", []string{"DNSBL_A"}, []string{"DNSBL_GOOD"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := dnstest.Start(t, records)
			if c.zone != "" {
				server.Behave(c.zone, c.how)
			}
			d := start(t, asking(server, three))
			m := d.dial()
			m.send('C', connect4("192.0.2.7"))
			m.send('H', "client.example\x00")
			m.envelope("ann@"+c.from, "bob@house.example")
			got := m.content("From: Ann <ann@" + c.from + ">\nSubject: x\n\nx\n")
			m.want("c", got[len(got)-1])
			if all := strings.Join(got, "\n"); !strings.Contains(all, "spf="+c.spf) {
				t.Errorf("want spf=%s in %s", c.spf, all)
			}
			all := names(d.last(1))
			for _, name := range c.has {
				if !slices.Contains(all, name) {
					t.Errorf("%s is not among %q", name, all)
				}
			}
			for _, name := range c.not {
				if slices.Contains(all, name) {
					t.Errorf("%s is among %q", name, all)
				}
			}
			d.sick(t, c.name, c.zone)
		})
	}
}

// sick wants a list that went bad to be told to the admin.
func (d *door) sick(t *testing.T, name, zone string) {
	t.Helper()
	if name < "C19" || name >= "C23" {
		return
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var troubles []filters.Trouble
		d.gateway.Lookouts(func(_ string, l filters.Lookout) { troubles = append(troubles, l.Troubles()...) })
		if len(troubles) == 1 && strings.Contains(fmt.Sprint(troubles[0]), zone) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the admin is told %+v, not of %s", troubles, zone)
		}
	}
}

func TestSlowListsBehindAMilter(t *testing.T) {
	var zones, text strings.Builder
	for i := range 30 {
		zones.WriteString(list(fmt.Sprintf("l%d", i), fmt.Sprintf("l%d.example", i), 1))
		fmt.Fprintf(&text, "2.0.0.127.l%d.example A 127.0.0.2\n", i)
	}
	for name, how := range map[string]dnstest.Fault{"C23_200_ms_each": {Delay: 200 * time.Millisecond}, "C23_that_hang": {BlackHole: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := dnstest.Start(t, text.String()+records)
			server.Behave("example", how)
			d := start(t, asking(server, zones.String()))
			m := d.dial().greet()
			began := time.Now()
			got := m.mail(plain)
			m.want("c", got[len(got)-1])
			if took := time.Since(began); took > 5*time.Second { // one after another, 200 ms each with its probes: 12 s and more
				t.Errorf("the verdict took %s", took)
			}
		})
	}
}
