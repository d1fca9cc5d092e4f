package manual

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The file is written in the language of rules files, so that SpamAssassin can load it as well:
//
//	welcomelist_auth joe@example.org                  # allow, where the sender is proved
//	welcomelist_from *@example.com *@*.example.com    # allow in any case: a domain and all below it
//	blocklist_from   *@example.net *@*.example.net
//	ifplugin Weir
//	manual allow 192.0.2.0/24 until 2027-01-31        # what SpamAssassin has no words for
//	manual block example.net for bob@example.org
//	endif
//
// line is one of them.
type line struct {
	key     string  // the directive; "" for an empty line
	entries []Entry //
	rest    string  // what follows a directive that holds no entries
}

// lists are SpamAssassin's directives that name senders, and what they say of them.
var lists = map[string]Entry{
	"welcomelist_auth": {}, "whitelist_auth": {},
	"welcomelist_from": {Forced: true}, "whitelist_from": {Forced: true},
	"blocklist_from": {Block: true}, "blacklist_from": {Block: true},
}

// ownKey is the directive of what SpamAssassin has no words for. It stands between ifplugin and endif.
const (
	ownKey  = "manual"
	ownOnly = "ifplugin Weir"
	ownEnd  = "endif"
)

// parseLine reads a line, whatever conditions it is under.
func parseLine(text string) (l line, err error) {
	text, _, _ = strings.Cut(text, "#")
	l.key, l.rest, _ = strings.Cut(strings.TrimSpace(text), " ")
	if key, rest, ok := strings.Cut(l.key, "\t"); ok {
		l.key, l.rest = key, rest+" "+l.rest
	}
	l.rest = strings.TrimSpace(l.rest)
	if kind, ok := lists[l.key]; ok {
		l.entries, err = patterns(strings.Fields(l.rest), kind)
		return l, err
	}
	switch l.key {
	case "", "ifplugin", "else", "endif":
	case ownKey:
		var e Entry
		e, err = ParseEntry(l.rest)
		l.entries = []Entry{e}
	default:
		err = fmt.Errorf("%q is no directive of this file: it holds welcomelist_auth, welcomelist_from, blocklist_from and manual; rules belong into a rules file", l.key)
	}
	return l, err
}

// patterns reads addresses as SpamAssassin writes them. A domain with all below it is two of them.
func patterns(words []string, kind Entry) (list []Entry, err error) {
	if len(words) == 0 {
		return nil, errors.New("name an address, or a domain as *@example.org *@*.example.org")
	}
	for i := range words {
		words[i] = strings.ToLower(words[i])
	}
	for _, word := range words {
		domain, below := strings.CutPrefix(word, "*@*.")
		if below && plain(domain) && slices.Contains(words, "*@"+domain) {
			continue // said with the other
		}
		e := kind
		if e.Who, err = pattern(word); err != nil {
			return nil, err
		}
		if domain, ok := strings.CutPrefix(word, "*@"); ok && plain(domain) && slices.Contains(words, "*@*."+domain) {
			if e.Who, err = name(domain); err != nil {
				return nil, err
			}
		}
		list = append(list, e)
	}
	return list, nil
}

// plain tells whether a domain is no pattern.
func plain(domain string) bool { return !strings.ContainsAny(domain, "*?") }

// pattern reads an address with * for any characters and ? for one.
func pattern(word string) (string, error) {
	if !strings.ContainsAny(word, "*?") {
		if !strings.Contains(word, "@") {
			return "", fmt.Errorf("%q is no address: a domain is written as *@%s *@*.%s", word, word, word)
		}
		return name(word)
	}
	if strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '/' }) || len(word) > 320 {
		return "", fmt.Errorf("%q is no address, nor a pattern of one", word)
	}
	return word, nil
}

// lineOf gives the line of an entry.
func lineOf(e Entry) line {
	if e.Net.IsValid() || e.For != "" || !e.Until.IsZero() {
		return line{key: ownKey, entries: []Entry{e}}
	}
	key := "welcomelist_auth"
	switch {
	case e.Block:
		key = "blocklist_from"
	case e.Forced:
		key = "welcomelist_from"
	}
	return line{key: key, entries: []Entry{e}}
}

// String writes the line that parseLine reads.
func (l line) String() string {
	words := []string{l.key}
	for _, e := range l.entries {
		switch {
		case l.key == ownKey:
			words = append(words, e.String())
		case !strings.ContainsAny(e.Who, "@*?"):
			words = append(words, "*@"+e.Who, "*@*."+e.Who)
		default:
			words = append(words, e.Who)
		}
	}
	return strings.Join(words, " ")
}
