// Package addresses has lists of addresses as rules files write them: ann@example.org, *@example.org, *@*.example.org, where *
// stands for any bytes and ? for one.
//
// Stock files name thousands of senders, and each mail is looked up in them: so patterns lie in drawers by the end of
// their domain, and only those of one drawer are tried.
package addresses

import (
	"strings"

	"weir/message/glob"
)

// List is a list of patterns. The zero value is empty and ready. Once it is filled it may be read by any number of goroutines.
type List struct {
	whole   map[string]bool     // patterns as written: an address that is written just so needs no search
	drawers map[string][]string // patterns by what their texts must end in; those that were taken out may be there still
}

// MaxPattern bounds a pattern and what is looked up, in bytes: an address has at most 320.
const MaxPattern = 1024

// Add enters patterns. Case does not matter.
func (l *List) Add(patterns ...string) {
	if l.whole == nil {
		l.whole, l.drawers = map[string]bool{}, map[string][]string{}
	}
	for _, p := range patterns {
		p = strings.ToLower(p)
		if p == "" || l.whole[p] || len(p) > MaxPattern {
			continue
		}
		l.whole[p] = true
		if k := drawer(p); strings.ContainsAny(p, "*?") {
			l.drawers[k] = append(l.drawers[k], p)
		}
	}
}

// Remove takes out patterns that are written just so.
func (l *List) Remove(patterns ...string) {
	for _, p := range patterns {
		delete(l.whole, strings.ToLower(p))
	}
}

// Empty tells whether the list has no pattern.
func (l *List) Empty() bool { return len(l.whole) == 0 }

// Find gives a pattern that the text matches; "" there is none.
func (l *List) Find(text string) string {
	if l.Empty() || len(text) > MaxPattern {
		return ""
	}
	text = strings.ToLower(text)
	if l.whole[text] {
		return text
	}
	two, one := ends(text)
	for _, k := range [...]string{two, one, ""} {
		for _, p := range l.drawers[k] {
			if glob.Match(p, text) && l.whole[p] {
				return p
			}
		}
		if k == "" {
			break
		}
	}
	return ""
}

// drawer tells what every text of a pattern ends in: two labels of a domain, or one, or nothing that is known.
func drawer(pattern string) string {
	tail := pattern[strings.LastIndexAny(pattern, "*?")+1:]
	two, one := ends(tail)
	at := len(tail) - len(two) - 1
	switch {
	case two != "" && two != one && at >= 0:
		return two
	case one != "" && len(tail) > len(one):
		return one
	}
	return ""
}

// ends gives the last two labels of an address's domain, and the last one. A domain of one label gives it twice.
func ends(text string) (two, one string) {
	i := strings.LastIndexAny(text, ".@")
	one = text[i+1:]
	if i < 0 || text[i] == '@' {
		return one, one
	}
	return text[strings.LastIndexAny(text[:i], ".@")+1:], one
}
