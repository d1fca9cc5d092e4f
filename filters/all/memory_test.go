package all

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/filters/fuzzy"
	"weir/filters/greylist"
	"weir/filters/known"
	"weir/filters/manual"
	"weir/filters/ratelimit"
	"weir/filters/reputation"
	"weir/gateway"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/gateway/store/redistest"
	"weir/message"
	"weir/scoring"
)

// memory are the filters that remember, all switched on.
var memory = []filters.Spec{manual.Spec, reputation.Spec, known.Spec, greylist.Spec, ratelimit.Spec, fuzzy.Spec}

// proof stands for the filters before: it proves the sender's domain, and has the message read.
type proof struct{}

func (proof) Check(_ context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	m.Links() // which other filters ask for too
	m.Text()
	return filters.Result{Auth: []filters.Auth{{Method: "dkim", Value: filters.Pass, Domain: "shop.example"}}}, nil
}

// counting counts the round trips to a store.
type counting struct {
	filters.Store
	trips, ops int
}

func (c *counting) Do(ctx context.Context, b *filters.Batch) error {
	c.trips++
	c.ops += len(b.Ops)
	return c.Store.Do(ctx, b)
}

// remembering is a gateway with all filters that remember.
func remembering(t testing.TB, s filters.Store, clock func() time.Time, more ...filters.Spec) *gateway.Gateway {
	t.Helper()
	memory := append(memory[:len(memory):len(memory)], more...)
	table := &scoring.Table{}
	running := []gateway.Running{{Spec: &filters.Spec{Name: "proof", Stage: filters.Data}, Filter: proof{}}}
	for i := range memory {
		for _, symbol := range memory[i].Symbols {
			table.Declare(symbol, memory[i].Name, 0)
		}
		f := filtertest.New(t, memory[i], "", filters.Env{Clock: clock, Store: s})
		running = append(running, gateway.Running{Spec: &memory[i], Filter: f})
	}
	policies, err := gateway.NewPolicies(&scoring.Policy{Name: "default", Thresholds: scoring.Thresholds{Greylist: -1, Tag: 5, Reject: 15}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := gateway.NewSnapshot(gateway.Settings{Hostname: "mx.example.net", Store: s, Clock: clock}, running, table, policies)
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(snap, nil)
	t.Cleanup(g.Close)
	return g
}

// mail is the n-th of many different ones, of a usual kind.
func mail(n int) []byte {
	text := fmt.Sprintf("DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; h=from:to; bh=abcd;\r\n b=%s%08x\r\n", strings.Repeat("c2ln", 80), n) +
		fmt.Sprintf("From: Ann <ann%d@shop.example>\r\nTo: bob@example.net\r\nSubject: Lunch %d\r\nMessage-ID: <%d@shop.example>\r\n"+
			"In-Reply-To: <x%d@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n", n%100, n, n, n)
	for i := range 60 {
		text += fmt.Sprintf("Line %d of the letter %d tells about the weather in town %d and the price of word%d there.\r\n", i, n, (n*i)%997, (n+i)%313)
	}
	return []byte(text + "See https://www.one.example/a and https://two.example/b and http://three.example/\r\n")
}

// judge sends a mail through.
func judge(t testing.TB, g *gateway.Gateway, n int) *gateway.Outcome {
	t.Helper()
	ctx := context.Background()
	s := g.Open(ctx, message.Client{Addr: netip.AddrFrom4([4]byte{192, 0, byte(n >> 8), byte(n)}), Name: "mail.shop.example"})
	defer s.Close()
	if r := s.Helo(ctx, "mail.shop.example"); r != nil {
		t.Fatalf("%+v", r)
	}
	tx, r := s.Mail(ctx, fmt.Sprintf("ann%d@shop.example", n%100))
	if r != nil {
		t.Fatalf("%+v", r)
	}
	defer tx.Close()
	if r := tx.Rcpt(ctx, fmt.Sprintf("bob%d@example.net", n%50)); r != nil {
		t.Fatalf("%+v", r)
	}
	return tx.Data(ctx, mail(n))
}

func onRedis(t testing.TB) store.State {
	t.Helper()
	c := store.DefaultConfig()
	c.Redis = []string{redistest.Start(t).Addr}
	s, err := store.Open(c, t.TempDir(), backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAllThatRememberCostOneRoundTripAMessage(t *testing.T) {
	s := &counting{Store: onRedis(t)}
	g := remembering(t, s, time.Now)
	for n := range 200 {
		if r := judge(t, g, n).Report; len(r.Failed) > 0 {
			t.Fatalf("message %d: failed %v", n, r.Failed)
		}
	}
	if s.trips != 200 {
		t.Errorf("%d round trips for 200 messages, want 200", s.trips)
	}
	t.Logf("%.1f operations a message", float64(s.ops)/200)
}

// still is a store that does nothing: what is left is the filters' own work.
type still struct{}

func (still) Do(_ context.Context, b *filters.Batch) error {
	for _, op := range b.Ops {
		if t, ok := op.(*filters.Taking); ok {
			t.OK = true
		}
	}
	return nil
}

func (still) Replica(filters.Table) *filters.Replica { return &filters.Replica{} }

// BenchmarkMemory measures what the filters that remember cost a message: CPU of this process (without the server's), and
// the same mail through the same gateway without them for comparison.
func BenchmarkMemory(b *testing.B) {
	for _, c := range []struct {
		name string
		open func(testing.TB) filters.Store
	}{
		{"without", func(testing.TB) filters.Store { return nil }},
		{"filters alone", func(testing.TB) filters.Store { return still{} }},
		{"file", func(t testing.TB) filters.Store {
			s, err := store.Open(store.DefaultConfig(), t.TempDir(), backend.Hooks{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		}},
		{"redis", func(t testing.TB) filters.Store { return onRedis(t) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			g := remembering(b, c.open(b), time.Now)
			b.ReportAllocs()
			b.ResetTimer()
			before := cpu(b)
			var n atomic.Int64
			b.SetParallelism(8) // as under load: who waits for Redis leaves the core to others
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					judge(b, g, int(n.Add(1)))
				}
			})
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/msg")
		})
	}
}

// cpu is what this process has used.
func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
