package relay

import (
	"crypto/sha256"
	"path/filepath"
	"testing"
)

// TestTwoProcessesShareALedger lets a process take over from one that still writes.
func TestTwoProcessesShareALedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	before, byOld, byNew := sha256.Sum256([]byte("before")), sha256.Sum256([]byte("old")), sha256.Sum256([]byte("new"))
	old := openLedger(t, path)
	old.Add(before, []string{a})
	old.Share()
	young, err := JoinLedger(path, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	if young.Empty() || !young.Seen(before, a) {
		t.Error("what was noted before is not known")
	}
	old.Add(byOld, []string{b})
	young.Add(byNew, []string{c})
	if !young.Seen(byOld, b) || !old.Seen(byNew, c) {
		t.Error("one does not see what the other notes")
	}
	old.Add(byOld, []string{c}) // just before it ends
	old.Close()
	young.Alone()
	if !young.Seen(byOld, c) {
		t.Error("the last note of the old process is lost")
	}
	young.Close()
	again := openLedger(t, path)
	if !again.Seen(before, a) || !again.Seen(byOld, b) || !again.Seen(byNew, c) {
		t.Error("the file lacks something")
	}
}
