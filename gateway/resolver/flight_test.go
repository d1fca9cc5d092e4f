package resolver_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"weir/filters"
	"weir/gateway/resolver"
	"weir/gateway/resolver/dnstest"
)

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
