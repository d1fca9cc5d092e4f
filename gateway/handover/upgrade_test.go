//go:build unix

package handover_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// house is a built weir, a sink behind it, and clients that never stop coming.
type house struct {
	*realtest.Weir
	t       *testing.T
	metrics string

	mu       sync.Mutex
	arrived  map[string]int
	sent     atomic.Int64
	stop     chan struct{}
	senders  sync.WaitGroup
	failures []string
}

const settings = `stock_rules = false
[smtp]
listen = [%q]
[metrics]
listen = %q
[resolver]
servers = ["127.0.0.1:9"]
[filters.dnsbl]
enabled = false
[filters.urlbl]
enabled = false
%s[[next_hop]]
address = [%q]
domains = ["house.example"]
`

func open(t *testing.T, more string) *house {
	t.Helper()
	h := &house{t: t, arrived: map[string]int{}, stop: make(chan struct{}), metrics: realtest.FreeAddr(t)}
	sink, err := realtest.NewSink(func(m realtest.Mail) {
		for line := range strings.Lines(string(m.Data)) {
			if id, ok := strings.CutPrefix(line, "Message-ID: "); ok {
				h.mu.Lock()
				h.arrived[strings.TrimSpace(id)]++
				h.mu.Unlock()
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	dir, addr := t.TempDir(), realtest.FreeAddr(t)
	h.write(dir, fmt.Sprintf(settings, addr, h.metrics, more, sink.Addr))
	if h.Weir, err = realtest.StartWeir(dir, realtest.Build(t), addr, "--config", "weir.toml"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Weir's log:\n%s", h.Log())
		}
	})
	t.Cleanup(func() { h.end(); h.Stop() })
	return h
}

func (h *house) write(dir, text string) {
	if err := os.WriteFile(filepath.Join(dir, "weir.toml"), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// begin lets clients come: each connects, sends one mail and quits.
func (h *house) begin(clients int) {
	for i := range clients {
		h.senders.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-h.stop:
					return
				default:
					h.send(fmt.Sprintf("<%d.%d@client.example>", i, n))
				}
			}
		})
	}
}

func (h *house) send(id string) {
	c, err := realtest.Dial(h.Addr)
	if err != nil {
		h.fail("%s: no connection: %v", id, err)
		return
	}
	text := "From: ann@client.example\r\nTo: bob@house.example\r\nMessage-ID: " + id + "\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"
	o := c.Send("ann@client.example", []string{"bob@house.example"}, text)
	if !o.Accepted {
		h.fail("%s: %d %s %v", id, o.Code, o.Text, o.Err)
	}
	_ = c.Quit()
	h.sent.Add(1)
}

func (h *house) fail(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures = append(h.failures, fmt.Sprintf(format, args...))
}

// end waits for the clients.
func (h *house) end() {
	select {
	case <-h.stop:
	default:
		close(h.stop)
	}
	h.senders.Wait()
}

// check holds what was sent against what arrived.
func (h *house) check() {
	h.t.Helper()
	h.end()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.failures {
		h.t.Error(f)
	}
	for id, n := range h.arrived {
		if n != 1 {
			h.t.Errorf("%s arrived %d times", id, n)
		}
	}
	if len(h.arrived) != int(h.sent.Load()) {
		h.t.Errorf("%d mails were sent, %d arrived", h.sent.Load(), len(h.arrived))
	}
}

// await waits until the log says something that often.
func (h *house) await(text string, times int) {
	h.t.Helper()
	for end := time.Now().Add(60 * time.Second); strings.Count(h.Log(), text) < times; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("the log does not say %d times %q", times, text)
		}
	}
}

// serving finds the process that serves now: the youngest with our config folder as its own.
func (h *house) serving() (pids []int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if cwd, _ := os.Readlink(filepath.Join("/proc", e.Name(), "cwd")); err == nil && cwd == h.Dir {
			pids = append(pids, pid)
		}
	}
	return pids
}

func (h *house) upgrade(n int) {
	h.t.Helper()
	before := h.sent.Load()
	pids := h.serving()
	if len(pids) != 1 {
		h.t.Fatalf("processes %v", pids)
	}
	if err := syscall.Kill(pids[0], syscall.SIGUSR2); err != nil {
		h.t.Fatal(err)
	}
	h.await("the process before this one has ended", n)
	for end := time.Now().Add(60 * time.Second); h.sent.Load() < before+200 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	if now := h.serving(); len(now) != 1 || now[0] == pids[0] {
		h.t.Fatalf("processes %v after an upgrade of %v", now, pids)
	}
}

// TestUpgradesRefuseNobody has a stream of clients, each of whom must be served.
func TestUpgradesRefuseNobody(t *testing.T) {
	needProc(t)
	h := open(t, "")
	h.begin(4)
	for n := range 4 {
		h.upgrade(n + 1)
	}
	h.check()
	if h.sent.Load() < 800 {
		t.Errorf("only %d mails were sent", h.sent.Load())
	}
	if strings.Contains(h.Log(), "_FAILED") || strings.Contains(h.Log(), "trouble") {
		t.Error("something was not known while the store moved")
	}
	t.Logf("%d mails, 4 upgrades", h.sent.Load())
	h.ended()
}

// ended stops the process that serves, which is not the one that was started.
func (h *house) ended() {
	for _, pid := range h.serving() {
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
	for end := time.Now().Add(30 * time.Second); len(h.serving()) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatal("it does not end")
		}
	}
}

// TestAnUpgradeThatFailsChangesNothing breaks what the new process needs.
func TestAnUpgradeThatFailsChangesNothing(t *testing.T) {
	needProc(t)
	h := open(t, "")
	h.begin(2)
	good, err := os.ReadFile(filepath.Join(h.Dir, "weir.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for i, broken := range []string{
		"nonsense = true\n", // read before the store is asked for
		"[http]\nlisten = \"127.0.0.1:0\"\n[milter]\nlisten = [\"unix:/nowhere/at/all\"]\n", // fails after the store was handed over
	} {
		h.write(h.Dir, broken+string(good))
		if i == 1 {
			h.write(h.Dir, string(good)+broken)
		}
		if err := syscall.Kill(h.PID(), syscall.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		h.await("the upgrade failed: this process goes on", i+1)
	}
	h.write(h.Dir, string(good))
	before := h.sent.Load()
	for end := time.Now().Add(60 * time.Second); h.sent.Load() < before+50 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	h.check()
	if pids := h.serving(); len(pids) != 1 || pids[0] != h.PID() {
		t.Errorf("processes %v", pids)
	}
	if _, err := os.Stat(filepath.Join(h.Dir, "weir-data", "control.sock")); err != nil {
		t.Error("commands can't reach it any more")
	}
	if strings.Contains(h.Log(), "_FAILED") {
		t.Error("something was not known while the store moved")
	}
}

func needProc(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("/proc/self/cwd"); err != nil {
		t.Skip("needs /proc")
	}
}
