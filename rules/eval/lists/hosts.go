package lists

import (
	"errors"
	"fmt"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// The lists of hosts that have directives and functions of their own.
const (
	block   = "BLOCK"
	welcome = "WELCOME"
)

// enlistHosts reads (NAME) host !host …; to take hosts out, the name may be left out, which means all lists.
func (r *Room) enlistHosts(value string, out bool) error {
	name, words, ok := named(value)
	if !out {
		if !ok {
			return errors.New("write it so: enlist_uri_host (NAME) example.org !good.example.org")
		}
		r.addHosts(name, words)
		return nil
	}
	lists := []string{name}
	if !ok {
		if words = strings.Fields(value); len(words) == 0 || strings.HasPrefix(words[0], "(") {
			return errors.New("write it so: delist_uri_host (NAME) example.org")
		}
		lists = lists[:0]
		for n := range r.hosts {
			lists = append(lists, n)
		}
	}
	for _, n := range lists {
		for _, w := range words {
			delete(r.hosts[n], host(w))
		}
	}
	return nil
}

func host(word string) string { return strings.ToLower(strings.TrimPrefix(word, "!")) }

// addHosts enters hosts; one with ! in front is an exception.
func (r *Room) addHosts(name string, words []string) {
	if r.hosts[name] == nil {
		r.hosts[name] = map[string]bool{}
	}
	for _, w := range words {
		r.hosts[name][host(w)] = !strings.HasPrefix(w, "!")
	}
}

// bindHosts binds the functions that look the hosts of links up.
func (r *Room) bindHosts(name string, c eval.Call) (eval.Check, error) {
	list := map[string]string{"check_uri_host_in_blocklist": block, "check_uri_host_in_welcomelist": welcome}[name]
	if list == "" {
		var there bool
		if list, there = args.Text(c, 0); !there {
			return nil, fmt.Errorf("%s: no list; name one that enlist_uri_host made", c.Name)
		}
	}
	entries := r.hosts[list]
	return func(m *view.Mail) int {
		if len(entries) == 0 {
			return 0
		}
		for _, h := range linkHosts(m) {
			if yes, known := lookUp(entries, h); known && yes {
				return 1
			}
		}
		return 0
	}, nil
}

// maxNames bounds how many names of a host are looked up: the host and those above it, the last ones if it has more.
const maxNames = 11

// lookUp finds the closest entry for a host: itself, or the domain that is nearest above it.
func lookUp(entries map[string]bool, name string) (yes, known bool) {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		name = strings.TrimSuffix(inner, "]")
		yes, known = entries[name]
		return yes, known
	}
	if isIPv4(name) {
		yes, known = entries[name]
		return yes, known
	}
	for n := strings.Count(name, "."); name != ""; n-- {
		if yes, known = entries[name]; known && n < maxNames {
			return yes, true
		}
		var dot bool
		if _, name, dot = strings.Cut(name, "."); !dot {
			break
		}
	}
	return false, false
}

func isIPv4(s string) bool {
	return strings.Count(s, ".") == 3 && strings.Trim(s, "0123456789.") == "" && !strings.Contains(s, "..") && s[0] != '.' && s[len(s)-1] != '.'
}

type hostsKey struct{}

// linkHosts gives the hosts of all links, each once, in lower case.
func linkHosts(m *view.Mail) []string {
	return view.Once(m, hostsKey{}, func() (hosts []string) {
		seen := map[string]bool{}
		reader, links := m.Set.Links(), m.URIDetails()
		for i := range links {
			if mailto(links[i].Raw) {
				continue
			}
			for _, h := range reader.Hosts(&links[i]) {
				if !seen[h.Name] {
					seen[h.Name] = true
					hosts = append(hosts, h.Name)
				}
			}
		}
		return hosts
	})
}

func mailto(uri string) bool { return len(uri) >= 7 && strings.EqualFold(uri[:7], "mailto:") }
