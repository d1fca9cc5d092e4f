package resolver_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ filters.Resolver = (*resolver.Resolver)(nil)

const records = `
	example.org       SOA   ns.example.org. hostmaster.example.org. 1 3600 600 86400 60
	example.org       TXT   "v=spf1 " "ip4:192.0.2.1 -all"
	example.org       TXT   "second"
	example.org       MX    20 mx2.example.org.
	example.org       MX    10 mx1.example.org.
	mx1.example.org   A     192.0.2.1
	mx1.example.org   A     192.0.2.2
	mx1.example.org   AAAA  2001:db8::1
	mx2.example.org   AAAA  2001:db8::2
	www.example.org   CNAME mx1.example.org.
	loop.example.org  CNAME pool.example.org.
	pool.example.org  CNAME loop.example.org.
	odd.example.org   TXT   "quote \" slash \\ byte \200 end"
	empty.example.org TXT   ""
	a+b=c/d.example.org TXT "plus"
	null.example.org  MX    0 .
	evil.example.org  MX    10 a\"b.example.org.
	evil.example.org  MX    20 mx1.example.org.
	short.example.org 1 A   192.0.2.3
	long.example.org  604800 A 192.0.2.4
	1.2.0.192.in-addr.arpa PTR mx1.example.org.
	1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR six.example.org.`

// clock is a time that stands still until it is moved.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_800_000_000, c.ns.Load()) }
func (c *clock) forward(d time.Duration) { c.ns.Add(int64(d)) }

// quick is a config for tests: it asks the servers and has little patience.
func quick(servers ...string) resolver.Config {
	c := resolver.DefaultConfig()
	c.Servers, c.Timeout = servers, setting.Duration(300*time.Millisecond)
	return c
}

// slow is a config for tests that has the usual patience.
func slow(servers ...string) resolver.Config {
	c := resolver.DefaultConfig()
	c.Servers = servers
	return c
}

// endless is a config for tests in which no question ends by itself.
func endless(servers ...string) resolver.Config {
	c := slow(servers...)
	c.Timeout = setting.Duration(30 * time.Second)
	return c
}

func newResolver(t testing.TB, c resolver.Config, o resolver.Options) *resolver.Resolver {
	t.Helper()
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	r := resolver.New(c, o)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// patient is a context for a question that must end by itself; the time is a guard against hanging.
func patient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// look asks one question of a kind and puts the answer into words.
func look(ctx context.Context, r filters.Resolver, kind, name string) string {
	var list []string
	var err error
	switch kind {
	case "TXT":
		list, err = r.LookupTXT(ctx, name)
	case "PTR":
		list, err = r.LookupAddr(ctx, name)
	case "MX":
		var mx []*net.MX
		mx, err = r.LookupMX(ctx, name)
		for _, m := range mx {
			list = append(list, m.Host)
		}
	default:
		var addrs []netip.Addr
		addrs, err = r.LookupNetIP(ctx, kind, name)
		for _, a := range addrs {
			list = append(list, a.String())
		}
	}
	if err != nil {
		return words(err)
	}
	return strings.Join(list, " | ")
}

// words are the flags of an error, which must be a bare *net.DNSError.
func words(err error) string {
	e, ok := err.(*net.DNSError)
	if !ok {
		return "not a bare *net.DNSError: " + err.Error()
	}
	s := "error:"
	for _, f := range []struct {
		is   bool
		word string
	}{{e.IsNotFound, " not found"}, {e.IsTimeout, " timeout"}, {e.IsTemporary, " temporary"}} {
		if f.is {
			s += f.word
		}
	}
	return s
}

func TestLookupsAnswerAsPackageNetDoes(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	for _, c := range []struct{ what, kind, name, want string }{
		{"strings of a TXT record are one text", "TXT", "example.org", "v=spf1 ip4:192.0.2.1 -all | second"},
		{"capitals and a final dot make no difference", "TXT", "Example.ORG.", "v=spf1 ip4:192.0.2.1 -all | second"},
		{"bytes of a text are as they were sent", "TXT", "odd.example.org", "quote \" slash \\ byte \xc8 end"},
		{"an empty text is a text", "TXT", "empty.example.org", ""},
		{"a name with characters of local parts", "TXT", "a+b=c/d.example.org", "plus"},
		{"mail servers come best first", "MX", "example.org", "mx1.example.org. | mx2.example.org."},
		{"a null MX", "MX", "null.example.org", "."},
		{"a mail server that is no host name is left out", "MX", "evil.example.org", "mx1.example.org."},
		{"both families", "ip", "mx1.example.org", "192.0.2.1 | 192.0.2.2 | 2001:db8::1"},
		{"IPv4 only", "ip4", "mx1.example.org", "192.0.2.1 | 192.0.2.2"},
		{"IPv6 only", "ip6", "mx1.example.org", "2001:db8::1"},
		{"one family has none", "ip", "mx2.example.org", "2001:db8::2"},
		{"a CNAME is followed", "ip", "www.example.org", "192.0.2.1 | 192.0.2.2 | 2001:db8::1"},
		{"an address is its own answer", "ip", "192.0.2.9", "192.0.2.9"},
		{"an address of the other family", "ip6", "192.0.2.9", "error: not found"},
		{"a name of an IPv4 address", "PTR", "192.0.2.1", "mx1.example.org."},
		{"a name of an IPv4 address in IPv6", "PTR", "::ffff:192.0.2.1", "mx1.example.org."},
		{"a name of an IPv6 address", "PTR", "2001:db8::1", "six.example.org."},
		{"no name", "PTR", "192.0.2.77", "error: not found"},
		{"no address", "PTR", "example.org", "error: not found"},
		{"no such name", "TXT", "nowhere.example.org", "error: not found"},
		{"no such records", "MX", "mx1.example.org", "error: not found"},
		{"no addresses of either family", "ip", "example.org", "error: not found"},
	} {
		if got := look(patient(t), r, c.kind, c.name); got != c.want {
			t.Errorf("%s: %s of %s is %q, want %q", c.what, c.kind, c.name, got, c.want)
		}
	}
}

func TestNamesThatCanNotBeAreNotAskedFor(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	label := strings.Repeat("x", 63)
	for what, name := range map[string]string{
		"nothing": "", "a dot": ".", "an empty label": "a..example.org", "a dot at the begin": ".example.org", "two dots at the end": "example.org..",
		"a label of 64":     label + "x.example.org",
		"a name of 254":     label + "." + label + "." + label + "." + label[:62],
		"letters not ASCII": "bücher.example", "a space": "a b.example", "NUL": "a\x00.example", "a line break": "a\r\n.example", "DEL": "a\x7f.example",
		"64 kB": strings.Repeat("a.", 32768),
	} {
		for _, kind := range []string{"TXT", "MX", "ip4", "ip6", "ip", "PTR"} {
			if got := look(patient(t), r, kind, name); got != "error: not found" {
				t.Errorf("%s: %s gives %q", what, kind, got)
			}
		}
	}
	if n := s.Questions(); n != 0 {
		t.Errorf("%d questions were asked", n)
	}
	for what, name := range map[string]string{"a label of 63": label + ".example.org", "a name of 253": label + "." + label + "." + label + "." + label[:61]} {
		if look(patient(t), r, "TXT", name); s.Asked(name) != 1 {
			t.Errorf("%s was not asked for", what)
		}
	}
}

func TestC16_a_failure_is_never_an_answer(t *testing.T) {
	for _, c := range []struct {
		name, want string
		fault      dnstest.Fault
	}{
		{"black_hole", "error: timeout temporary", dnstest.Fault{BlackHole: true}},
		{"SERVFAIL", "error: temporary", dnstest.Fault{Rcode: dns.RcodeServerFailure}},
		{"REFUSED", "error: temporary", dnstest.Fault{Rcode: dns.RcodeRefused}},
		{"NOTIMP", "error: temporary", dnstest.Fault{Rcode: dns.RcodeNotImplemented}},
		{"an_unknown_code", "error: temporary", dnstest.Fault{Rcode: 11}},
		{"an_answer_of_3_bytes", "error: timeout temporary", dnstest.Fault{Raw: func(_, answer []byte) []byte { return answer[:3] }}},
		{"half_an_answer", "error: temporary", dnstest.Fault{Raw: func(_, answer []byte) []byte { return answer[:len(answer)-20] }}},
	} {
		t.Run("C16_"+c.name, func(t *testing.T) {
			s := dnstest.Start(t, records)
			s.Behave(".", c.fault)
			hasty := quick(s.Addr)
			hasty.Timeout = setting.Duration(50 * time.Millisecond)
			for kind, name := range map[string]string{"TXT": "example.org", "MX": "example.org", "ip4": "mx1.example.org",
				"ip6": "mx1.example.org", "ip": "mx1.example.org", "PTR": "192.0.2.1"} {
				r := newResolver(t, hasty, resolver.Options{})
				for range 2 {
					if got := look(patient(t), r, kind, name); got != c.want {
						t.Errorf("%s: %q, want %q", kind, got, c.want)
					}
				}
			}
		})
	}
	t.Run("C16_nobody_listens", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Stop()
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		if got := look(patient(t), r, "ip", "example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C16_a_zone_that_hangs_while_the_server_is_well", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave("example.org", dnstest.Fault{BlackHole: true})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		began := time.Now()
		if got := look(patient(t), r, "TXT", "example.org"); got != "error: timeout temporary" {
			t.Errorf("%q", got)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("took %s: it did not end by itself", took)
		}
	})
	t.Run("C16_one_family_fails_and_the_other_has_nothing", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave("example.org", dnstest.Fault{Answer: func(q dns.Question, m *dns.Msg) {
			if q.Qtype == dns.TypeA {
				m.Rcode, m.Answer, m.Ns = dns.RcodeServerFailure, nil, nil
			}
		}})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		if got := look(patient(t), r, "ip", "nowhere.example.org"); got != "error: temporary" {
			t.Errorf("A failed and AAAA is empty: %q", got)
		}
		if got := look(patient(t), r, "ip", "mx2.example.org"); got != "2001:db8::2" {
			t.Errorf("A failed and AAAA is there: %q", got)
		}
	})
}

func TestC17_answers_that_are_too_much(t *testing.T) {
	s := dnstest.Start(t, records)
	huge := "huge.example.org TXT"
	for range 250 {
		huge += ` "` + strings.Repeat("x", 255) + `"`
	}
	s.Add(t, huge)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	t.Run("C17_64_kB_of_TXT_come_over_TCP", func(t *testing.T) {
		texts, err := r.LookupTXT(patient(t), "huge.example.org")
		if err != nil || len(texts) != 1 || len(texts[0]) != 250*255 || s.TCPQuestions() != 1 {
			t.Errorf("%d texts, %v, %d questions over TCP", len(texts), err, s.TCPQuestions())
		}
	})
	t.Run("C17_truncated_without_TCP", func(t *testing.T) {
		s.Behave("mx1.example.org", dnstest.Fault{Truncate: true, NoTCP: true})
		if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C17_truncated_answers_are_not_used", func(t *testing.T) {
		s.Behave("mx2.example.org", dnstest.Fault{NoTCP: true, Answer: func(_ dns.Question, m *dns.Msg) { m.Truncated = true }})
		if got := look(patient(t), r, "ip6", "mx2.example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C17_CNAME_loop", func(t *testing.T) {
		before := s.Questions()
		if got := look(patient(t), r, "TXT", "loop.example.org"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
		if n := s.Questions() - before; n > 12 {
			t.Errorf("%d questions were asked", n)
		}
	})
	t.Run("C17_CNAME_loop_that_comes_link_by_link", func(t *testing.T) {
		s.Behave("step.test", dnstest.Fault{Answer: func(q dns.Question, m *dns.Msg) {
			rr, _ := dns.NewRR(q.Name + " 300 IN CNAME x." + q.Name)
			m.Rcode, m.Answer = dns.RcodeSuccess, []dns.RR{rr}
		}})
		before := s.Questions()
		if got := look(patient(t), r, "TXT", "step.test"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
		if n := s.Questions() - before; n != 12 {
			t.Errorf("%d questions were asked, want 12: the name and 11 links", n)
		}
	})
	t.Run("C17_label_overrun", func(t *testing.T) {
		s.Behave("over.test", dnstest.Fault{Raw: func(query, _ []byte) []byte {
			m, end := append([]byte(nil), query...), 12
			for query[end] != 0 {
				end += int(query[end]) + 1
			}
			m = append(m[:end+5], 0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0, 0, 10, 200, 'x') // a text longer than its record
			copy(m[2:], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0})
			return m
		}})
		if got := look(patient(t), r, "TXT", "over.test"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
	t.Run("C17_a_name_that_points_at_itself", func(t *testing.T) {
		s.Behave("self.test", dnstest.Fault{Raw: func(_, answer []byte) []byte {
			at := byte(len(answer))
			answer = append(answer, 0xc0, at, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 192, 0, 2, 1)
			answer[7]++
			return answer
		}})
		if got := look(patient(t), r, "ip4", "self.test"); got != "error: temporary" {
			t.Errorf("%q", got)
		}
	})
}

func TestC18_forged_answers_are_ignored(t *testing.T) {
	for name, fault := range map[string]dnstest.Fault{
		"wrong_id":          {WrongID: 5, Delay: 20 * time.Millisecond},
		"wrong_question":    {WrongQuestion: 5, Delay: 20 * time.Millisecond},
		"wrong_source_port": {WrongSource: 5, Delay: 20 * time.Millisecond},
		"a_flood":           {WrongID: 100, WrongQuestion: 100, WrongSource: 100, Delay: 20 * time.Millisecond},
		"records_of_another_name": {Answer: func(_ dns.Question, m *dns.Msg) {
			rr, _ := dns.NewRR("mx2.example.org. 300 IN A " + dnstest.Forged.String())
			other, _ := dns.NewRR("short.example.org. 300 IN A " + dnstest.Forged.String())
			m.Answer, m.Extra = append([]dns.RR{rr, other}, m.Answer...), append(m.Extra, rr, other)
		}},
	} {
		t.Run("C18_"+name, func(t *testing.T) {
			s := dnstest.Start(t, records)
			s.Behave("mx1.example.org", fault)
			r := newResolver(t, quick(s.Addr), resolver.Options{})
			for range 2 {
				if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" {
					t.Errorf("%q", got)
				}
			}
			for name, want := range map[string]string{"short.example.org": "192.0.2.3", "other.mx1.example.org": "error: not found"} {
				s.Behave("mx1.example.org", dnstest.Fault{})
				if got := look(patient(t), r, "ip4", name); got != want {
					t.Errorf("afterwards %s is %q: the cache is poisoned", name, got)
				}
			}
		})
	}
	t.Run("C18_a_flood_makes_it_ask_over_TCP", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave(".", dnstest.Fault{WrongID: 100, BlackHole: false})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" || s.TCPQuestions() != 1 || r.Stats().Forged != 16 {
			t.Errorf("%q, %d questions over TCP, %+v", got, s.TCPQuestions(), r.Stats())
		}
	})
	t.Run("C18_only_forged_answers", func(t *testing.T) {
		s := dnstest.Start(t, records)
		s.Behave(".", dnstest.Fault{WrongID: 3, WrongQuestion: 3, WrongSource: 3, BlackHole: true})
		r := newResolver(t, quick(s.Addr), resolver.Options{})
		for _, kind := range []string{"TXT", "ip4"} {
			if got := look(patient(t), r, kind, "mx1.example.org"); got != "error: timeout temporary" {
				t.Errorf("%s: %q", kind, got)
			}
		}
	})
}

func TestC23_thirty_slow_zones_are_asked_at_once_and_end_with_the_mails_time(t *testing.T) {
	for _, c := range []struct {
		name, want string
		fault      dnstest.Fault
	}{
		{"C23_20_ms_each", "127.0.0.2", dnstest.Fault{Delay: 20 * time.Millisecond}},
		{"C23_that_hang", "error: timeout temporary", dnstest.Fault{BlackHole: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := dnstest.Start(t, "*.list.test A 127.0.0.2")
			s.Behave("list.test", c.fault)
			r := newResolver(t, endless(s.Addr), resolver.Options{})
			ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
			defer cancel()
			began := time.Now()
			var all sync.WaitGroup
			got := make([]string, 30)
			for i := range got {
				all.Go(func() {
					got[i] = look(ctx, r, "ip4", "1.2.0.192.z"+string(rune('a'+i%26))+string(rune('a'+i/26))+".list.test")
				})
			}
			all.Wait()
			for _, g := range got {
				if g != c.want {
					t.Errorf("%q, want %q", g, c.want)
				}
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("took %s", took)
			}
			if c.fault.BlackHole && r.Stats().InFlight > 0 {
				waitFor(t, "no question is under way", func() bool { return r.Stats().InFlight == 0 })
			}
		})
	}
}

// waitFor waits until something is true.
func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 2000 {
		if is() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("never came to be: ", what)
}

func TestAnswersAreKeptAsLongAsTheyMayBe(t *testing.T) {
	s, now := dnstest.Start(t, records), &clock{}
	r := newResolver(t, quick(s.Addr), resolver.Options{Now: now.now})
	for _, c := range []struct {
		what, kind, name string
		kept, gone       time.Duration
	}{
		{"as long as its TTL", "ip4", "mx1.example.org", 299 * time.Second, 301 * time.Second},
		{"a TTL of a second is raised", "ip4", "short.example.org", 4 * time.Second, 6 * time.Second},
		{"a TTL of a week is lowered", "ip4", "long.example.org", 59 * time.Minute, 61 * time.Minute},
		{"that there is no such name, as long as its SOA says", "ip4", "nowhere.example.org", 59 * time.Second, 61 * time.Second},
		{"that there are no such records, as long as its SOA says", "MX", "mx2.example.org", 59 * time.Second, 61 * time.Second},
		{"that there is no such name, where there is no SOA", "ip4", "nowhere.test", 4 * time.Second, 6 * time.Second},
	} {
		t.Run(c.what, func(t *testing.T) {
			look(patient(t), r, c.kind, c.name)
			for _, step := range []struct {
				after time.Duration
				asked int
			}{{c.kept, 1}, {c.gone - c.kept, 2}} {
				now.forward(step.after)
				if look(patient(t), r, c.kind, c.name); s.Asked(c.name) != step.asked {
					t.Errorf("%s later: %d questions, want %d", step.after, s.Asked(c.name), step.asked)
				}
			}
			now.forward(2 * time.Hour)
		})
	}
	t.Run("a failure", func(t *testing.T) {
		s.Behave("broken.example.org", dnstest.Fault{Rcode: dns.RcodeServerFailure})
		for range 3 {
			look(patient(t), r, "TXT", "broken.example.org")
		}
		now.forward(6 * time.Second)
		if s.Behave("broken.example.org", dnstest.Fault{}); s.Asked("broken.example.org") != 1 {
			t.Errorf("%d questions within its time", s.Asked("broken.example.org"))
		}
		if got := look(patient(t), r, "TXT", "broken.example.org"); got != "error: not found" {
			t.Errorf("later: %q", got)
		}
	})
}

func TestAnswersCanNotBeChangedByThoseWhoGetThem(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	for range 2 {
		texts, _ := r.LookupTXT(patient(t), "example.org")
		mx, _ := r.LookupMX(patient(t), "example.org")
		addrs, _ := r.LookupNetIP(patient(t), "ip", "mx1.example.org")
		if texts[0] != "v=spf1 ip4:192.0.2.1 -all" || mx[0].Host != "mx1.example.org." || addrs[0].String() != "192.0.2.1" {
			t.Fatalf("%q %v %v", texts, mx[0], addrs)
		}
		texts[0], mx[0].Host, mx[1], addrs[0] = "", "", nil, netip.Addr{}
	}
}

func TestOneQuestionIsUnderWayForAllWhoWait(t *testing.T) {
	s := dnstest.Start(t, records)
	s.Behave(".", dnstest.Fault{Delay: 60 * time.Millisecond})
	r := newResolver(t, slow(s.Addr), resolver.Options{})
	var all sync.WaitGroup
	var gone atomic.Int32
	for i := range 100 {
		all.Go(func() {
			ctx := patient(t)
			if i%2 == 1 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
				defer cancel()
			}
			got := look(ctx, r, "ip4", "mx1.example.org")
			if i%2 == 1 && got == "error: timeout temporary" {
				gone.Add(1)
			} else if got != "192.0.2.1 | 192.0.2.2" {
				t.Errorf("%q", got)
			}
		})
	}
	all.Wait()
	if s.Questions() != 1 || gone.Load() == 0 {
		t.Errorf("%d questions, %d had no patience", s.Questions(), gone.Load())
	}
}

func TestAQuestionEndsWhenTheLastWhoWaitedIsGone(t *testing.T) {
	s := dnstest.Start(t, records)
	s.Behave(".", dnstest.Fault{BlackHole: true})
	r := newResolver(t, endless(s.Addr), resolver.Options{})
	first, leave := context.WithCancel(context.Background())
	second, leaveToo := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for _, ctx := range []context.Context{first, second} {
		all.Go(func() {
			if got := look(ctx, r, "ip4", "mx1.example.org"); got != "error: temporary" {
				t.Errorf("%q", got)
			}
		})
	}
	waitFor(t, "both wait", func() bool { return r.Stats().InFlight == 1 && r.Stats().Shared == 1 })
	leave()
	time.Sleep(50 * time.Millisecond)
	if r.Stats().InFlight != 1 {
		t.Error("the question ended though somebody waits for it")
	}
	leaveToo()
	waitFor(t, "the question has ended", func() bool { return r.Stats().InFlight == 0 })
	all.Wait()
	s.Behave(".", dnstest.Fault{})
	if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" {
		t.Errorf("later: %q", got)
	}
}

func TestWhoHasNoTimeLeftIsNotAskedFor(t *testing.T) {
	s := dnstest.Start(t, records)
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got := look(ctx, r, "ip4", "mx1.example.org"); got != "error: temporary" || s.Questions() != 0 {
		t.Errorf("%q, %d questions", got, s.Questions())
	}
}

func TestD22_a_message_asks_no_more_than_its_share(t *testing.T) {
	s := dnstest.Start(t, "*.test A 192.0.2.1")
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	asks := filters.NewQuestions(10)
	ctx := filters.WithQuestions(patient(t), asks)
	for round := range 2 {
		for i := range 20 {
			want := "192.0.2.1"
			if i >= 10 {
				want = "error: temporary"
			}
			if got := look(ctx, r, "ip4", string(rune('a'+i))+".test"); got != want {
				t.Errorf("round %d, question %d: %q, want %q", round, i, got, want)
			}
		}
	}
	if s.Questions() != 10 || asks.Denied() != 20 || r.Stats().Spent != 20 {
		t.Errorf("%d questions, %d denied, %+v", s.Questions(), asks.Denied(), r.Stats())
	}
}

func TestQuestionsUnderWayAreBounded(t *testing.T) {
	s := dnstest.Start(t, "*.test A 192.0.2.1")
	var now, most atomic.Int32
	s.Behave(".", dnstest.Fault{Raw: func(_, answer []byte) []byte {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(20 * time.Millisecond)
		now.Add(-1)
		return answer
	}})
	c := quick(s.Addr)
	c.InFlight = 3
	r := newResolver(t, c, resolver.Options{})
	var all sync.WaitGroup
	for i := range 15 {
		all.Go(func() {
			if got := look(patient(t), r, "ip4", string(rune('a'+i))+".test"); got != "192.0.2.1" {
				t.Errorf("%q", got)
			}
		})
	}
	all.Wait()
	if most.Load() > 3 {
		t.Errorf("%d questions at once", most.Load())
	}
}

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

func TestServersThatKnowNoEDNSAreAskedWithoutIt(t *testing.T) {
	s := dnstest.Start(t, records)
	s.Behave(".", dnstest.Fault{NoEDNS: true})
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	if got := look(patient(t), r, "ip4", "mx1.example.org"); got != "192.0.2.1 | 192.0.2.2" || s.Questions() != 2 {
		t.Errorf("%q, %d questions", got, s.Questions())
	}
}

func TestMixedCaseIsAskedForAndWantedBack(t *testing.T) {
	s := dnstest.Start(t, records)
	c := quick(s.Addr)
	c.MixCase = true
	r := newResolver(t, c, resolver.Options{})
	var seen atomic.Bool
	s.Behave(".", dnstest.Fault{Answer: func(q dns.Question, _ *dns.Msg) { seen.Store(seen.Load() || q.Name != strings.ToLower(q.Name)) }})
	name := strings.Repeat("x", 60) + ".example.org"
	s.Add(t, name+" A 192.0.2.5")
	if got := look(patient(t), r, "ip4", name); got != "192.0.2.5" || !seen.Load() || s.TCPQuestions() != 0 {
		t.Errorf("%q, mixed case %v, %d questions over TCP", got, seen.Load(), s.TCPQuestions())
	}
	other := strings.Repeat("y", 60) + ".example.org"
	s.Add(t, other+" A 192.0.2.6")
	s.Behave(".", dnstest.Fault{LowerCase: true})
	if got := look(patient(t), r, "ip4", other); got != "192.0.2.6" || s.TCPQuestions() != 1 {
		t.Errorf("%q from a server that answers in lower case, %d questions over TCP", got, s.TCPQuestions())
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

func TestAClosedResolverFailsAtOnce(t *testing.T) {
	s := dnstest.Start(t, records)
	s.Behave(".", dnstest.Fault{BlackHole: true})
	r := newResolver(t, quick(s.Addr), resolver.Options{})
	done := make(chan string)
	go func() { done <- look(context.Background(), r, "ip4", "mx1.example.org") }()
	waitFor(t, "the question is under way", func() bool { return r.Stats().InFlight == 1 })
	_ = r.Close()
	if got := <-done; got != "error: temporary" {
		t.Errorf("under way: %q", got)
	}
	if got := look(context.Background(), r, "ip4", "mx2.example.org"); got != "error: temporary" {
		t.Errorf("later: %q", got)
	}
}

func TestTheCacheStaysWithinItsBytes(t *testing.T) {
	s := dnstest.Start(t, "*.test TXT \""+strings.Repeat("x", 200)+"\"")
	c := quick(s.Addr)
	c.CacheSize = 1 << 20
	r := newResolver(t, c, resolver.Options{})
	for i := range 3000 {
		if got := look(patient(t), r, "TXT", strings.Repeat("a", 1+i%60)+"."+strings.Repeat("b", 1+i/60)+".test"); len(got) != 200 {
			t.Fatalf("%q", got)
		}
	}
	if st := r.Stats(); st.Bytes > 1<<20 || st.Entries < 1500 || st.Entries > 2000 {
		t.Errorf("%d entries take %d bytes of %d", st.Entries, st.Bytes, 1<<20)
	}
}

func TestAConfigThatMakesNoSenseIsRefusedByKey(t *testing.T) {
	for key, change := range map[string]func(*resolver.Config){
		"resolver.servers: ":    func(c *resolver.Config) { c.Servers = []string{"ns.example.org"} },
		"resolver.servers has":  func(c *resolver.Config) { c.Servers = slices.Repeat([]string{"127.0.0.1"}, 9) },
		"resolver.timeout ":     func(c *resolver.Config) { c.Timeout = 0 },
		"resolver.attempts ":    func(c *resolver.Config) { c.Attempts = 0 },
		"resolver.questions ":   func(c *resolver.Config) { c.Questions = 0 },
		"resolver.in_flight ":   func(c *resolver.Config) { c.InFlight = 0 },
		"resolver.cache_size ":  func(c *resolver.Config) { c.CacheSize = 1 },
		"resolver.min_ttl ":     func(c *resolver.Config) { c.MinTTL = c.MaxTTL + 1 },
		"resolver.max_ttl ":     func(c *resolver.Config) { c.MaxTTL = setting.Duration(240 * time.Hour) },
		"resolver.negative_ttl": func(c *resolver.Config) { c.NegativeTTL = setting.Duration(24 * time.Hour) },
		"resolver.failure_ttl ": func(c *resolver.Config) { c.FailureTTL = 0 },
	} {
		c := resolver.DefaultConfig()
		if change(&c); c.Check() == nil || !strings.Contains(c.Check().Error(), key) {
			t.Errorf("%s: %v", key, c.Check())
		}
	}
	c := resolver.DefaultConfig()
	c.Servers = []string{"127.0.0.1", "192.0.2.53:5353", "::1", "[2001:db8::53]:53", "fe80::1%eth0"}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}
