package message

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// shared gives the folder of shared suites, and skips where it is absent.
func shared(t testing.TB) string {
	dir := os.Getenv("WEIR_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("SHARED SUITE NOT RUN: no folder ../shared and no WEIR_SHARED")
	}
	return dir
}

// readMails calls use for each message file below the folders.
func readMails(t testing.TB, use func(path string, raw []byte), folders ...string) {
	root := shared(t)
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !isMail(path) {
				return err
			}
			raw, err := os.ReadFile(path)
			if err == nil {
				use(path, raw)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func isMail(path string) bool {
	switch filepath.Ext(path) {
	case ".json", ".md", ".yml", ".yaml", ".html":
		return false
	}
	base := filepath.Base(path)
	return base != "LICENSE" && base != "COPYING" && !strings.Contains(path, "/LICENSES/") && !strings.Contains(path, "/licenses/")
}

// work does all that filters may ask of a message.
func work(raw []byte) *Message {
	m := New(Envelope{}, Options{})
	m.Load(raw)
	m.Anomalies()
	for _, p := range m.Parts() {
		p.Detected()
		p.FileNames()
	}
	m.Links()
	_, _, _, _ = m.Text(), m.Subject(), m.Date(), m.MessageID()
	return m
}

// TestEveryMessageStaysWithinItsBounds runs over all messages there are: no panic, no hang, bounded memory.
func TestEveryMessageStaysWithinItsBounds(t *testing.T) {
	count := 0
	readMails(t, func(path string, raw []byte) {
		count++
		checkBounds(t, path, raw)
	}, "suites/mime", "suites/sa-messages", "suites/rspamd-messages", "corpora")
	if count < 7000 {
		t.Errorf("only %d messages found", count)
	}
	t.Logf("%d messages", count)
}

// hangGuard is how long one message may take, generously.
const hangGuard = time.Second

func checkBounds(t *testing.T, path string, raw []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	m := work(raw)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if took > hangGuard {
		t.Errorf("%s (%d bytes) took %v", path, len(raw), took)
	}
	if used, most := after.TotalAlloc-before.TotalAlloc, uint64(max(2<<20, 30*len(raw))); used > most {
		t.Errorf("%s: %d bytes allocated for a message of %d, %d allowed", path, used, len(raw), most)
	}
	if m.Root == nil || len(m.Parts()) == 0 {
		t.Errorf("%s: no root", path)
	}
}
