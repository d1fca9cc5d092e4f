package quarantine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"weir/gateway"
	"weir/gateway/durable"
	"weir/message"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("WEIR_QUARANTINE_CHILD"); dir != "" {
		child(dir)
	}
	goleak.VerifyTestMain(m)
}

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func env() *message.Envelope {
	return &message.Envelope{
		ID: "id1", Hostname: "weir.example.net", Helo: "mail.example.org", HasFrom: true, From: "a@example.org",
		Client: message.Client{Addr: netip.MustParseAddr("192.0.2.7"), Auth: "user"},
	}
}

// keep stores a text.
func keep(s *Store, text string) (string, error) {
	return s.Store(&gateway.Report{ID: "id1", Policy: "default"}, env(), []string{"x@example.com"}, [][]byte{[]byte(text[:len(text)/2]), []byte(text[len(text)/2:])})
}

// list gives all items by id; a damaged one fails the test.
func list(t *testing.T, s *Store) map[string]Item {
	t.Helper()
	items := map[string]Item{}
	for item, err := range s.List() {
		if err != nil {
			t.Errorf("%s: %v", item.ID, err)
		}
		items[item.ID] = item
	}
	return items
}

func content(t *testing.T, s *Store, id string) string {
	t.Helper()
	m, err := s.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	text, err := io.ReadAll(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestStoreAndRead(t *testing.T) {
	s := open(t, t.TempDir())
	texts := map[string]string{}
	for _, text := range []string{"", "Subject: x\r\n\r\nbody\r\n", strings.Repeat("long line\r\n", 100_000), "\x00\xff\r\nno end"} {
		id, err := keep(s, text)
		if err != nil {
			t.Fatal(err)
		}
		texts[id] = text
	}
	items := list(t, s)
	if len(items) != len(texts) {
		t.Errorf("%d are listed, %d were kept", len(items), len(texts))
	}
	for id, text := range texts {
		if content(t, s, id) != text {
			t.Errorf("%s differs", id)
		}
		item := items[id]
		if item.Size != int64(len(text)) || !strings.Contains(string(item.Report), `"policy":"default"`) {
			t.Errorf("got %+v", item)
		}
		item.Report, item.Time, item.Size, item.SHA256 = nil, time.Time{}, 0, ""
		want := Item{Version: 1, ID: id, Gateway: "weir.example.net", Message: "id1", IP: "192.0.2.7", Helo: "mail.example.org", User: "user", From: "a@example.org", Rcpts: []string{"x@example.com"}}
		if diff := cmp.Diff(want, item); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestDelete(t *testing.T) {
	s := open(t, t.TempDir())
	id, err := keep(s, "text")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), id); !errors.Is(err, ErrNoItem) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Open(id); !errors.Is(err, ErrNoItem) {
		t.Errorf("got %v", err)
	}
	if len(list(t, s)) != 0 {
		t.Error("it is still listed")
	}
}

func TestIDsCannotLeaveTheFolder(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, strings.Repeat("a", 32)+suffix)
	os.WriteFile(secret, []byte("{}\n"), 0o600)
	s := open(t, filepath.Join(outside, "q"))
	linked := strings.Repeat("b", 32)
	os.Symlink(secret, filepath.Join(outside, "q", linked+suffix))
	for _, id := range []string{"../" + strings.Repeat("a", 32), "..%2f" + strings.Repeat("a", 27), "", ".", "/etc/passwd", strings.Repeat("A", 32), strings.Repeat("a", 31) + "\x00", linked} {
		if m, err := s.Open(id); err == nil {
			m.Close()
			t.Errorf("opened %q", id)
		}
		if err := s.Delete(t.Context(), id); err == nil && id != linked {
			t.Errorf("deleted %q", id)
		}
	}
	if _, err := os.Stat(secret); err != nil {
		t.Errorf("the file outside is gone: %v", err)
	}
}

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

// TestFullDisk: the same on a real file system that is full, where the tests may mount one.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("REAL DISK NOT RUN: mounting a small tmpfs: %v", err)
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
			t.Skipf("REAL DISK NOT RUN: %v", err)
		}
		if _, err := keep(s, "x"); !errors.Is(err, syscall.EROFS) {
			t.Errorf("got %v, want EROFS", err)
		}
	})
}

// child is the other process of TestKilled: it keeps mails for ever and prints the id of each after Store returned.
func child(dir string) {
	s, err := Open(Config{Dir: dir})
	for err == nil {
		var id string
		if id, err = keep(s, random(20_000)); err == nil {
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
		text, _ := io.ReadAll(out)
		cmd.Wait()
		ids := strings.Fields(string(text))
		if len(ids) == 0 {
			t.Fatal("the child kept nothing")
		}
		s := open(t, dir)
		items := list(t, s)
		for _, id := range ids {
			if items[id].ID != id || content(t, s, id) != random(20_000) {
				t.Errorf("%s was acknowledged and is lost", id)
			}
		}
		if len(items) > len(ids)+1 {
			t.Errorf("%d are listed, %d were acknowledged", len(items), len(ids))
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

func TestDamageIsNoticed(t *testing.T) {
	for name, harm := range map[string]func([]byte) []byte{
		"cut in the content": func(b []byte) []byte { return b[:len(b)-20] },
		"cut in the line":    func(b []byte) []byte { return b[:10] },
		"empty":              func([]byte) []byte { return nil },
		"a byte changed":     func(b []byte) []byte { b[len(b)-9] ^= 1; return b },
		"another digest":     func(b []byte) []byte { return []byte(strings.Replace(string(b), `"sha256":"`, `"sha256":"0`, 1)) },
		"another size":       func(b []byte) []byte { return []byte(strings.Replace(string(b), `"size":5000`, `"size":4999`, 1)) },
		"another version":    func(b []byte) []byte { return []byte(strings.Replace(string(b), `"version":1`, `"version":2`, 1)) },
		"endless line":       func([]byte) []byte { return make([]byte, maxItem+10_000) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			id, err := keep(s, random(5000))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, id+suffix)
			text, _ := os.ReadFile(path)
			os.WriteFile(path, harm(text), 0o600)
			m, err := s.Open(id)
			if err == nil {
				_, err = io.ReadAll(m)
				m.Close()
			}
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
		})
	}
}

func TestAbandonedWorkIsCleared(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	old, young := filepath.Join(dir, "tmp", "old"), filepath.Join(dir, "tmp", "young")
	for _, p := range []string{old, young} {
		os.WriteFile(p, []byte("half"), 0o600)
	}
	past := time.Now().Add(-2 * abandoned)
	os.Chtimes(old, past, past)
	if len(list(t, s)) != 0 {
		t.Error("work in progress is listed")
	}
	open(t, dir)
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Error("the old file is still there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Error("a file that somebody may be writing is gone")
	}
}

func FuzzItem(f *testing.F) {
	dir := f.TempDir()
	s, err := Open(Config{Dir: dir})
	if err != nil {
		f.Fatal(err)
	}
	id, err := keep(s, "text")
	if err != nil {
		f.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, id+suffix))
	f.Add(text)
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := read(io.NopCloser(bytes.NewReader(text)), id)
		if err != nil {
			return
		}
		defer m.Close()
		if n, err := io.Copy(io.Discard, m); err == nil && n != m.Size {
			t.Errorf("%d bytes read as %d", n, m.Size)
		}
	})
}

func BenchmarkStore(b *testing.B) {
	s, err := Open(Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	text := strings.Repeat("a line of text of the usual length, give or take some bytes\r\n", 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keep(s, text); err != nil {
			b.Fatal(err)
		}
	}
}
