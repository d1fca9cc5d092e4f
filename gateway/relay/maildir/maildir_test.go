package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"weir/gateway/durable"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir, host string) *Box {
	t.Helper()
	b, err := Open(dir, host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	for _, sub := range []string{"tmp", "new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			out = append(out, sub+"/"+e.Name())
		}
	}
	return out
}

func TestDeliver(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "Maildir")
	b := open(t, dir, "host.example")
	name, err := b.Deliver("", []string{"x@example.com"}, [][]byte{[]byte("A: b\r\n"), []byte("\r\nbody")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "new", name))
	if want := "Return-Path: <>\r\nDelivered-To: x@example.com\r\nA: b\r\n\r\nbody"; err != nil || string(text) != want {
		t.Errorf("got %q, %v; want %q", text, err, want)
	}
	if got := names(t, dir); len(got) != 1 || !strings.HasSuffix(name, ".host.example") {
		t.Errorf("files %q", got)
	}
}

func TestNamesAreUnique(t *testing.T) {
	dir := t.TempDir()
	boxes := []*Box{open(t, dir, "h"), open(t, dir, "h")}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 25 {
				if _, err := boxes[i%2].Deliver("a@b", []string{"c@d"}, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := names(t, dir); len(got) != 200 {
		t.Errorf("%d files for 200 mails", len(got))
	}
}

func TestHostNameCannotLeaveTheFolder(t *testing.T) {
	for host, want := range map[string]string{"../../etc": ".._.._etc", "a/b:2,S": "a_b_2_S", "": "localhost", "ok.example": "ok.example"} {
		if got := safeHost(host); got != want {
			t.Errorf("%q: got %q, want %q", host, got, want)
		}
	}
}

// TestFaults: invariant I1: an error leaves no mail behind that could be read as delivered, and success means fsynced.
func TestFaults(t *testing.T) {
	for name, fault := range map[string]func(*durable.Faulty){
		"no space":             func(f *durable.Faulty) { f.OnWrite = func(int) error { return syscall.ENOSPC } },
		"cannot create":        func(f *durable.Faulty) { f.OnCreate = func(string) error { return syscall.EROFS } },
		"fsync fails":          func(f *durable.Faulty) { f.OnSync = func() error { return syscall.EIO } },
		"close fails":          func(f *durable.Faulty) { f.OnClose = func() error { return syscall.EIO } },
		"rename fails":         func(f *durable.Faulty) { f.OnRename = func() error { return syscall.EIO } },
		"folder's fsync fails": func(f *durable.Faulty) { f.OnSyncDir = func(string) error { return syscall.EIO } },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b := open(t, dir, "h")
			b.Dir().On(func(fs durable.FS) durable.FS { f := &durable.Faulty{FS: fs}; fault(f); return f })
			if _, err := b.Deliver("a@b", []string{"c@d"}, [][]byte{[]byte("text\r\n")}); err == nil || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want an error that names the folder", err)
			}
			if got := names(t, dir); len(got) != 0 {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

func TestOrderOfSteps(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, "h")
	var steps []string
	b.Dir().On(func(fs durable.FS) durable.FS {
		return &durable.Faulty{
			FS:        fs,
			OnSync:    func() error { steps = append(steps, "fsync"); return nil },
			OnRename:  func() error { steps = append(steps, "rename"); return nil },
			OnSyncDir: func(name string) error { steps = append(steps, "fsync "+name); return nil },
		}
	})
	if _, err := b.Deliver("", nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(steps, ", "); got != "fsync, rename, fsync new" {
		t.Errorf("steps: %s", got)
	}
}

func TestUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	if _, err := Open(file, "h"); err == nil || !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("got %v", err)
	}
}
