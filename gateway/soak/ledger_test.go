package soak

import (
	"context"
	"sync"
	"testing"
	"time"

	"weir/gateway/realtest"
)

func TestBalance(t *testing.T) {
	accepted := realtest.Outcome{Accepted: true, AfterDot: true, Code: 250}
	unknown := realtest.Outcome{Unknown: true, AfterDot: true}
	deferred := realtest.Outcome{AfterDot: true, Code: 451}
	early := realtest.Outcome{Code: 451}
	refused := realtest.Outcome{AfterDot: true, Code: 554}
	for _, c := range []struct {
		name     string
		attempts []realtest.Outcome
		copies   int
		clean    bool
	}{
		{"accepted and there", []realtest.Outcome{accepted}, 1, true},
		{"accepted and lost", []realtest.Outcome{accepted}, 0, false},
		{"accepted once and there twice", []realtest.Outcome{accepted}, 2, false},
		{"an unknown outcome explains a second copy", []realtest.Outcome{unknown, accepted}, 2, true},
		{"an unknown outcome need not leave a copy", []realtest.Outcome{unknown, accepted}, 1, true},
		{"an unknown outcome does not excuse a loss", []realtest.Outcome{unknown, accepted}, 0, false},
		{"a 451 after the dot explains a second copy", []realtest.Outcome{deferred, accepted}, 2, true},
		{"a 451 before the dot explains none", []realtest.Outcome{early, accepted}, 2, false},
		{"a 554 explains no copy", []realtest.Outcome{refused, accepted}, 2, false},
		{"three copies need two doubts", []realtest.Outcome{unknown, accepted}, 3, false},
		{"never accepted", []realtest.Outcome{unknown}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l Ledger
			for _, a := range c.attempts {
				l.Record("x", a)
			}
			copies := map[string]int{}
			if c.copies > 0 {
				copies["x"] = c.copies
			}
			if b := l.Balance(copies); b.Clean() != c.clean {
				t.Errorf("clean %v: %s", b.Clean(), b)
			}
		})
	}
}

// TestRunFindsFaults runs a small soak against servers with known faults: the books must show them.
func TestRunFindsFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		keep  func(n int) int // copies kept of the n-th mail
		check func(b Balance) bool
	}{
		{"a server that keeps all", func(int) int { return 1 }, Balance.Clean},
		{"a server that loses each tenth", func(n int) int { return min(1, n%10) }, func(b Balance) bool { return len(b.Lost) == 10 && len(b.Unexplained) == 0 }},
		{"a server that doubles one", func(n int) int { return 1 + max(0, n-99) }, func(b Balance) bool { return len(b.Unexplained) == 1 && b.Duplicates == 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := soakSink(t, c.keep)
			if !c.check(b) {
				t.Error(b)
			}
		})
	}
}

func soakSink(t *testing.T, keep func(int) int) Balance {
	t.Helper()
	var mu sync.Mutex
	n, copies := 0, map[string]int{}
	sink, err := realtest.NewSink(func(m realtest.Mail) {
		id, intact := Identify(string(m.Data))
		mu.Lock()
		defer mu.Unlock()
		if n++; keep(n) > 0 && intact {
			copies[id] += keep(n)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var l Ledger
	kills := 0
	plan := Plan{Addr: sink.Addr, Rcpt: "box@weir.test", Mails: 100, Kills: 3, Kill: func() error { kills++; return nil }}
	if err := plan.Run(ctx, &l); err != nil || kills != 3 {
		t.Fatalf("%d kills, %v", kills, err)
	}
	return l.Balance(copies)
}

func TestIdentifySeesDamage(t *testing.T) {
	mail := Mail("soak-000003", 3)
	if id, ok := Identify("Received: x\n" + mail); id != "soak-000003" || !ok {
		t.Errorf("%q %v", id, ok)
	}
	for _, damaged := range []string{mail[:len(mail)-2], mail + "x", mail[:500] + mail[501:], "no header"} {
		if _, ok := Identify(damaged); ok {
			t.Errorf("not seen: %.40q", damaged)
		}
	}
}
