package manual

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// heading is what a new file begins with.
const heading = "# Written by weir allow and weir block; you can edit it. See docs/manual.md.\n"

// Change puts an entry into the file, in place of those for the same sender and recipient, or with remove only takes
// those out. Comments and other lines stay. The file is written anew and moved into place, so that nobody reads half
// of it. Where the path is a link, the file behind it is. Changes by several processes at once wait for each other. It
// returns how many entries went.
func Change(path string, e Entry, remove bool) (gone int, err error) {
	if file, err := filepath.EvalSymlinks(path); err == nil {
		path = file
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	unlock, err := lock(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	defer unlock()
	return change(path, e, remove)
}

func change(path string, e Entry, remove bool) (gone int, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte(heading), nil
	}
	if err != nil {
		return 0, err
	}
	if _, err := Parse(text, path); err != nil {
		return 0, fmt.Errorf("%w: mend this line first", err)
	}
	lines, gone := without(text, func(old *Entry) bool {
		return old.Who == e.Who && old.Net == e.Net && old.For == e.For && (!remove || old.Block == e.Block)
	})
	if !remove {
		lines = with(lines, lineOf(e))
	}
	return gone, replace(path, []byte(strings.Join(lines, "\n")+"\n"))
}

// without takes entries out of their lines, and tells how many. A line that has none left goes, and so does an
// ifplugin with nothing in it.
func without(text []byte, match func(*Entry) bool) (lines []string, gone int) {
	for raw := range bytes.Lines(text) {
		raw := strings.TrimRight(string(raw), "\r\n")
		l, err := parseLine(raw)
		before := len(l.entries)
		if err == nil {
			l.entries = slices.DeleteFunc(l.entries, func(e Entry) bool { return match(&e) })
		}
		gone += before - len(l.entries)
		switch {
		case before > 0 && len(l.entries) == 0:
			continue
		case len(l.entries) < before:
			raw = l.String()
		case l.key == ownEnd && len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == ownOnly:
			lines = lines[:len(lines)-1]
			continue
		}
		lines = append(lines, raw)
	}
	return lines, gone
}

// with puts a line in: one of our own at the end of the last section of ours, others before the first section.
func with(lines []string, l line) []string {
	first := slices.IndexFunc(lines, func(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), "ifplugin") })
	last := len(lines) - 1
	switch {
	case l.key != ownKey && first >= 0:
		return slices.Insert(lines, first, l.String())
	case l.key != ownKey:
		return append(lines, l.String())
	case last >= 0 && lines[last] == ownEnd && ours(lines[:last]):
		return slices.Insert(lines, last, l.String())
	}
	return append(lines, ownOnly, l.String(), ownEnd)
}

// ours tells whether the section that is open at the end of these lines is one of ours, without an else.
func ours(lines []string) bool {
	for _, s := range slices.Backward(lines) {
		switch l, _ := parseLine(s); l.key {
		case "ifplugin":
			return l.rest == "Weir"
		case "else", "endif":
			return false
		}
	}
	return false
}

// replace writes the file anew, with the mode and the owner that it had. A new one is the folder's owner's.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".manual-") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	old, err := os.Stat(path)
	if err == nil {
		err = errors.Join(adopt(f, old), f.Chmod(old.Mode().Perm()))
	} else if old, err = os.Stat(filepath.Dir(path)); err == nil {
		err = adopt(f, old)
	}
	if err == nil {
		_, err = f.Write(text)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s was not changed: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
