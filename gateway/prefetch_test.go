package gateway

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/filters"
	"weir/message"
)

// oracle is a resolver that notes questions and holds them until their context ends.
type oracle struct {
	mu     sync.Mutex
	asked  []string
	denied int
	ended  sync.WaitGroup
}

func (o *oracle) ask(ctx context.Context, name string) error {
	o.ended.Add(1)
	defer o.ended.Done()
	o.mu.Lock()
	if o.asked = append(o.asked, name); !filters.QuestionsOf(ctx).Take() {
		o.denied++
	}
	o.mu.Unlock()
	<-ctx.Done()
	return &net.DNSError{Err: "given up", Name: name, IsTemporary: true}
}

func (o *oracle) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return nil, o.ask(ctx, "TXT "+name)
}

func (o *oracle) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return nil, o.ask(ctx, "MX "+name)
}

func (o *oracle) LookupNetIP(ctx context.Context, network, name string) ([]netip.Addr, error) {
	return nil, o.ask(ctx, network+" "+name)
}

func (o *oracle) LookupAddr(ctx context.Context, name string) ([]string, error) {
	return nil, o.ask(ctx, "PTR "+name)
}

// wait waits until n questions were asked, and gives them in order of their names.
func (o *oracle) wait(t *testing.T, n int) []string {
	t.Helper()
	for range 1000 {
		o.mu.Lock()
		list := slices.Clone(o.asked)
		o.mu.Unlock()
		if len(list) >= n {
			slices.Sort(list)
			return list
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("only %v were asked, want %d questions", o.asked, n)
	return nil
}

// foresees is a filter that knows its questions.
type foresees struct {
	fake
	list func(stage filters.Stage, m *message.Message) []filters.Question
}

func (f foresees) Prefetch(stage filters.Stage, m *message.Message) []filters.Question {
	return f.list(stage, m)
}

// nothing is a check that finds nothing.
var nothing fake = func(context.Context, *message.Message, filters.Findings) (filters.Result, error) {
	return filters.Result{}, nil
}

func TestQuestionsAreAskedBeforeTheirStageAndGivenUpAtTheEnd(t *testing.T) {
	h, dns := newHouse(), &oracle{}
	h.settings.Resolver = dns
	all := func(stage filters.Stage, m *message.Message) []filters.Question {
		switch stage {
		case filters.Connect:
			return []filters.Question{{Type: filters.PTR, Name: m.Client.Addr.String()}, {Type: filters.PTR, Name: m.Client.Addr.String()}}
		case filters.Helo:
			return []filters.Question{{Type: filters.A, Name: m.Helo}, {Type: filters.AAAA, Name: m.Helo}}
		case filters.Sender:
			return []filters.Question{{Type: filters.TXT, Name: "sender.test"}}
		}
		return []filters.Question{{Type: filters.MX, Name: "author.test"}}
	}
	h.add(filters.Spec{Name: "late", Stage: filters.Data}, foresees{nothing, all}, nil)
	h.add(filters.Spec{Name: "early", Stage: filters.Connect}, foresees{nothing, all}, nil)
	h.add(filters.Spec{Name: "broken", Stage: filters.Data}, foresees{nothing, func(filters.Stage, *message.Message) []filters.Question { panic("no") }}, nil)
	gw := New(h.snapshot(t), nil)
	defer gw.Close()
	ctx := context.Background()
	s := gw.Open(ctx, message.Client{Addr: netip.MustParseAddr("192.0.2.1")})
	if got := dns.wait(t, 1); !slices.Equal(got, []string{"PTR 192.0.2.1"}) {
		t.Errorf("at connect %q", got)
	}
	s.Helo(ctx, "helo.test")
	dns.wait(t, 3)
	tx, refusal := s.Mail(ctx, "a@sender.test")
	if refusal != nil {
		t.Fatal(refusal)
	}
	if got := dns.wait(t, 4); !slices.Equal(got, []string{"PTR 192.0.2.1", "TXT sender.test", "ip4 helo.test", "ip6 helo.test"}) {
		t.Errorf("before the message %q", got)
	}
	tx.Data(ctx, []byte("Subject: x\r\n\r\nx\r\n"))
	if got := dns.wait(t, 5); !slices.Contains(got, "MX author.test") {
		t.Errorf("with the message %q", got)
	}
	tx.Close()
	s.Close()
	dns.ended.Wait()
}

func TestOutgoingMailAsksNothingForFiltersThatDoNotLookAtIt(t *testing.T) {
	h, dns := newHouse(), &oracle{}
	h.settings.Resolver, h.settings.Trusted = dns, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	ask := func(filters.Stage, *message.Message) []filters.Question { return []filters.Question{{Name: "x.test"}} }
	h.add(filters.Spec{Name: "lists", Stage: filters.Data, Inbound: true}, foresees{nothing, ask}, nil)
	gw := New(h.snapshot(t), nil)
	defer gw.Close()
	s := gw.Open(context.Background(), message.Client{Addr: netip.MustParseAddr("192.0.2.1")})
	s.Unknown().Data(context.Background(), []byte("Subject: x\r\n\r\nx\r\n"))
	s.Close()
	dns.ended.Wait()
	if len(dns.asked) != 0 {
		t.Errorf("asked %q", dns.asked)
	}
}

func TestD22_one_mail_asks_no_more_questions_than_it_may(t *testing.T) {
	h, dns := newHouse(), &oracle{}
	h.settings.Resolver, h.settings.Questions = dns, 20
	many := func(stage filters.Stage, _ *message.Message) (list []filters.Question) {
		for i := range 100_000 {
			list = append(list, filters.Question{Type: filters.A, Name: strings.Repeat("x", i%50+1) + stage.String()})
		}
		return list
	}
	check := func(ctx context.Context, _ *message.Message, _ filters.Findings) (filters.Result, error) {
		for range 5 {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			_ = dns.ask(ctx, "Check")
		}
		return filters.Result{}, nil
	}
	h.add(filters.Spec{Name: "urls", Stage: filters.Data}, foresees{fake(check), many}, nil)
	gw := New(h.snapshot(t), nil)
	defer gw.Close()
	s := gw.Open(context.Background(), message.Client{})
	tx := s.Unknown()
	tx.Data(context.Background(), []byte("Subject: x\r\n\r\nx\r\n"))
	got := dns.wait(t, 45)
	tx.Close()
	s.Close()
	dns.ended.Wait()
	if dns.denied != 5 || len(got) != 45 {
		t.Errorf("%d questions of 45 were denied, want 5: client and message have 20 each, for Prefetch and Check together", dns.denied)
	}
}
