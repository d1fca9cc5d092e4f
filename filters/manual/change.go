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
// of it. It returns how many entries went.
func Change(path string, e Entry, remove bool) (gone int, err error) {
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

func replace(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".manual-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
