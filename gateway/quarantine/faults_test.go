package quarantine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/gateway/durable"
)

// TestDiskFaults: CASES B17, with faults put under the store.
func TestDiskFaults(t *testing.T) {
	for name, test := range map[string]struct {
		fault func(*durable.Faulty)
		cause error
	}{
		"B17_ENOSPC_at_once":     {func(f *durable.Faulty) { f.OnWrite = func(int) error { return syscall.ENOSPC } }, syscall.ENOSPC},
		"B17_ENOSPC_later":       {func(f *durable.Faulty) { f.OnWrite = after(500, syscall.ENOSPC) }, syscall.ENOSPC},
		"B17_EIO_while_writing":  {func(f *durable.Faulty) { f.OnWrite = after(500, syscall.EIO) }, syscall.EIO},
		"B17_EROFS":              {func(f *durable.Faulty) { f.OnCreate = func(string) error { return syscall.EROFS } }, syscall.EROFS},
		"B17_fsync_fails":        {func(f *durable.Faulty) { f.OnSync = func() error { return syscall.EIO } }, syscall.EIO},
		"B17_close_fails":        {func(f *durable.Faulty) { f.OnClose = func() error { return syscall.EDQUOT } }, syscall.EDQUOT},
		"B17_rename_fails":       {func(f *durable.Faulty) { f.OnRename = func() error { return syscall.EIO } }, syscall.EIO},
		"B17_folder_fsync_fails": {func(f *durable.Faulty) { f.OnSyncDir = func(string) error { return syscall.EIO } }, syscall.EIO},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			good, err := keep(s, "good")
			if err != nil {
				t.Fatal(err)
			}
			var real durable.FS
			s.Dir().On(func(fs durable.FS) durable.FS {
				real = fs
				f := &durable.Faulty{FS: fs}
				test.fault(f)
				return f
			})
			id, err := keep(s, random(100_000))
			if !errors.Is(err, test.cause) || id != "" {
				t.Errorf("got id %q, %v; want %v", id, err, test.cause)
			}
			if items := list(t, s); len(items) != 1 || items[good].ID != good {
				t.Errorf("listed: %v", items)
			}
			s.Dir().On(func(durable.FS) durable.FS { return real })
			if _, err := keep(s, "after"); err != nil {
				t.Errorf("after the fault is gone: %v", err)
			}
		})
	}
}

// after fails once more than n bytes were written.
func after(n int, err error) func(int) error {
	return func(written int) error {
		if written >= n {
			return err
		}
		return nil
	}
}

// random is a text that does not compress well.
func random(n int) string {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

// killedSize is large enough that the child spends most of its time writing.
const killedSize = 3 << 20

// child is the other process of TestKilled: it keeps mails for ever and prints the id of each after Store returned.
func child(dir string) {
	s, err := Open(Config{Dir: dir})
	text := random(killedSize)
	for err == nil {
		var id string
		if id, err = keep(s, text); err == nil {
			fmt.Println(id)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKilled: CASES B18. What a killed process cannot show is a power cut: that fsync was called in the right order is checked by
// TestOrderOfSteps.
func TestKilled(t *testing.T) {
	t.Run("B18_killed_after_store_returned", func(t *testing.T) {
		dir := t.TempDir()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "WEIR_QUARANTINE_CHILD="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(500*time.Millisecond, func() { cmd.Process.Kill() })
		defer kill.Stop()
		said, _ := io.ReadAll(out)
		cmd.Wait()
		ids, text := strings.Fields(string(said)), random(killedSize)
		if len(ids) == 0 {
			t.Fatal("the child kept nothing")
		}
		s := open(t, dir)
		items := list(t, s)
		for _, id := range ids {
			if _, ok := items[id]; !ok {
				t.Errorf("%s was acknowledged and is lost", id)
			}
		}
		if len(items) > len(ids)+1 {
			t.Errorf("%d are listed, %d were acknowledged", len(items), len(ids))
		}
		for id := range items {
			if content(t, s, id) != text {
				t.Errorf("%s is listed and not whole", id)
			}
		}
	})
}

func TestOrderOfSteps(t *testing.T) {
	s := open(t, t.TempDir())
	var steps []string
	s.Dir().On(func(fs durable.FS) durable.FS {
		return &durable.Faulty{
			FS:        fs,
			OnSync:    func() error { steps = append(steps, "fsync"); return nil },
			OnRename:  func() error { steps = append(steps, "rename"); return nil },
			OnSyncDir: func(name string) error { steps = append(steps, "fsync "+name); return nil },
		}
	})
	if _, err := keep(s, "x"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(steps, []string{"fsync", "rename", "fsync ."}) {
		t.Errorf("steps: %q", steps)
	}
}
