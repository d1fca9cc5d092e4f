package embedded

import (
	"slices"
	"strings"
)

// A site's tables stay in memory for good. Those of domains and people are as many as there are people: when they take
// more than scopedBytes, those that were used longest ago go, and are read again when they are wanted.

const (
	scopedBytes = 8 << 20
	tableHead   = 600 // bytes of a table without its cells
)

func isScoped(path string) bool { return strings.Contains(path, ":") }

// size is what a table takes in memory.
func (t *table) size() int { return tableHead + 4*len(t.view) }

// grown notes that a table takes more memory than before. The store's lock is held.
func (s *Store) grown(path string, bytes int) {
	if isScoped(path) {
		s.scoped += bytes
	}
}

// unload lets tables with a scope go, a quarter of them at once, where they take too much. What is not written yet stays, and
// what others read. The store's lock is held.
func (s *Store) unload() {
	if s.scoped <= scopedBytes {
		return
	}
	s.scoped = 0
	var idle []string
	for path, t := range s.tables {
		if !isScoped(path) {
			continue
		}
		s.scoped += t.size()
		if s.idle(path, t) {
			idle = append(idle, path)
		}
	}
	slices.SortFunc(idle, func(a, b string) int { return int(s.tables[a].used) - int(s.tables[b].used) })
	for _, path := range idle {
		if s.scoped <= scopedBytes*3/4 {
			return
		}
		s.scoped -= s.tables[path].size()
		delete(s.tables, path)
	}
}

// idle tells whether the file has all that a table holds, and nobody reads it.
func (s *Store) idle(path string, t *table) bool {
	return !t.shared && !t.changed && !t.cleared && len(t.log) == 0 && (s.flushing == nil || s.flushing.tables[path] == nil)
}
