package relay

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters/setting"
	"weir/gateway/relay/hoptest"
	"weir/message"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const content = "Subject: hi\r\n\r\n.one dot\r\n..two dots\r\nend\r\n"

// ms is a setting for tests.
func ms(n int) setting.Duration { return setting.Duration(time.Duration(n) * time.Millisecond) }

// short is a config with times for tests.
func short(protocol Protocol, addrs ...string) HopConfig {
	return HopConfig{
		Address: addrs, Protocol: protocol, Domains: []string{"example.com"},
		Timeouts:    Timeouts{Connect: ms(500), Command: ms(2000), Data: ms(2000), Block: ms(2000), Dot: ms(5000)},
		BreakerWait: ms(50), BreakerMax: ms(100),
	}
}

// counts are what the hooks told.
type counts struct {
	mu                             sync.Mutex
	opened, reused, answered, lost int
	states                         []bool
	causes                         []string
}

func (c *counts) hooks() Hooks {
	add := func(n *int) { c.mu.Lock(); *n++; c.mu.Unlock() }
	return Hooks{
		Opened:   func(string, string, time.Duration) { add(&c.opened) },
		Reused:   func(string) { add(&c.reused) },
		Answered: func(string, time.Duration) { add(&c.answered) },
		Unknown:  func(string) { add(&c.lost) },
		Failed:   func(_, _ string, why error) { c.mu.Lock(); c.causes = append(c.causes, why.Error()); c.mu.Unlock() },
		State:    func(_, _ string, down bool) { c.mu.Lock(); c.states = append(c.states, down); c.mu.Unlock() },
	}
}

// get reads a count.
func (c *counts) get(n *int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *n
}

// open makes a hop that is closed with the test.
func open(t testing.TB, cfg HopConfig, h Hooks) Hop {
	t.Helper()
	hop, err := NewHop(cfg, Options{Hostname: "weir.example.net", Hooks: h})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hop.Close() })
	return hop
}

func envelope(from string) *message.Envelope {
	return &message.Envelope{
		ID: "id1", Hostname: "weir.example.net", Helo: "client.example.org", HasFrom: true, From: from,
		Client: message.Client{Addr: netip.MustParseAddr("192.0.2.7"), Port: 4711, Name: "client.example.org"},
	}
}

// mail sends one mail and returns the replies to each recipient and to the dot.
func mail(t testing.TB, hop Hop, text string, rcpts ...string) (asked, sent []Reply) {
	t.Helper()
	return mailContext(t.Context(), t, hop, text, rcpts...)
}

func mailContext(ctx context.Context, t testing.TB, hop Hop, text string, rcpts ...string) (asked, sent []Reply) {
	t.Helper()
	d, rep := hop.Begin(ctx, envelope("a@example.org"), MailParams{})
	if !rep.OK() {
		return []Reply{rep}, nil
	}
	defer d.Abort()
	var to []string
	for _, r := range rcpts {
		a := d.Rcpt(ctx, r, RcptParams{})
		if asked = append(asked, a); a.OK() {
			to = append(to, r)
		}
	}
	if len(to) > 0 {
		sent = d.Send(ctx, to, [][]byte{[]byte(text)}, nil)
	}
	return asked, sent
}

// codes shows replies shortly: "250 550".
func codes(replies []Reply) string {
	var s []string
	for _, r := range replies {
		s = append(s, itoa(r.Code))
	}
	return strings.Join(s, " ")
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}

// want fails unless the codes are these.
func want(t testing.TB, what, codesWanted string, replies []Reply) {
	t.Helper()
	if got := codes(replies); got != codesWanted {
		t.Errorf("%s: got %q, want %q: %+v", what, got, codesWanted, replies)
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("did not happen: %s", what)
}

const a, b, c = "a@example.com", "b@example.com", "c@example.com"

func TestDelivery(t *testing.T) {
	srv := hoptest.Start(t, hoptest.Options{})
	hop := open(t, short(SMTP, srv.Addr()), Hooks{})
	asked, sent := mail(t, hop, content, a, b)
	want(t, "RCPT", "250 250", asked)
	want(t, "dot", "250 250", sent)
	m := srv.Messages()[0]
	if string(m.Content) != content || strings.Join(m.Accepted, " ") != a+" "+b || m.Helo != "weir.example.net" {
		t.Errorf("got %+v, content %q", m, m.Content)
	}
	if !strings.Contains(string(srv.Bytes()), "\r\n..one dot\r\n...two dots\r\nend\r\n.\r\n") {
		t.Errorf("not dot-stuffed: %q", srv.Bytes())
	}
}
