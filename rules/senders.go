package rules

import (
	"fmt"
	"slices"
	"strings"

	"weir/message"
	"weir/message/address"
	"weir/message/glob"
	"weir/rules/problem"
	"weir/scoring"
)

// The symbols of local policy: what rules files say of senders by name.
const (
	Welcome        = "RULESET_WELCOME"
	WelcomeDefault = "RULESET_WELCOME_DEFAULT"
	Blocked        = "RULESET_BLOCKED"
	Unproved       = "RULESET_UNPROVED"
	Unsure         = "RULESET_UNSURE"
)

// PolicySymbols declares them with default scores.
var PolicySymbols = []scoring.Symbol{
	{Name: Welcome, Score: -100, Text: "A rules file welcomes the sender (welcomelist_auth), and SPF, DKIM or DMARC prove the domain."},
	{Name: WelcomeDefault, Score: -7.5, Text: "A rules file welcomes the sender by default (def_welcomelist_auth), and the domain is proved."},
	{Name: Blocked, Score: 100, Text: "A rules file blocks the sender (blocklist_auth), and the domain is proved."},
	{Name: Unproved, Score: 8, Text: "The author's domain must authenticate (must_authenticate), and nothing proves it."},
	{Name: Unsure, Text: "The author's domain must authenticate, and whether it does could not be told."},
}

// listed says what a list of senders is for.
type listed uint8

const (
	welcomed listed = iota
	welcomedByDefault
	blocked
	bound // must authenticate
	kinds
)

// senderLists are the directives of lists of senders.
var senderLists = map[string]listed{
	"welcomelist_auth": welcomed, "whitelist_auth": welcomed,
	"def_welcomelist_auth": welcomedByDefault, "def_whitelist_auth": welcomedByDefault,
	"blocklist_auth": blocked, "blacklist_auth": blocked,
	"must_authenticate": bound,
}

// unlisted are the directives that take entries out again.
var unlisted = map[string]listed{
	"unwelcomelist_auth": welcomed, "unwhitelist_auth": welcomed, "unblocklist_auth": blocked, "unblacklist_auth": blocked,
}

// senders are the lists of all files. A mail's address is looked up by its domain and those above it; only patterns
// with a wildcard within the domain are tried one by one.
type senders struct {
	byDomain map[string][]senderEntry
	globs    []senderEntry

	added int              // entries, while files are read
	taken map[takenOut]int // how many had been added when one was taken out
}

// takenOut is a pattern as an unwelcomelist_auth line or its kin has it.
type takenOut struct {
	kind    listed
	pattern string
}

// senderEntry is one pattern.
type senderEntry struct {
	kind    listed
	local   string // pattern of the local part; "*" any
	below   bool   // the names below the domain, not itself
	pattern string // as written, in lower case
	file    string
	line    int
	number  int
}

// maxPattern bounds a pattern; an address has at most 320 bytes.
const maxPattern = 320

// list takes a line of addresses in.
func (p *parser) list(key string, kind listed, value string, out bool) {
	words := strings.Fields(strings.ToLower(value))
	if len(words) == 0 {
		p.problem(Error, key+": no sender", "name addresses such as ann@example.org, or *@example.org")
		return
	}
	for _, w := range words {
		switch hint := badPattern(w, kind); {
		case hint != "":
			p.problem(Error, fmt.Sprintf("%s: %q is no sender", key, w), hint)
		case out:
			p.senders.remove(kind, w)
		default:
			p.senders.add(senderEntry{kind: kind, pattern: w, file: p.at.File, line: p.at.Number})
		}
	}
}

// badPattern says what is wrong with a pattern; "" nothing.
func badPattern(w string, kind listed) string {
	switch {
	case len(w) > maxPattern:
		return fmt.Sprintf("an address has at most %d bytes", maxPattern)
	case kind == bound && strings.ContainsAny(strings.TrimPrefix(w, "*."), "*?@"):
		return "name a domain, such as example.org, or *.example.org for all below it"
	case strings.Trim(w, "*?@.") == "":
		return "this would be everybody"
	case strings.Count(w, "@") > 1 || strings.ContainsAny(w, `<>",;()[]`):
		return "write the bare address, such as ann@example.org or *@example.org"
	}
	return ""
}

// add enters a pattern.
func (s *senders) add(e senderEntry) {
	e.number = s.added
	s.added++
	at := strings.LastIndexByte(e.pattern, '@')
	local, domain := "*", e.pattern
	if at >= 0 {
		local, domain = e.pattern[:at], e.pattern[at+1:]
	}
	stem, below := strings.CutPrefix(domain, "*.")
	if at < 0 && e.kind != bound || strings.ContainsAny(stem, "*?") || stem == "" {
		s.globs = append(s.globs, e)
		return
	}
	e.local, e.below = local, below
	if s.byDomain == nil {
		s.byDomain = map[string][]senderEntry{}
	}
	stem = address.Domain(stem)
	s.byDomain[stem] = append(s.byDomain[stem], e)
}

// remove takes out what was added of a pattern that is written just so, as SpamAssassin does.
func (s *senders) remove(kind listed, pattern string) {
	if s.taken == nil {
		s.taken = map[takenOut]int{}
	}
	s.taken[takenOut{kind, pattern}] = s.added
}

// settle drops what was taken out, when all files have been read.
func (s *senders) settle() {
	gone := func(e senderEntry) bool { return e.number < s.taken[takenOut{e.kind, e.pattern}] }
	s.globs = slices.DeleteFunc(s.globs, gone)
	for domain, list := range s.byDomain {
		if s.byDomain[domain] = slices.DeleteFunc(list, gone); len(s.byDomain[domain]) == 0 {
			delete(s.byDomain, domain)
		}
	}
	s.taken = nil
}

// empty tells whether no file names anybody.
func (s *senders) empty() bool { return len(s.byDomain) == 0 && len(s.globs) == 0 }

// find notes for each kind of list the first entry that an address is on.
func (s *senders) find(local, domain string, found *[kinds]*senderEntry) {
	local, domain = strings.ToLower(local), strings.ToLower(domain)
	for name, below := domain, false; name != ""; below = true {
		list := s.byDomain[name]
		for i := range list {
			if e := &list[i]; e.below == below && found[e.kind] == nil && glob.Match(e.local, local) {
				found[e.kind] = e
			}
		}
		_, name, _ = strings.Cut(name, ".")
	}
	if len(s.globs) == 0 || len(local)+len(domain) >= 2*maxPattern {
		return
	}
	for whole, i := local+"@"+domain, 0; i < len(s.globs); i++ {
		if e := &s.globs[i]; found[e.kind] == nil && glob.Match(e.pattern, whole) {
			found[e.kind] = e
		}
	}
}

// Senders tells what the lists of senders say of a mail. proved tells whether SPF, DKIM or DMARC prove a domain, and
// whether that is known; nil: nothing was checked, and nothing is said.
//
// A list never speaks for a sender who is not proved, since anybody can write any address; nor for an author who can be
// read in several ways.
func (s *Set) Senders(m *message.Message, proved func(domain string) (yes, known bool)) []scoring.Hit {
	if s.senders.empty() || proved == nil {
		return nil
	}
	var found [kinds]*senderEntry
	author := m.Author()
	if !author.Ambiguous && len(author.Addresses) == 1 {
		a := &author.Addresses[0]
		s.speak(a.Local, a.Domain, proved, &found)
	}
	if at := strings.LastIndexByte(m.Envelope.From, '@'); at >= 0 && !author.Ambiguous {
		s.speak(m.Envelope.From[:at], address.Domain(m.Envelope.From[at+1:]), proved, &found)
	}
	hits := spoken(&found)
	if h := s.bound(&author, proved); h.Name != "" && !m.Outgoing {
		hits = append(hits, h)
	}
	return hits
}

// speak looks up an address whose domain is proved.
func (s *Set) speak(local, domain string, proved func(string) (yes, known bool), found *[kinds]*senderEntry) {
	if yes, _ := proved(domain); yes && domain != "" {
		s.senders.find(local, domain, found)
	}
}

// spoken makes symbols of entries. An explicit welcome makes one by default needless.
func spoken(found *[kinds]*senderEntry) (hits []scoring.Hit) {
	if found[welcomed] != nil {
		found[welcomedByDefault] = nil
	}
	for kind, name := range [...]string{welcomed: Welcome, welcomedByDefault: WelcomeDefault, blocked: Blocked} {
		if e := found[kind]; e != nil {
			hits = append(hits, scoring.Hit{Name: name, Detail: e.place()})
		}
	}
	return hits
}

func (e *senderEntry) place() string { return fmt.Sprintf("%s (%s:%d)", e.pattern, e.file, e.line) }

// bound checks the domains that must authenticate: every one that a program may show as the author's.
func (s *Set) bound(author *address.Author, proved func(string) (yes, known bool)) (hit scoring.Hit) {
	for _, domain := range author.Domains {
		var found [kinds]*senderEntry
		s.senders.find("", domain, &found)
		e := found[bound]
		if e == nil {
			continue
		}
		switch yes, known := proved(domain); {
		case yes && !author.Ambiguous:
		case !known:
			if hit.Name == "" {
				hit = scoring.Hit{Name: Unsure, Detail: problem.Printable(domain) + ", by " + e.place()}
			}
		default:
			return scoring.Hit{Name: Unproved, Detail: problem.Printable(domain) + ", by " + e.place()}
		}
	}
	return hit
}
