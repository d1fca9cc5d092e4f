package archive

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// marker is what tests look for: it stands for a virus.
const marker = "WEIR-TEST-MARKER: found wherever it is packed"

// lister wants everything, goes into everything and notes what it is shown.
type lister struct {
	lines  []string
	found  []string // trails of entries that hold the marker
	skip   func(*Entry) bool
	most   int // bytes of the largest entry
	broken bool
}

func (l *lister) Want(e *Entry) bool { return l.skip == nil || !l.skip(e) }

func (l *lister) Visit(e *Entry) bool {
	path := strings.Join(append(e.Trail[:len(e.Trail):len(e.Trail)], e.Name), " > ")
	l.most = max(l.most, len(e.Data))
	if e.Problem != None {
		l.broken = true
	}
	if strings.Contains(string(e.Data), marker) {
		l.found = append(l.found, path)
	}
	line := fmt.Sprintf("%s %s", e.Format, path)
	for _, flag := range []struct {
		on   bool
		text string
	}{{e.Problem != None, "[" + e.Problem.String() + "]"}, {e.Hidden, "[hidden]"}, {e.Kind == Dir, "[dir]"}, {e.Kind == Link, "[link]"}, {e.Kind == Device, "[device]"}, {e.Local != "", "[" + e.Local + "]"}} {
		if flag.on {
			line += " " + flag.text
		}
	}
	l.lines = append(l.lines, line)
	return true
}

// walk goes through data and gives what was seen.
func walk(t testing.TB, name string, data []byte, lim Limits) *lister {
	t.Helper()
	l := &lister{}
	New(context.Background(), lim, l).Walk(name, data)
	return l
}

func (l *lister) has(part string) bool { return strings.Contains(strings.Join(l.lines, "\n"), part) }
