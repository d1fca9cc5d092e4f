package relay

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// maxList bounds the recipients file.
const maxList = 256 << 20

// listFile is a file of recipients, read again when it has changed. A new state that is broken is not taken: the old
// one stays.
type listFile struct {
	path  string
	fault func(error) // told when a changed file can't be used; may be nil

	mu      sync.Mutex
	entries map[string]struct{}
	checked time.Time
	size    int64
	mod     time.Time
}

func openList(path string) (*listFile, error) {
	l := &listFile{path: path}
	return l, l.read()
}

// has tells whether an address, or its whole domain, is listed, in any case.
func (l *listFile) has(to string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.checked) > time.Second {
		l.refresh()
	}
	to = folded(to)
	if _, ok := l.entries[to]; ok {
		return true
	}
	_, ok := l.entries[to[strings.LastIndexByte(to, '@')+1:]]
	return ok
}

// folded is an address as it is looked up: lower case, domain in A-labels.
func folded(to string) string {
	at := strings.LastIndexByte(to, '@')
	domain, _ := canonical(to[at+1:])
	return strings.ToLower(to[:at+1]) + domain
}

func (l *listFile) refresh() {
	l.checked = time.Now()
	info, err := os.Stat(l.path)
	if err != nil || info.Size() == l.size && info.ModTime().Equal(l.mod) {
		return
	}
	l.size, l.mod = info.Size(), info.ModTime()
	if err := l.read(); err != nil && l.fault != nil {
		l.fault(err)
	}
}

func (l *listFile) read() error {
	info, err := os.Stat(l.path)
	if err != nil {
		return fmt.Errorf("recipients_file: %w", err)
	}
	if info.Size() > maxList {
		return fmt.Errorf("recipients_file: %s has %d bytes; at most %d are read", l.path, info.Size(), maxList)
	}
	text, err := os.ReadFile(l.path)
	if err != nil {
		return fmt.Errorf("recipients_file: %w", err)
	}
	entries, err := parseList(text)
	if err != nil {
		return fmt.Errorf("recipients_file: %s:%w", l.path, err)
	}
	l.entries, l.size, l.mod, l.checked = entries, info.Size(), info.ModTime(), time.Now()
	return nil
}

// parseList reads "user@example.com" and "@example.com" lines; # begins a comment. Whole domains are kept without @.
func parseList(text []byte) (map[string]struct{}, error) {
	entries := map[string]struct{}{}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		word := strings.TrimSpace(string(line))
		if word == "" || word[0] == '#' {
			continue
		}
		local, domain, ok := cutLast(word)
		d, valid := canonical(domain)
		if !ok || !valid || !safeAddress(word) {
			return nil, fmt.Errorf("%d: %.60q is no address, and no @ with a domain behind it", n, word)
		}
		if local != "" {
			d = strings.ToLower(local) + "@" + d
		}
		entries[d] = struct{}{}
	}
	return entries, nil
}

func cutLast(s string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return "", s, false
	}
	return s[:at], s[at+1:], true
}
