package clamav

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
)

func TestAnotherClamdIsTriedWhereOneFails(t *testing.T) {
	for name, broken := range map[string]func(d *fake){
		"refused": func(d *fake) { d.stop() },
		"error":   func(d *fake) { d.scan = says("Can't create temporary file ERROR\n") },
		"empty":   func(d *fake) { d.scan = says("") },
		"hangs":   func(d *fake) { d.early = func(net.Conn) bool { time.Sleep(200 * time.Millisecond); return true } },
	} {
		t.Run(name, func(t *testing.T) {
			bad, good := newFake(t, nil), newFake(t, nil)
			broken(bad)
			f := newTest(t, addresses(bad, good)+`scan_timeout = "50ms"`, env())
			for i := range 8 {
				r, err := check(t, f, letter+fmt.Sprint(i), plenty)
				want(t, r, err, "clean")
				r, err = check(t, f, infected()+fmt.Sprint(i), plenty)
				want(t, r, err, "infected CLAMAV_VIRUS")
			}
			if good.scans.Load() < 16 {
				t.Errorf("the one that is well had %d scans", good.scans.Load())
			}
		})
	}
}

func TestAClamdGetsNoMoreScansAtOnceThanItHasThreads(t *testing.T) {
	d := newFake(t, func(_ net.Conn, data []byte) string { time.Sleep(2 * time.Millisecond); return finds(data) })
	d.threads.Store(3)
	f := newTest(t, addresses(d), env())
	f.Probe(t.Context())
	all(60, func(i int) {
		r, err := check(t, f, letter+fmt.Sprint(i), plenty)
		want(t, r, err, "clean")
	})
	if top := d.top.Load(); top > 3 || top < 2 {
		t.Errorf("%d scans at once, want 3", top)
	}
}

// all does n things at once.
func all(n int, do func(i int)) {
	var each sync.WaitGroup
	for i := range n {
		each.Go(func() { do(i) })
	}
	each.Wait()
}

func TestTheWorkIsShared(t *testing.T) {
	slow := func(_ net.Conn, data []byte) string { time.Sleep(time.Millisecond); return finds(data) }
	a, b := newFake(t, slow), newFake(t, slow)
	f := newTest(t, addresses(a, b), env())
	f.Probe(t.Context())
	all(100, func(i int) {
		r, err := check(t, f, letter+fmt.Sprint(i), plenty)
		want(t, r, err, "clean")
	})
	if a.scans.Load() < 20 || b.scans.Load() < 20 {
		t.Errorf("%d and %d scans", a.scans.Load(), b.scans.Load())
	}
}

func TestWaitingForAFreeClamdEndsWithTheTime(t *testing.T) {
	hang := make(chan struct{})
	d := newFake(t, func(net.Conn, []byte) string { <-hang; return "stream: OK\n" })
	d.threads.Store(1)
	f := newTest(t, addresses(d), env())
	f.awaitOneThread(t)
	go func() { _, _ = check(t, f, letter, plenty) }()
	eventually(t, "the clamd is busy", func() bool { return d.now.Load() == 1 })
	r, err := check(t, f, letter+"2", 50*time.Millisecond)
	want(t, r, err, "unscanned failed")
	if err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("error %v", err)
	}
	close(hang)
	eventually(t, "it is free", func() bool { return d.now.Load() == 0 })
}

// awaitOneThread waits until it is known how many threads clamd has.
func (f *filter) awaitOneThread(t *testing.T) {
	t.Helper()
	eventually(t, "the number of threads is known", func() bool {
		for _, g := range f.Gauges() {
			if g.Kind == "limit" && g.Value == 1 {
				return true
			}
		}
		return false
	})
}

func TestWithoutAClamdItIsOffAndSaysSo(t *testing.T) {
	f := newTest(t, `sockets = ["/nonexistent/clamd.ctl"]`, env())
	r, err := check(t, f, infected(), plenty)
	want(t, r, err, "off")
	if on, why := f.Scanning(); on || !strings.Contains(why, "/nonexistent/clamd.ctl") {
		t.Errorf("%v %q", on, why)
	}
	if got := f.Probe(t.Context()); len(got) != 1 || got[0].Kind != "off" {
		t.Errorf("doctor hears %+v", got)
	}
}

func TestOnceOnItNeverTurnsItselfOff(t *testing.T) {
	d := newFake(t, nil)
	e := env()
	e.DataDir = t.TempDir()
	config := fmt.Sprintf("sockets = [%q]\n", d.file)
	for _, step := range []struct{ name, want string }{{"it answers at start", "clean"}, {"it is down at the next start", "unscanned failed"}} {
		f := filtertest.New(t, Spec, config, e).(*filter)
		r, err := check(t, f, letter, plenty)
		want(t, r, err, step.want)
		_ = f.Close()
		if step.want == "clean" {
			d.stop()
			_ = os.Remove(d.file)
		}
	}
	t.Run("a note that can't be read is found anew", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(e.DataDir, "clamav.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		d.start()
		f := newTest(t, config, e)
		r, err := check(t, f, letter, plenty)
		want(t, r, err, "clean")
	})
	t.Run("a socket that the config no longer names is forgotten", func(t *testing.T) {
		f := newTest(t, `sockets = []`, e)
		r, err := check(t, f, letter, plenty)
		want(t, r, err, "off")
	})
}

func TestAClamdThatStartsLaterIsFound(t *testing.T) {
	d := newFake(t, nil)
	d.stop()
	c := DefaultConfig()
	c.Sockets = []string{d.file}
	f := &filter{Config: c, env: env()}
	f.seek = newSeeker(&c, f.env)
	f.seek.every = time.Millisecond
	f.close = f.seek.run(f.start)
	t.Cleanup(func() { _ = f.Close() })
	if on, _ := f.Scanning(); on {
		t.Error("a stale socket is taken for a clamd")
	}
	d.start2(t)
	eventually(t, "it is found", func() bool { on, _ := f.Scanning(); return on })
}

func TestOfflineNobodyIsAsked(t *testing.T) {
	d := newFake(t, nil)
	f := newTest(t, addresses(d), filters.Env{Offline: true, Clock: time.Now})
	r, err := check(t, f, infected(), plenty)
	want(t, r, err, "off")
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for config, says := range map[string]string{
		`address = ["clamd.ctl"]`: "path of a socket", `address = [":3310"]`: "path of a socket", `address = ["unix:"]`: "path of a socket",
		`address = ["/a", "unix:/a"]`: "named twice", `tries = 0`: "tries", `scans = -1`: "scans", `stream_max = 0`: "stream_max",
		`oversize = "ok"`: "oversize", `parts = "some"`: "parts", `score_only = ["["]`: "score_only",
	} {
		_, err := Spec.New(func(into any) error { return decode(config, into) }, env())
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", config, err)
		}
	}
}
