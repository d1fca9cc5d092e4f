//go:build unix

package durable

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestRootGivesAwayWhatItMadeAndNothingElse(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	const weir = 65534
	path := filepath.Join(t.TempDir(), "kept")
	_, root, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.Chown(".", weir, weir); err != nil {
		t.Fatal(err)
	}
	victim := filepath.Join(filepath.Dir(path), "victim")
	if err := os.WriteFile(victim, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(victim, filepath.Join(path, "second")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{"made": weir, "second": 0} {
		f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		err = Own(root, f)
		info, _ := f.Stat()
		f.Close()
		if got := info.Sys().(*syscall.Stat_t).Uid; err != nil || got != want {
			t.Errorf("%s belongs to %d, want %d (%v)", name, got, want, err)
		}
	}
	// The folder's owner puts a link in its place: what is made goes by the open folder.
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(path), path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(filepath.Dir(path), "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := subfolder(root, "tmp"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{filepath.Join(filepath.Dir(path), "tmp"): 0, filepath.Join(path+".old", "tmp"): weir} {
		if info, err := os.Stat(name); err != nil || info.Sys().(*syscall.Stat_t).Uid != want {
			t.Errorf("%s: %v, want user %d", name, err, want)
		}
	}
}
