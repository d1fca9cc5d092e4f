//go:build unix

package manual

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestRootLeavesFilesToTheGatewaysUser: weir block run by root must not leave a file that the gateway can't read.
func TestRootLeavesFilesToTheGatewaysUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const user = 65534
	dir := t.TempDir()
	path := filepath.Join(dir, "manual.cf")
	if err := os.Chown(dir, user, user); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"block a.example", "block b.example"} { // a new file, and one that is there
		if _, err := Change(path, mustParse(t, words), false); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if s := info.Sys().(*syscall.Stat_t); s.Uid != user || s.Gid != user {
			t.Fatalf("after %q it belongs to %d:%d, not to the folder's owner %d", words, s.Uid, s.Gid, user)
		}
	}
}
