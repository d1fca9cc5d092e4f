package quarantine

import (
	"errors"
	"syscall"
	"testing"
)

// TestFullDisk: the same on a real file system that is full, where the tests may mount one.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Logf("no small tmpfs can be mounted here (%v): TestDiskFaults alone stands for B17", err)
		return
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	s := open(t, dir)
	t.Cleanup(func() { s.Close() })
	kept := []string{}
	for range 20 {
		id, err := keep(s, random(40_000))
		if err == nil {
			kept = append(kept, id)
			continue
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v, want ENOSPC", err)
		}
	}
	t.Run("B17_ENOSPC_on_a_full_disk", func(t *testing.T) {
		items := list(t, s)
		if len(kept) == 0 || len(kept) == 20 || len(items) != len(kept) {
			t.Fatalf("%d of 20 kept, %d listed", len(kept), len(items))
		}
		for _, id := range kept {
			if content(t, s, id) != random(40_000) {
				t.Errorf("%s is truncated", id)
			}
		}
	})
	t.Run("B17_EROFS_on_a_read_only_disk", func(t *testing.T) {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := keep(s, "x"); !errors.Is(err, syscall.EROFS) {
			t.Errorf("got %v, want EROFS", err)
		}
	})
}
