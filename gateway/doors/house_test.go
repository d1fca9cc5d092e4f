package doors

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/all"
	"weir/filters/filtertest"
	"weir/gateway"
	"weir/gateway/config"
	"weir/gateway/store"
	"weir/gateway/store/backend"
	"weir/message"
)

// house is a gateway with every filter that needs no server of its own, and with what stands around it.
type house struct {
	*gateway.Gateway
	config *config.Config
	watch  *watcher
	dns    *names
}

// settings let nothing depend on when, or how often, a mail comes: no greylisting, and no limits of rates. received is off since
// our own trace field is the SMTP proxy's alone: behind other doors the mail server writes one.
const settings = `
hostname = "mx.example.net"
data_dir = %q
[smtp]
xclient = ["127.0.0.1"]
received = false
[filters.bimi]
enabled = true
[policies.strict]
recipients = ["@strict.example.net"]
tag = 1
reject = 3
`

func newHouse(t *testing.T) *house {
	cfg, err := config.Parse("weir.toml", append(fmt.Appendf(nil, settings, t.TempDir()), unprobed(t)...), all.Filters)
	if err != nil {
		t.Fatal(err)
	}
	state, err := store.Open(cfg.Store, cfg.DataDir, backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{config: cfg, watch: &watcher{}, dns: &names{}}
	h.dns.Store(&filtertest.DNS{})
	kept := &kept{Store: state}
	env := filters.Env{Clock: filtertest.Clock(filtertest.Now), Resolver: h.dns, Dialer: filtertest.NoDialer{}, Store: kept}
	snap, err := cfg.Snapshot(all.Filters, env)
	if err != nil {
		t.Fatal(err)
	}
	h.Gateway = gateway.New(snap, h.watch)
	t.Cleanup(func() { h.Close(); state.Close() })
	h.teach(t)
	kept.closed.Store(true)
	return h
}

// unprobed are settings by which the lists are not looked after: a list's health depends on the mails before.
func unprobed(t *testing.T) (text []byte) {
	var defaults bytes.Buffer
	if err := config.WriteDefaults(&defaults, all.Filters); err != nil {
		t.Fatal(err)
	}
	tables := regexp.MustCompile(`\[filters\.(dns|url)bl\.zones\.[a-z0-9_]+\]`).FindAll(defaults.Bytes(), -1)
	if len(tables) < 10 {
		t.Fatalf("only %d lists in the default config", len(tables))
	}
	for _, name := range tables {
		text = fmt.Appendf(text, "%s\nlisted = \"none\"\n", name)
	}
	return text
}

// teach gives the classifier just enough to judge.
func (h *house) teach(t *testing.T) {
	for i := range 25 {
		for class, text := range map[filters.Class]string{filters.Ham: "Lunch at noon in the office, minutes of meeting %d attached", filters.Spam: "Win cash prizes now, lottery winner number %d, claim money"} {
			raw := fmt.Appendf(nil, "From: a%d@example.org\r\nSubject: "+text+"\r\n\r\n"+text+"\r\n", i, i, i)
			if _, err := h.Teach(t.Context(), message.Envelope{Time: filtertest.Now}, raw, class, "test"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// judged is the report that the gateway itself gives.
func (h *house) judged(t *testing.T, m *mail) map[string]any {
	t.Helper()
	h.Judge(t.Context(), &m.env, gateway.WireEnds(m.raw), func(*gateway.Outcome) {})
	return h.watch.only(t)
}

// maildir takes the mail that the SMTP door delivers.
func maildir(t *testing.T) string { return filepath.Join(t.TempDir(), "Maildir") }

// listen opens a port of loopback, which is closed by who serves it.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// hang is how long a client waits for an answer before it is clear that none comes.
const hang = 30 * time.Second

// dial connects for one mail.
func dial(addr string) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", addr, hang)
	if err == nil {
		err = c.SetDeadline(time.Now().Add(hang))
	}
	return c, err
}

// watcher keeps the reports that come.
type watcher struct {
	mu      sync.Mutex
	reports []*gateway.Report
}

// Report is gateway.Watcher's.
func (w *watcher) Report(r *gateway.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, r)
}

// Filter is gateway.Watcher's.
func (w *watcher) Filter(string, time.Duration, error) {}

// only waits for the report of the one mail that was sent, and forgets it. A door may answer its client just before the report.
func (w *watcher) only(t *testing.T) map[string]any {
	t.Helper()
	for end := time.Now().Add(hang); ; time.Sleep(200 * time.Microsecond) {
		w.mu.Lock()
		list := w.reports
		if len(list) > 0 {
			w.reports = nil
		}
		w.mu.Unlock()
		switch {
		case len(list) == 1:
			return plain(t, list[0])
		case len(list) > 1:
			t.Fatalf("one mail gave %d reports", len(list))
		case time.Now().After(end):
			t.Fatalf("no report came within %v", hang)
		}
	}
}

// names is the DNS of the case at hand.
type names struct{ atomic.Pointer[filtertest.DNS] }

func (n *names) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return n.Load().LookupTXT(ctx, name)
}

func (n *names) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return n.Load().LookupMX(ctx, name)
}

func (n *names) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	return n.Load().LookupNetIP(ctx, network, host)
}

func (n *names) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return n.Load().LookupAddr(ctx, addr)
}

// kept is a store into which nothing is written any more once it is closed, so that no mail leaves a trace for the next.
type kept struct {
	filters.Store
	closed atomic.Bool
}

// Do only asks, once closed.
func (k *kept) Do(ctx context.Context, b *filters.Batch) error {
	if !k.closed.Load() {
		return k.Store.Do(ctx, b)
	}
	return filters.ReadOnly{Store: k.Store}.Do(ctx, b)
}
