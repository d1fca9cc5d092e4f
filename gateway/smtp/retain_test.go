package smtp

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/gateway"
	"weir/gateway/relay/hoptest"
	"weir/scoring"
)

// archive keeps reports, as a history does.
type archive struct {
	mu   sync.Mutex
	kept []*gateway.Report
}

func (a *archive) Filter(string, time.Duration, error) {}

func (a *archive) Report(r *gateway.Report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = append(a.kept, r)
}

// A report outlives its message: nothing in it may point into the buffer, which serves the next message.
func TestReportsOutliveTheBuffer(t *testing.T) {
	a := &archive{}
	def := &scoring.Policy{Name: "default"}
	policies, err := gateway.NewPolicies(def, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := gateway.NewSnapshot(gateway.Settings{Hostname: "weir.example.net"}, nil, &scoring.Table{}, policies)
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(snap, a)
	t.Cleanup(g.Close)
	hop := hoptest.Start(t, hoptest.Options{})
	cfg := DefaultConfig()
	cfg.SpoolDir = t.TempDir()
	s, err := New(cfg, g, Options{Router: router(t, hop, nil)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-done })
	c := (&door{t: t, addr: l.Addr().String()}).hello()
	for _, letter := range []string{"a", "b", "c", "d"} {
		subject := strings.Repeat(letter, 20)
		c.mail("Subject: "+subject+"\r\nMessage-ID: <"+subject+"@example.org>\r\n\r\nx\r\n", "bob@example.com")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, r := range a.kept {
		want := strings.Repeat(string(rune('a'+i)), 20)
		if r.Subject != want || r.MessageID != "<"+want+"@example.org>" && r.MessageID != want+"@example.org" {
			t.Errorf("report %d: subject %q, message id %q", i+1, r.Subject, r.MessageID)
		}
	}
}
