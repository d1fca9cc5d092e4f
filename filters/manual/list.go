package manual

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"weir/message/glob"
)

// List is the file's entries, ready to be looked up.
type List struct {
	senders  map[string][]Entry       // by address and domain; *@domain by "@domain"
	patterns []Entry                  // other patterns, which are tried one after the other
	networks map[netip.Prefix][]Entry //
	bits     [129]bool                // lengths of IPv4 and IPv6 prefixes that there are
}

const (
	maxEntries  = 100_000
	maxPatterns = 1000
	maxFile     = 16 << 20
)

// Parse reads a whole file. The error names file and line; all of it is read or nothing.
func Parse(text []byte, file string) (*List, error) {
	l := &List{senders: map[string][]Entry{}, networks: map[netip.Prefix][]Entry{}}
	var under conditions
	n, count := 0, 0
	for text := range bytes.Lines(text) {
		n++
		skipped := under.skip
		ln, err := parseLine(string(text))
		if isCondition := under.take(&ln, &err); isCondition && err == nil || skipped && err != nil && !isCondition {
			continue
		}
		if err == nil && !skipped {
			if count += len(ln.entries); count > maxEntries {
				err = fmt.Errorf("more than %d entries", maxEntries)
			} else {
				err = l.addAll(ln.entries)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if len(under.open) > 0 {
		return nil, fmt.Errorf("%s:%d: an ifplugin without its endif", file, n)
	}
	return l, nil
}

// conditions are the ifplugins around a line, outermost first. Those of plugins that are not Weir are left out.
type conditions struct {
	open []bool // whether the lines of each are read
	skip bool   // the line at hand is left out
}

// take takes ifplugin, else and endif, and tells whether the line was one of them.
func (c *conditions) take(l *line, err *error) bool {
	switch {
	case l.key == "ifplugin" && len(c.open) < 10:
		c.open = append(c.open, l.rest == "Weir")
	case l.key == "ifplugin":
		*err = errors.New("more than 10 ifplugins within each other")
	case (l.key == "else" || l.key == "endif") && len(c.open) == 0:
		*err = fmt.Errorf("%s without an ifplugin", l.key)
	case l.key == "else":
		c.open[len(c.open)-1] = !c.open[len(c.open)-1]
	case l.key == "endif":
		c.open = c.open[:len(c.open)-1]
	default:
		return false
	}
	c.skip = slices.Contains(c.open, false)
	return true
}

func (l *List) addAll(entries []Entry) error {
	for _, e := range entries {
		own, ofDomain := strings.CutPrefix(e.Who, "*@")
		switch {
		case e.Net.IsValid():
			l.networks[e.Net] = append(l.networks[e.Net], e)
			l.bits[e.Net.Bits()] = true
		case !strings.ContainsAny(e.Who, "*?"):
			l.senders[e.Who] = append(l.senders[e.Who], e)
		case ofDomain && !strings.ContainsAny(own, "*?@"):
			l.senders["@"+own] = append(l.senders["@"+own], e)
		case len(l.patterns) == maxPatterns:
			return fmt.Errorf("more than %d patterns: all are tried on each mail", maxPatterns)
		default:
			l.patterns = append(l.patterns, e)
		}
	}
	return nil
}

func (l *List) empty() bool {
	return len(l.senders) == 0 && len(l.networks) == 0 && len(l.patterns) == 0
}

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

// sender visits the entries of an address, its domain, the domains above that, and the patterns that it is like.
func (l *List) sender(address string, visit func([]Entry)) {
	for i := range l.patterns {
		if glob.Match(l.patterns[i].Who, address) {
			visit(l.patterns[i : i+1])
		}
	}
	if len(l.senders) == 0 {
		return
	}
	visit(l.senders[address])
	at := strings.LastIndexByte(address, '@')
	if at >= 0 {
		visit(l.senders[strings.TrimSuffix(address[at:], ".")])
	}
	domain := strings.TrimSuffix(address[at+1:], ".")
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
