package quarantine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

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

// killAt makes the child kill itself at a point of its third Store; "" means after Store returned.
func killAt(point string) func(durable.FS) durable.FS {
	die := func() error { return syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	return func(fs durable.FS) durable.FS {
		f := &durable.Faulty{FS: fs}
		switch point {
		case "writing":
			f.OnWrite = func(n int) error {
				if n > 100_000 {
					return die()
				}
				return nil
			}
		case "fsync":
			f.OnSync = die
		case "rename":
			f.OnRename = die
		case "folder's fsync":
			f.OnSyncDir = func(string) error { return die() }
		}
		return f
	}
}

const killedSize = 1 << 20

// child is the other process of TestKilled: it keeps two mails, and is killed while it keeps the third or just after. The
// ids are printed as a client would be told 250.
func child(dir, point string) {
	s, err := Open(Config{Dir: dir})
	for i := 0; i < 3 && err == nil; i++ {
		if i == 2 {
			s.Dir().On(killAt(point))
		}
		var id string
		if id, err = keep(s, random(killedSize)); err == nil {
			fmt.Println(id)
		}
	}
	if err == nil {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKilled: CASES B18. What a killed process cannot show is a power cut: that fsync is called in the right order is
// checked by TestOrderOfSteps.
func TestKilled(t *testing.T) {
	for name, test := range map[string]struct {
		point        string
		acknowledged int
	}{
		"B18_after_store_returned":      {"", 3},
		"B18_while_writing":             {"writing", 2},
		"B18_before_fsync":              {"fsync", 2},
		"B18_before_rename":             {"rename", 2},
		"B18_before_the_folder's_fsync": {"folder's fsync", 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ids := killed(t, dir, test.point)
			if len(ids) != test.acknowledged {
				t.Fatalf("the child kept %d mails, want %d", len(ids), test.acknowledged)
			}
			s, text := open(t, dir), random(killedSize)
			items := list(t, s)
			for _, id := range ids {
				if _, ok := items[id]; !ok {
					t.Errorf("%s was acknowledged and is lost", id)
				}
			}
			for id := range items {
				if content(t, s, id) != text {
					t.Errorf("%s is listed and not whole", id)
				}
			}
		})
	}
}

// killed runs the child and gives what it acknowledged before it was killed.
func killed(t *testing.T, dir, point string) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WEIR_QUARANTINE_CHILD="+dir, "WEIR_QUARANTINE_KILL="+point)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	said, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the child was not killed: %v: %s", err, complaint.String())
	}
	return strings.Fields(string(said))
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
