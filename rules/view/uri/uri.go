// Package uri finds the links of a message as rules see them.
//
// A link rule is tried on every link in several dresses: as it was written, with its escapes undone, with the user's name
// and a default port left out, with numbers as an IP address, and on what a redirector leads to. Which texts count as
// links, and which dresses each gets, decides what rules hit, so both follow SpamAssassin's reading: a hybrid of what mail
// programs make clickable in text, and what HTML's tags refer to. (Where a click leads in a browser, says message/link.)
//
// All is done in single scans over bytes, and bounded: links of more than MaxLength bytes are cut, and a message has at
// most MaxLinks of them.
package uri

import "weir/rules/view/domain"

// The bounds.
const (
	MaxLength  = 8192    // bytes of one link
	MaxLinks   = 10_000  // links of a message
	MaxText    = 4 << 20 // bytes of all dresses of a message's links
	maxTargets = 25      // redirectors within one link
)

// Types say where a link was found: a set of bits.
type Types uint32

// The types beside the tags of HTML (tag.go).
const (
	Parsed     Types = 1 << iota // in text
	Schemeless                   // in text, written without a scheme
	Unlinked                     // schemeless, and no mail program would make it clickable
	Signed                       // the domain of a signature
)

// Link is a link as it was found, with all that is known of it.
type Link struct {
	Raw   string   // as found; one from text has a scheme put in front where it had none
	Types Types    // where it was found; 0: only as the target of an anchor
	Texts []string // what the anchors show that lead to it

	wide    bool     // found in HTML, where escapes speak of characters, not of bytes
	cleaned []string // Raw and its other dresses
	hidden  bool     // link rules do not see it
	hosts   []Host
	looked  bool // hosts are filled
}

// Host is a host that a link leads to, and the domain that it belongs to.
type Host struct{ Name, Domain string }

// Cleaned lists the dresses of a link, Raw first.
func (l *Link) Cleaned() []string { return l.cleaned }

// Reader finds links. It is safe for concurrent use.
type Reader struct {
	Domains     *domain.Registries
	Redirectors []Redirector
}

// Redirector finds where a link that leads elsewhere goes to.
type Redirector interface {
	// Target gives what the first group of the pattern caught.
	Target(link string) (target string, ok bool)
}

// Hosts lists the hosts of all dresses of a link, each once: only those that end in a known top-level domain, and IP
// addresses.
func (r *Reader) Hosts(l *Link) []Host {
	if l.looked {
		return l.hosts
	}
	l.looked = true
	for _, s := range l.cleaned {
		if h, ok := r.host(s); ok && !hasHost(l.hosts, h.Name) {
			l.hosts = append(l.hosts, h)
		}
	}
	return l.hosts
}

func hasHost(hosts []Host, name string) bool {
	for i := range hosts {
		if hosts[i].Name == name {
			return true
		}
	}
	return false
}

// leads tells whether a link leads anywhere.
func (r *Reader) leads(l *Link) bool {
	if l.looked {
		return len(l.hosts) > 0
	}
	for _, s := range l.cleaned {
		if _, ok := r.host(s); ok {
			return true
		}
	}
	return false
}
