package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters/setting"
	"weir/gateway"
	"weir/gateway/relay"
	"weir/gateway/resolver"
	"weir/gateway/smtp"
	"weir/scoring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_ gateway.Watcher = (*Metrics)(nil)
	_ smtp.Watcher    = (*Metrics)(nil)
)

// hop is a next hop that answers or not.
type hop struct {
	relay.Hop
	name string
	up   bool
}

func (h hop) Name() string { return h.name }
func (h hop) Ready() bool  { return h.up }

func get(t *testing.T, h http.Handler, method, path string) (int, string, http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Code, w.Body.String(), w.Header()
}

// used is a Metrics in which everything has been counted once.
func used() *Metrics {
	m := New("test")
	tag := scoring.Tag
	m.Report(&gateway.Report{Action: scoring.Reject, Size: 100, Rcpt: []string{"a", "b"}, MS: 2})
	m.Report(&gateway.Report{Action: scoring.Accept, Would: &tag, Size: 11})
	m.Report(&gateway.Report{Action: scoring.Reject, Stage: "connect"})
	m.Filter("spf", 3*time.Millisecond, nil)
	m.Filter("spf", time.Second, fmt.Errorf("asked twice: %w", context.DeadlineExceeded))
	m.Filter("spf", time.Second, fmt.Errorf("%w: nil map", gateway.ErrPanic))
	m.Filter("spf", time.Second, errors.New("no answer"))
	m.Doors(func(see func(string, int)) { see("smtp", 7); see("milter", 2) })
	m.Refused(smtp.TooMany, "192.0.2.1")
	m.Vanished(true, "id")
	m.Vanished(false, "id")
	m.Window3(40 * time.Microsecond)
	m.Store(time.Millisecond, nil)
	m.StoreTrouble("down", true)
	h := m.Hooks()
	h.Opened("h", "h:25", time.Millisecond)
	h.Reused("h")
	h.Failed("h", "h:25", errors.New("refused"))
	h.State("h", "h:25", true)
	h.State("h", "h:25", false)
	h.Answered("h", 20*time.Millisecond)
	h.Unknown("h")
	m.SetHops([]relay.Hop{hop{name: "h", up: true}, hop{name: "down"}, hop{name: "h"}})
	m.Reloaded(nil)
	m.Reloaded(errors.New("bad"))
	m.QuarantineFailed()
	m.Lookouts(each)
	m.Question("found", 20*time.Millisecond)
	m.SetResolver(func() resolver.Stats { return resolver.Stats{Hits: 5, UDP: 3, Entries: 2, Bytes: 900} })
	return m
}

func TestEverythingIsCounted(t *testing.T) {
	code, body, _ := get(t, used().Handler(DefaultConfig()), "GET", "/metrics")
	if code != http.StatusOK {
		t.Fatalf("status %d: %s", code, body)
	}
	for _, want := range []string{
		`weir_messages_total{action="reject"} 1`, `weir_messages_total{action="accept"} 1`, `weir_observed_messages_total{action="tag"} 1`,
		`weir_early_refusals_total{stage="connect"} 1`, `weir_message_bytes_total 111`, `weir_recipients_total 2`, `weir_message_seconds_count 2`,
		`weir_message_seconds_sum 0.002`, `weir_filter_seconds_count{filter="spf"} 4`, `weir_filter_failures_total{filter="spf",kind="timeout"} 1`,
		`weir_filter_failures_total{filter="spf",kind="panic"} 1`, `weir_filter_failures_total{filter="spf",kind="error"} 1`,
		`weir_connections{door="smtp"} 7`, `weir_connections{door="milter"} 2`, `weir_client_refusals_total{reason="connections"} 1`, `weir_clients_vanished_total{when="before"} 1`,
		`weir_clients_vanished_total{when="after"} 1`, `weir_window3_seconds_bucket{le="0.0001"} 1`, `weir_window2_seconds_bucket{hop="h",le="0.025"} 1`,
		`weir_window2_seconds_bucket{hop="h",le="600"} 1`, `weir_next_hop_connect_seconds_count{hop="h"} 1`, `weir_next_hop_reuses_total{hop="h"} 1`,
		`weir_next_hop_failures_total{address="h:25",hop="h"} 1`, `weir_next_hop_trips_total{address="h:25",hop="h"} 1`,
		`weir_next_hop_unknown_outcomes_total{hop="h"} 1`, `weir_next_hop_up{hop="h"} 1`, `weir_next_hop_up{hop="down"} 0`,
		`weir_reloads_total{result="ok"} 1`, `weir_reloads_total{result="failed"} 1`, `weir_quarantine_failures_total 1`, `weir_build_info{go="go`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if strings.Contains(body, "192.0.2.1") {
		t.Error("a client's address is a label")
	}
}

func TestTwoMetricsDoNotMeet(t *testing.T) {
	a, b := New("a"), New("b")
	a.Window3(time.Second)
	if _, body, _ := get(t, b.Handler(DefaultConfig()), "GET", "/metrics"); !strings.Contains(body, "weir_window3_seconds_count 0") {
		t.Error("what one counts shows in the other")
	}
}

func TestReadyWhileANextHopAnswersAndWeirIsNotAboutToStop(t *testing.T) {
	m := New("test")
	h := m.Handler(DefaultConfig())
	check := func(when string, want int, text string) {
		t.Helper()
		if code, body, _ := get(t, h, "GET", "/ready"); code != want || !strings.Contains(body, text) {
			t.Errorf("%s: %d %s", when, code, body)
		}
		if code, _, _ := get(t, h, "GET", "/live"); code != http.StatusOK {
			t.Errorf("%s: not live: %d", when, code)
		}
	}
	check("before there are next hops", 503, "starting")
	m.SetHops([]relay.Hop{hop{name: "a"}, hop{name: "b", up: true}})
	check("one of two answers", 200, "ready")
	m.SetHops([]relay.Hop{hop{name: "a"}, hop{name: "b"}})
	check("none answers", 503, "no next hop answers (2 set)")
	m.SetHops([]relay.Hop{hop{name: "b", up: true}})
	m.Drain()
	check("while draining", 503, "draining")
}

func TestG12_profiles_are_off_and_loopback_is_the_default(t *testing.T) {
	t.Run("G12_pprof_is_off", func(t *testing.T) {
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile", "/debug/pprof/cmdline", "/debug/vars"} {
			if code, _, _ := get(t, used().Handler(DefaultConfig()), "GET", path); code != http.StatusNotFound {
				t.Errorf("%s answers %d", path, code)
			}
		}
	})
	t.Run("G12_pprof_can_be_switched_on_without_the_command_line", func(t *testing.T) {
		h := New("test").Handler(Config{PProf: true})
		if code, _, _ := get(t, h, "GET", "/debug/pprof/heap"); code != http.StatusOK {
			t.Errorf("heap answers %d", code)
		}
		if _, body, _ := get(t, h, "GET", "/debug/pprof/cmdline"); strings.Contains(body, os.Args[0]) {
			t.Error("the command line is shown")
		}
	})
	t.Run("G12_default_bind", func(t *testing.T) {
		host, _, err := net.SplitHostPort(DefaultConfig().Listen)
		if err != nil || !net.ParseIP(host).IsLoopback() {
			t.Errorf("listens on %s", DefaultConfig().Listen)
		}
	})
	t.Run("G12_secrets_are_not_in_the_numbers", func(t *testing.T) {
		m := used()
		m.Reloaded(fmt.Errorf("bad password %v", setting.Secret("hunter2")))
		m.Hooks().Failed("h", "h:25", errors.New("login hunter2 refused"))
		m.Filter("spf", 0, errors.New("hunter2"))
		if _, body, _ := get(t, m.Handler(DefaultConfig()), "GET", "/metrics"); strings.Contains(body, "hunter2") {
			t.Error("a secret is shown")
		}
	})
}

func TestAnswersAreInertInABrowser(t *testing.T) {
	h := used().Handler(DefaultConfig())
	for _, c := range []struct {
		method, path string
		want         int
	}{{"GET", "/live", 200}, {"GET", "/metrics", 200}, {"HEAD", "/ready", 200}, {"GET", "/%3Cscript%3Ealert(1)%3C/script%3E", 404}, {"POST", "/metrics", 405}, {"DELETE", "/live", 405}, {"GET", "/", 404}} {
		code, body, header := get(t, h, c.method, c.path)
		if code != c.want || strings.Contains(body, "<script") {
			t.Errorf("%s %s: %d %.80s", c.method, c.path, code, body)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Content-Security-Policy") != "default-src 'none'" || !strings.HasPrefix(header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s %s: header %v", c.method, c.path, header)
		}
	}
}

func TestServeAnswersUntilItsContextEnds(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- New("test").Serve(ctx, ln, DefaultConfig()) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + ln.Addr().String() + "/live")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(body) != "live\n" {
		t.Errorf("got %q", body)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Serve does not end")
	}
}

// TestTheDocumentListsEveryMetric compares docs/metrics.md with what is registered, both ways.
func TestTheDocumentListsEveryMetric(t *testing.T) {
	families, err := used().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "weir_") {
			have = append(have, f.GetName())
		}
	}
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(weir_[a-z0-9_]+)").FindAllStringSubmatch(string(text), -1) {
		told = append(told, m[1])
	}
	slices.Sort(told)
	if !slices.Equal(have, told) {
		t.Errorf("registered %q\nin docs   %q", have, told)
	}
	for _, reason := range []smtp.Refusal{smtp.TooMany, smtp.EarlyTalker, smtp.TooSlow, smtp.NotRelayed} {
		if !strings.Contains(string(text), "`"+string(reason)+"`") {
			t.Errorf("reason %s is not in the document", reason)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	m := New("bench")
	b.ReportAllocs()
	for b.Loop() {
		m.Filter("spf", time.Millisecond, nil)
	}
}

func BenchmarkReport(b *testing.B) {
	m, r := New("bench"), &gateway.Report{Size: 100, MS: 1}
	b.ReportAllocs()
	for b.Loop() {
		m.Report(r)
	}
}
