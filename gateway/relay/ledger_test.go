package relay

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func openLedger(t *testing.T, path string) *Ledger {
	t.Helper()
	l, err := OpenLedger(path, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestLedgerRemembersAcrossRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	first, other := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("two"))
	l := openLedger(t, path)
	if !l.Empty() || l.Seen(first, a) {
		t.Error("a new ledger is not empty")
	}
	l.Add(first, []string{a, "b@EXAMPLE.com"})
	l.Close()
	torn, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	torn.WriteString("half a record")
	torn.Close()

	l = openLedger(t, path)
	l.Add(other, []string{c})
	l.Close()
	l = openLedger(t, path)
	for _, test := range []struct {
		digest [32]byte
		rcpt   string
		want   bool
	}{{first, a, true}, {first, b, true}, {first, c, false}, {other, c, true}, {other, a, false}, {first, "A@example.com", false}} {
		if got := l.Seen(test.digest, test.rcpt); got != test.want {
			t.Errorf("seen %s: %v, want %v", test.rcpt, got, test.want)
		}
	}
}

func TestLedgerForgetsAfterADayAndIsBounded(t *testing.T) {
	l := openLedger(t, filepath.Join(t.TempDir(), "ledger"))
	l.max = 100
	for i := range 1000 {
		l.Add(sha256.Sum256([]byte(fmt.Sprint(i))), []string{a})
	}
	if n := len(l.young) + len(l.old); n > 100 || n < 50 {
		t.Errorf("%d entries are kept, at most 100 should be", n)
	}
	if info, _ := l.file.Stat(); info.Size() > int64(250*recordSize) {
		t.Errorf("the file has grown to %d bytes", info.Size())
	}
	if !l.Seen(sha256.Sum256([]byte("999")), a) || l.Seen(sha256.Sum256([]byte("1")), a) {
		t.Error("the youngest must be kept, the oldest dropped")
	}
	l.keep = time.Nanosecond
	if l.Seen(sha256.Sum256([]byte("999")), a) {
		t.Error("an entry outlives its time")
	}
}
