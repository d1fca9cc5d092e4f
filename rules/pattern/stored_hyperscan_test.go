//go:build hyperscan

package pattern

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// keep makes a group's database in a folder, and gives the place of its file.
func keep(t *testing.T, folder string) (list []expression, s stored) {
	t.Helper()
	g := NewGroup(many(t, 20))
	g.Cache(folder)
	g.Screen()
	g.Ready()
	list = g.expressions()
	s = storedAt(folder, list)
	if _, err := os.Stat(s.path()); err != nil {
		t.Fatal(err)
	}
	return list, s
}

func TestADatabaseIsReadFromItsFolder(t *testing.T) {
	list, s := keep(t, filepath.Join(t.TempDir(), "cache"))
	d, taken := s.read(list)
	if d == nil || len(taken) != len(list) {
		t.Fatalf("%d of %d", len(taken), len(list))
	}
	var p picks
	if !d.scan([]byte("a word7 was"), &p) || len(p.whole) != 1 || p.whole[0].id() != 7 {
		t.Errorf("found %v", p.whole)
	}
	if info, err := os.Stat(s.path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	g := NewGroup(many(t, 20))
	g.Cache(s.folder)
	sameFound(t, readyGroup(g), []byte("word3 is, word19 was"), &Scratch{})
}

func readyGroup(g *Group) *Group { g.Screen(); g.Ready(); return g }

func TestOtherPatternsHaveAnotherFile(t *testing.T) {
	list, s := keep(t, t.TempDir())
	other := slices.Clone(list)
	other[0].text += "x"
	if o := storedAt(s.folder, other); o.path() == s.path() {
		t.Error("the same file")
	}
	inexact := slices.Clone(list)
	inexact[0].exact = false
	if o := storedAt(s.folder, inexact); o.path() == s.path() {
		t.Error("the same file for a pattern that is to be verified")
	}
}

func TestAFileThatIsNotWholeIsReplaced(t *testing.T) {
	folder := t.TempDir()
	list, s := keep(t, folder)
	good, err := os.ReadFile(s.path())
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int) []byte {
		b := slices.Clone(good)
		b[at] ^= 1
		return b
	}
	for name, content := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)/2], "without its last byte": good[:len(good)-1], "longer": append(slices.Clone(good), 0),
		"another magic": changed(0), "another key": changed(len(storedMagic)), "other flags": changed(len(storedMagic) + 32),
		"another database": changed(len(good) / 2), "another sum": changed(len(good) - 1),
	} {
		if err := os.WriteFile(s.path(), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if d, _ := s.read(list); d != nil {
			t.Errorf("%s: it was read", name)
		}
		keep(t, folder)
		if d, _ := s.read(list); d == nil {
			t.Errorf("%s: it was not replaced", name)
		}
	}
}

// TestADatabaseThatTheLibraryRefusesIsNone: the sums are right, and what they are of is nothing that the library knows.
func TestADatabaseThatTheLibraryRefusesIsNone(t *testing.T) {
	for _, content := range [][]byte{nil, {}, {1}, make([]byte, 4096)} {
		if deserialized(content, 1) != nil {
			t.Errorf("%d bytes are a database", len(content))
		}
	}
}

func TestAFileThatOthersMayWriteIsNotRead(t *testing.T) {
	list, s := keep(t, t.TempDir())
	for _, mode := range []os.FileMode{0o620, 0o602, 0o666} {
		if err := os.Chmod(s.path(), mode); err != nil {
			t.Fatal(err)
		}
		if d, _ := s.read(list); d != nil {
			t.Errorf("mode %o: it was read", mode)
		}
	}
	if err := os.Chmod(s.path(), 0o644); err != nil {
		t.Fatal(err)
	}
	if d, _ := s.read(list); d == nil {
		t.Error("one that others may only read was not read")
	}
	if err := os.Rename(s.path(), s.path()+".real"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(s.path()+".real", s.path()); err != nil {
		t.Fatal(err)
	}
	if d, _ := s.read(list); d != nil {
		t.Error("a link was followed")
	}
}

func TestWhoseFilesAreRead(t *testing.T) {
	for _, c := range []struct {
		name string
		st   unix.Stat_t
		want bool
	}{
		{"mine", unix.Stat_t{Mode: unix.S_IFREG | 0o600, Uid: 1000}, true},
		{"root's", unix.Stat_t{Mode: unix.S_IFREG | 0o644}, true},
		{"another user's", unix.Stat_t{Mode: unix.S_IFREG | 0o644, Uid: 1001}, false},
		{"my group may write", unix.Stat_t{Mode: unix.S_IFREG | 0o660, Uid: 1000}, false},
		{"a pipe", unix.Stat_t{Mode: unix.S_IFIFO | 0o600, Uid: 1000}, false},
		{"too large", unix.Stat_t{Mode: unix.S_IFREG | 0o600, Uid: 1000, Size: storedMost + 1}, false},
	} {
		if got := isOurs(&c.st, 1000); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestOldFilesAreRemoved(t *testing.T) {
	folder := t.TempDir()
	now := time.Now()
	touch := func(name string, age time.Duration) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	touch("old"+storedSuffix, storedAge+time.Hour)
	touch("left"+storedSuffix+".new", 2*time.Hour)
	touch("written"+storedSuffix+".new", time.Second)
	touch("not-mine", storedAge+time.Hour)
	for i := range maxStored + 1 {
		touch(fmt.Sprintf("%03d%s", i, storedSuffix), time.Duration(i)*time.Second)
	}
	(&stored{folder: folder}).tidy(now)
	for name, want := range map[string]bool{
		"old" + storedSuffix: false, "left" + storedSuffix + ".new": false, "written" + storedSuffix + ".new": true, "not-mine": true,
		"000" + storedSuffix: true, "199" + storedSuffix: true, "200" + storedSuffix: false,
	} {
		if _, err := os.Stat(filepath.Join(folder, name)); (err == nil) != want {
			t.Errorf("%s: kept %v", name, err == nil)
		}
	}
}

func TestAFolderThatCannotBeMadeIsNoHarm(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := NewGroup(many(t, 20))
	g.Cache(filepath.Join(file, "cache"))
	sameFound(t, readyGroup(g), []byte("word3 is"), &Scratch{})
	if g.screened() == nil {
		t.Error("no screen")
	}
}
