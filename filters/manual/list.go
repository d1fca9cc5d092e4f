package manual

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// List is the file's entries, ready to be looked up.
type List struct {
	senders  map[string][]Entry       // by address and domain
	networks map[netip.Prefix][]Entry //
	bits     [129]bool                // lengths of IPv4 and IPv6 prefixes that there are
}

const (
	maxEntries = 100_000
	maxFile    = 16 << 20
)

// Parse reads a whole file. The error names file and line; all of it is read or nothing.
func Parse(text []byte, file string) (*List, error) {
	l := &List{senders: map[string][]Entry{}, networks: map[netip.Prefix][]Entry{}}
	n, count := 0, 0
	for line := range bytes.Lines(text) {
		n++
		words, _, _ := strings.Cut(strings.TrimSpace(string(line)), "#")
		if words = strings.TrimSpace(words); words == "" {
			continue
		}
		e, err := ParseEntry(words)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if count++; count > maxEntries {
			return nil, fmt.Errorf("%s:%d: more than %d entries", file, n, maxEntries)
		}
		l.add(e)
	}
	return l, nil
}

func (l *List) add(e Entry) {
	if e.Net.IsValid() {
		l.networks[e.Net] = append(l.networks[e.Net], e)
		l.bits[e.Net.Bits()] = true
		return
	}
	l.senders[e.Who] = append(l.senders[e.Who], e)
}

func (l *List) empty() bool { return len(l.senders) == 0 && len(l.networks) == 0 }

// network visits the entries of all networks that an address is in.
func (l *List) network(a netip.Addr, visit func([]Entry)) {
	if a = a.Unmap().WithZone(""); !a.IsValid() || len(l.networks) == 0 {
		return
	}
	for bits := range a.BitLen() + 1 {
		if l.bits[bits] {
			p, _ := a.Prefix(bits)
			visit(l.networks[p])
		}
	}
}

// sender visits the entries of an address, its domain, and the domains above that.
func (l *List) sender(address string, visit func([]Entry)) {
	if len(l.senders) == 0 {
		return
	}
	visit(l.senders[address])
	domain := strings.TrimSuffix(address[strings.LastIndexByte(address, '@')+1:], ".")
	for range 128 {
		visit(l.senders[domain])
		_, parent, ok := strings.Cut(domain, ".")
		if !ok {
			return
		}
		domain = parent
	}
}

// stamp tells whether a file has changed. The zero value: there is none.
type stamp struct {
	size int64
	time time.Time
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.Size(), info.ModTime()}
}

// load reads the file. One that is not there is empty.
func load(path string) (*List, stamp, error) {
	s := stampOf(path)
	if s.size > maxFile {
		return nil, s, fmt.Errorf("%s is larger than %d bytes", path, maxFile)
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &List{}, s, nil
	}
	if err != nil {
		return nil, s, err
	}
	l, err := Parse(text, path)
	return l, s, err
}

// Change puts an entry into the file, in place of those for the same sender and recipient, or with remove only takes
// those out. Comments and other lines stay. The file is written anew and moved into place, so that nobody reads half
// of it. It returns how many lines went.
func Change(path string, e Entry, remove bool) (gone int, err error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if _, err := Parse(text, path); err != nil {
		return 0, fmt.Errorf("%w: mend this line first", err)
	}
	var out bytes.Buffer
	for line := range bytes.Lines(text) {
		words, _, _ := strings.Cut(string(line), "#")
		if old, err := ParseEntry(strings.TrimSpace(words)); err == nil && old.Who == e.Who && old.Net == e.Net && old.For == e.For && (!remove || old.Block == e.Block) {
			gone++
			continue
		}
		out.Write(bytes.TrimRight(line, "\r\n"))
		out.WriteByte('\n')
	}
	if !remove {
		fmt.Fprintln(&out, e)
	}
	return gone, replace(path, out.Bytes())
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
