package manual

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func mustParse(t *testing.T, words string) Entry {
	t.Helper()
	e, err := ParseEntry(words)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestChangesAtOnceAreAllKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "manual.cf")
	const n = 40
	var all sync.WaitGroup
	for i := range n {
		e := mustParse(t, fmt.Sprintf("block spam%d.example", i))
		all.Go(func() {
			if _, err := Change(path, e, false); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, _, err := load(path)
	if err != nil || len(list.senders) != n {
		t.Fatalf("%d of %d entries are kept, %v", len(list.senders), n, err)
	}
}

func TestChangeGoesThroughALinkAndKeepsTheMode(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "etc", "lists.cf"), filepath.Join(dir, "manual.cf")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("blocklist_from joe@a.example\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	if _, err := Change(link, mustParse(t, "block b.example"), false); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is no link any more: %v, %v", info, err)
	}
	list, _, err := load(file)
	if err != nil || len(list.senders) != 2 {
		t.Errorf("the file has %v, %v", list, err)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o640 {
		t.Errorf("its mode was 0640 and is %v", info.Mode())
	}
}
