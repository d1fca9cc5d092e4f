package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func holding(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	d, root, err := Open(path, "tmp")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := d.Write("tmp/x", ".", "x", holding("one")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(path, "x")); err != nil || string(text) != "one" {
		t.Errorf("got %q, %v", text, err)
	}
	if info, _ := os.Stat(filepath.Join(path, "x")); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := d.Remove(".", "x"); err != nil {
		t.Error(err)
	}
	if err := d.Remove(".", "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestNamesCannotLeaveTheFolder(t *testing.T) {
	outside := t.TempDir()
	path := filepath.Join(outside, "in")
	d, root, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	os.Symlink(outside, filepath.Join(path, "link"))
	for _, name := range []string{"../x", "/tmp/weir-durable-test", "link/x", "a/../../x"} {
		if err := d.Write("t", ".", name, holding("x")); err == nil {
			t.Errorf("wrote %s", name)
		}
		if err := d.Write(name, ".", "x", holding("x")); err == nil {
			t.Errorf("wrote by way of %s", name)
		}
	}
	if entries, _ := os.ReadDir(outside); len(entries) != 1 {
		t.Errorf("outside there are %v", entries)
	}
	if entries, _ := os.ReadDir(path); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestContentThatFailsLeavesNothing(t *testing.T) {
	path := t.TempDir()
	d, root, _ := Open(path)
	defer root.Close()
	broken := errors.New("broken")
	if err := d.Write("t", ".", "x", func(w io.Writer) error { io.WriteString(w, "half"); return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if entries, _ := os.ReadDir(path); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}
