//go:build unix

package store

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"weir/gateway/store/backend"
)

// TestRootLeavesTheStateToTheGatewaysUser: what a command of root's makes before the gateway's first start is the
// gateway's own.
func TestRootLeavesTheStateToTheGatewaysUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const user = 65534
	dir := t.TempDir()
	if err := os.Chown(dir, user, user); err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	s, err := Open(c, dir, backend.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, path := range []string{c.File(dir), filepath.Join(dir, c.SecretFile)} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if s := info.Sys().(*syscall.Stat_t); s.Uid != user || s.Gid != user || info.Mode().Perm() != 0o600 {
			t.Errorf("%s belongs to %d:%d with mode %v, not to the folder's owner %d", filepath.Base(path), s.Uid, s.Gid, info.Mode(), user)
		}
	}
}
