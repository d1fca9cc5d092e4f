package quarantine

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"weir/gateway"
	"weir/scoring"
)

// kept stores a mail with a report of what a list shows.
func kept(t *testing.T, s *Store, subject string, rcpts ...string) string {
	t.Helper()
	r := &gateway.Report{ID: "id1", Subject: subject, Score: 7.5, Why: "score 7.5 >= 6", Symbols: []scoring.Scored{{Name: "A"}, {Name: "B"}}}
	id, err := s.Store(r, env(), rcpts, [][]byte{[]byte("Subject: " + subject + "\r\n\r\nthe body\r\n")})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func entries(t *testing.T, s *Store) []Entry {
	t.Helper()
	list, problems := s.Entries()
	if problems != nil {
		t.Error(problems)
	}
	return list
}

func TestAListIsTheSameWithAndWithoutAnIndex(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	var ids []string
	for _, subject := range []string{"first", "second\nline", "third"} {
		ids = append(ids, kept(t, s, subject, "x@example.com", "y@example.com"))
	}
	if err := s.Delete(ids[1]); err != nil {
		t.Fatal(err)
	}
	want := entries(t, s)
	if len(want) != 3 || want[0].ID != ids[2] || want[2].Subject != "first" || !want[1].Deleted || want[0].Deleted {
		t.Fatalf("the newest first: %+v", want)
	}
	if e := want[0]; e.Score != 7.5 || !slices.Equal(e.Symbols, []string{"A", "B"}) || e.From != "a@example.org" || len(e.Rcpts) != 2 {
		t.Errorf("entry %+v", e)
	}
	file := filepath.Join(dir, "index")
	whole, _ := os.ReadFile(file)
	for name, text := range map[string][]byte{
		"none": nil, "empty": {}, "cut off": whole[:len(whole)-20], "garbage": []byte("{}\nnull\n[1]\n\x00\n{\"id\":\"../../x\"}\n"),
		"of mail that is gone": append([]byte(`{"id":"`+strings.Repeat("0", 32)+`","from":"ghost@example.org"}`+"\n"), whole...),
		"twice":                append(slices.Clone(whole), whole...),
		"lies about deletion":  bytes.ReplaceAll(whole, []byte(`"score"`), []byte(`"deleted":true,"score"`)),
	} {
		if text == nil {
			_ = os.Remove(file)
		} else if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, entries(t, s)); diff != "" {
			t.Errorf("index %s: -want +got\n%s", name, diff)
		}
		if n, err := s.Reindex(); n != 3 || err != nil {
			t.Errorf("index %s: reindexed %d, %v", name, n, err)
		}
		if diff := cmp.Diff(want, entries(t, s)); diff != "" {
			t.Errorf("index %s, reindexed: -want +got\n%s", name, diff)
		}
	}
}

func TestAFileThatCannotBeReadIsListedAsAProblem(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	good, bad := kept(t, s, "good", "x@example.com"), strings.Repeat("a", 32)
	if err := os.WriteFile(filepath.Join(dir, bad+".mail"), []byte("no JSON\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, problems := s.Entries()
	if len(list) != 1 || list[0].ID != good || len(problems) != 1 || !errors.Is(problems[0], ErrDamaged) {
		t.Errorf("listed %+v, problems %v", list, problems)
	}
	if _, err := s.Sweep(Config{Keep: 1}, time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, bad+".mail")); err != nil {
		t.Error("what nobody could read was removed")
	}
}

func TestDeedsAreListedWithTheirMail(t *testing.T) {
	s := open(t, t.TempDir())
	id, other := kept(t, s, "one", "x@example.com"), kept(t, s, "two", "x@example.com")
	for _, v := range []Verb{Deleted, Restored, Released} {
		if err := s.Did(Deed{Time: time.Now().UTC(), ID: id, Verb: v, Who: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range entries(t, s) {
		if e.ID == other && e.Deeds != nil {
			t.Errorf("nobody did %+v", e.Deeds)
		}
		if e.ID == id && (len(e.Deeds) != 3 || e.Last(Released) == nil || e.Last(Deleted) == nil) {
			t.Errorf("deeds %+v", e.Deeds)
		}
	}
	if _, err := s.Reindex(); err != nil || len(entries(t, s)[0].Deeds)+len(entries(t, s)[1].Deeds) != 3 {
		t.Errorf("deeds are lost with a new index: %v", err)
	}
	if err := s.Did(Deed{ID: id, Verb: Untaught}); err != nil {
		t.Fatal(err)
	}
	if e := entries(t, s); e[0].Last(Released) != nil && e[1].Last(Released) != nil {
		t.Error("what was undone counts still")
	}
	if err := s.Remove(id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Reindex(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{index, journal} {
		if text, err := s.root.ReadFile(name); err != nil || bytes.Contains(text, []byte(id)) {
			t.Errorf("%s tells of mail that is gone: %s, %v", name, text, err)
		}
	}
}

func TestSweep(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name   string
		config Config
		after  time.Duration
		want   Swept
		left   []string
	}{
		{"nothing is old", Config{Keep: 30 * day, KeepDeleted: 7 * day}, day, Swept{}, []string{"new", "old", "trash"}},
		{"deleted mail goes first", Config{Keep: 30 * day, KeepDeleted: 7 * day}, 8 * day, Swept{Deleted: 1}, []string{"new", "old"}},
		{"old mail goes", Config{Keep: 30 * day, KeepDeleted: 7 * day}, 31 * day, Swept{Expired: 2, Deleted: 1}, nil},
		{"for ever", Config{KeepDeleted: 7 * day}, 3000 * day, Swept{Deleted: 1}, []string{"new", "old"}},
		{"too much", Config{KeepDeleted: 7 * day, MaxSize: 1}, 0, Swept{Pushed: 3}, nil},
		{"room for all", Config{KeepDeleted: 7 * day, MaxSize: 1 << 20}, 0, Swept{}, []string{"new", "old", "trash"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t, t.TempDir())
			for _, subject := range []string{"old", "trash", "new"} {
				id := kept(t, s, subject, "x@example.com")
				if subject == "trash" {
					if err := errors.Join(s.Delete(id), s.Did(Deed{Time: now, ID: id, Verb: Deleted})); err != nil {
						t.Fatal(err)
					}
				}
			}
			got, err := s.Sweep(c.config, now.Add(c.after))
			if err != nil || got.Any() != (got.Bytes > 0) {
				t.Errorf("%+v, %v", got, err)
			}
			if got.Bytes = 0; got != c.want {
				t.Errorf("removed %+v, want %+v", got, c.want)
			}
			var left []string
			for _, e := range entries(t, s) {
				left = append(left, e.Subject)
			}
			if text, err := s.root.ReadFile(index); err != nil || bytes.Count(text, []byte("\n")) != len(left) {
				t.Errorf("%d are left, and in the index: %s, %v", len(left), text, err)
			}
			if slices.Sort(left); !slices.Equal(left, c.left) {
				t.Errorf("left are %q, want %q", left, c.left)
			}
		})
	}
}

func TestLinesOfManyAtOnceStayWhole(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := Open(Config{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			for range 10 {
				if _, err := keep(s, "text"); err != nil {
					t.Error(err)
				}
				if _, err := s.Reindex(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	n := 0
	open(t, dir).lines(index, func(line []byte) {
		if n++; !json.Valid(line) {
			t.Errorf("a broken line: %s", line)
		}
	})
	if n != 80 {
		t.Errorf("%d lines for 80 mails", n)
	}
}

func TestTheOldestIsPushedOut(t *testing.T) {
	s := open(t, t.TempDir())
	old := kept(t, s, "old", "x@example.com")
	kept(t, s, "new", "x@example.com")
	info, err := s.root.Stat(old + suffix)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Sweep(Config{MaxSize: 0}, time.Now()); err != nil || got.Any() {
		t.Fatalf("without a limit: %+v, %v", got, err)
	}
	got, err := s.Sweep(Config{MaxSize: 1}, time.Now())
	if err != nil || got.Pushed != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	kept(t, s, "old", "x@example.com")
	kept(t, s, "new", "x@example.com")
	config := Config{}
	config.MaxSize = DefaultConfig().MaxSize
	_ = config.MaxSize.UnmarshalText([]byte("1kB"))
	if int64(config.MaxSize) < info.Size() || int64(config.MaxSize) >= 2*info.Size() {
		t.Skipf("a file has %d bytes", info.Size())
	}
	if got, err := s.Sweep(config, time.Now()); err != nil || got.Pushed != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if left := entries(t, s); len(left) != 1 || left[0].Subject != "new" {
		t.Errorf("left: %+v", left)
	}
}

func TestEncryptedMailIsReadWithItsKeyAlone(t *testing.T) {
	dir := t.TempDir()
	mine, _ := age.GenerateX25519Identity()
	other, _ := age.GenerateX25519Identity()
	s, err := Open(Config{Dir: dir, EncryptTo: []string{mine.Recipient().String()}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := kept(t, s, "a secret", "x@example.com")
	file, _ := os.ReadFile(filepath.Join(dir, id+".mail"))
	index, _ := os.ReadFile(filepath.Join(dir, "index"))
	for _, b := range [][]byte{file, index} {
		if bytes.Contains(b, []byte("secret")) || bytes.Contains(b, []byte("the body")) {
			t.Errorf("in the clear: %q", b)
		}
	}
	if e := entries(t, s); !e[0].Sealed || e[0].From != "a@example.org" {
		t.Errorf("listed as %+v", e[0])
	}
	for name, keys := range map[string][]age.Identity{"none": nil, "another": {other}} {
		if _, err := s.Open(id, keys...); !errors.Is(err, ErrSealed) {
			t.Errorf("with key %s: %v", name, err)
		}
	}
	m, err := s.Open(id, other, mine)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if text, err := io.ReadAll(m); err != nil || string(text) != "Subject: a secret\r\n\r\nthe body\r\n" {
		t.Errorf("%q, %v", text, err)
	}
	damaged := append(slices.Clone(file[:len(file)-1]), file[len(file)-1]^1)
	if err := os.WriteFile(filepath.Join(dir, id+".mail"), damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err = s.Open(id, mine); err == nil {
		_, err = io.ReadAll(m)
		m.Close()
	}
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("a changed bit: %v", err)
	}
}

func TestTheConfigIsChecked(t *testing.T) {
	for name, c := range map[string]Config{
		"NUL": {Dir: "a\x00b"}, "negative": {Keep: -1}, "no key": {EncryptTo: []string{"ssh-rsa AAAA"}}, "two keys": {EncryptTo: []string{"#\n"}},
	} {
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), "quarantine.") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := DefaultConfig().Check(); err != nil {
		t.Error(err)
	}
}
