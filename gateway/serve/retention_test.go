package serve

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/gateway/config"
	"weir/gateway/log"
	"weir/gateway/quarantine"
	"weir/message"
)

func TestTheQuarantineIsSweptByTheConfigOfTheMoment(t *testing.T) {
	dir := t.TempDir()
	items, err := quarantine.Open(quarantine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer items.Close()
	if _, err := items.Store(nil, &message.Envelope{From: "joe@example.org"}, []string{"x@example.com"}, [][]byte{[]byte("Subject: x\r\n\r\n")}); err != nil {
		t.Fatal(err)
	}
	var out page
	h := &house{quarantine: items}
	cfg := config.Default()
	h.config.Store(cfg)
	h.logger.Store(log.New(&out, cfg.Log))
	if err := os.Remove(filepath.Join(dir, "index")); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	h.keepQuarantine(over)
	if text, err := os.ReadFile(filepath.Join(dir, "index")); err != nil || !strings.Contains(string(text), "joe@example.org") {
		t.Errorf("at start the index is %q, %v", text, err)
	}
	h.sweep(time.Now().Add(29 * 24 * time.Hour))
	if list, _ := items.Entries(); len(list) != 1 {
		t.Fatal("it went too early")
	}
	next := config.Default()
	next.Quarantine.Keep = 24 * 3600e9
	h.config.Store(next)
	h.sweep(time.Now().Add(29 * 24 * time.Hour))
	if list, _ := items.Entries(); len(list) != 0 || !strings.Contains(out.String(), "mail left the quarantine for good") {
		t.Errorf("kept: %+v; the log:\n%s", list, out.String())
	}
}
