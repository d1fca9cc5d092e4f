package quarantine

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"weir/gateway"
	"weir/message"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("WEIR_QUARANTINE_CHILD"); dir != "" {
		child(dir, os.Getenv("WEIR_QUARANTINE_KILL"))
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

func TestDeleteRestoreRemove(t *testing.T) {
	s := open(t, t.TempDir())
	id, err := keep(s, "text")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Restore(id); !errors.Is(err, ErrNoItem) {
		t.Errorf("nothing was deleted: %v", err)
	}
	for range 2 {
		if err := s.Delete(id); err != nil {
			t.Error(err)
		}
		if err := s.Delete(id); !errors.Is(err, ErrNoItem) {
			t.Errorf("deleted twice: %v", err)
		}
		if got := list(t, s)[id]; !got.Deleted || content(t, s, id) != "text" {
			t.Errorf("deleted, and listed as %+v", got)
		}
		if err := s.Restore(id); err != nil || list(t, s)[id].Deleted {
			t.Errorf("brought back: %v", err)
		}
	}
	for _, before := range []func(string) error{s.Delete, func(string) error { return nil }} {
		id, _ := keep(s, "text")
		if err := errors.Join(before(id), s.Remove(id)); err != nil {
			t.Error(err)
		}
		if _, err := s.Open(id); !errors.Is(err, ErrNoItem) {
			t.Errorf("removed for good: %v", err)
		}
		if err := s.Remove(id); !errors.Is(err, ErrNoItem) {
			t.Errorf("removed twice: %v", err)
		}
	}
	if len(list(t, s)) != 1 {
		t.Error("the first one is gone too")
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
		if err := s.Delete(id); err == nil && id != linked {
			t.Errorf("deleted %q", id)
		}
	}
	if _, err := os.Stat(secret); err != nil {
		t.Errorf("the file outside is gone: %v", err)
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
		m, err := read(io.NopCloser(bytes.NewReader(text)), id, nil)
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

// What docs/quarantine.md says of the files: a line of JSON, then gzip; and all its fields.
func TestFilesAreAsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/quarantine.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	id, err := keep(open(t, dir), "the text")
	if err != nil {
		t.Fatal(err)
	}
	file, _ := os.ReadFile(filepath.Join(dir, id+".mail"))
	line, packed, _ := bytes.Cut(file, []byte("\n"))
	var fields map[string]any
	if err := json.Unmarshal(line, &fields); err != nil {
		t.Fatal(err)
	}
	for key := range fields {
		if !strings.Contains(string(page), "`"+key+"`") {
			t.Errorf("the page does not tell of %q", key)
		}
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != "the text" {
		t.Errorf("got %q, %v", text, err)
	}
}
