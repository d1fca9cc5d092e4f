// Package freemail tells addresses at free mail providers, in header fields and in the text.
//
// A stranger who writes from one free address and wants to be answered at another, as the letters of advance-fee fraud do,
// is what these functions look for. Which domains give addresses to anybody is said by the rules files (freemail_domains).
package freemail

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/addresses"
	"weir/rules/view"
)

// Room is the family of functions. Make it with New.
type Room struct {
	domains  map[string]bool
	patterns []string       // domains with * and ?
	matcher  *regexp.Regexp // of patterns; made when the first call is bound
	ignored  map[string]bool
	welcome  map[string]*addresses.List // welcomelist_auth and def_welcomelist_auth
	numbers  map[string]int
	first    []eval.Check // bound calls that look at the text
}

// New makes a room that knows no provider.
func New() *Room {
	return &Room{
		domains: map[string]bool{}, ignored: map[string]bool{},
		welcome: map[string]*addresses.List{"welcomelist_auth": {}, "def_welcomelist_auth": {}},
		numbers: map[string]int{
			maxAddresses: 5, maxFree: 3, skipMany: 1, skipBulk: 1, "freemail_add_describe_email": 1, importAuth: 0, importDefault: 0,
		},
	}
}

// The settings that are numbers.
const (
	maxAddresses  = "freemail_max_body_emails"
	maxFree       = "freemail_max_body_freemails"
	skipMany      = "freemail_skip_when_over_max"
	skipBulk      = "freemail_skip_bulk_envfrom"
	importAuth    = "freemail_import_welcomelist_auth"
	importDefault = "freemail_import_def_welcomelist_auth"
)

// Plugins implements eval.Room.
func (r *Room) Plugins() []string { return []string{"FreeMail"} }

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	key = strings.Replace(key, "whitelist", "welcomelist", 1)
	words := strings.Fields(strings.ToLower(value))
	if _, number := r.numbers[key]; number {
		n, err := strconv.Atoi(value)
		if err != nil {
			return true, fmt.Errorf("%q is no number", value)
		}
		r.numbers[key] = n
		return true, nil
	}
	switch key {
	case "freemail_domains":
		return true, r.addDomains(words)
	case "freemail_welcomelist":
		return true, r.ignore(words)
	case "welcomelist_auth", "def_welcomelist_auth":
		r.welcome[key].Add(words...)
		return true, nil
	case "unwelcomelist_auth":
		r.welcome["welcomelist_auth"].Remove(words...)
		r.welcome["def_welcomelist_auth"].Remove(words...)
		return true, nil
	}
	return false, nil
}

// Bounds of domains with wildcards. Each address of a mail is compared with all of them.
const (
	maxPatterns = 1000
	maxPattern  = 255 // bytes: no domain is longer
)

// addDomains enters providers. What is no domain is told, and the others count.
func (r *Room) addDomains(words []string) (err error) {
	for _, w := range words {
		switch {
		case strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789.*?-") != "":
			err = fmt.Errorf("%q is no domain; write them as in gmail.com, or yahoo.* for all of a name", w)
		case strings.ContainsAny(w, "*?"):
			if len(r.patterns) == maxPatterns || len(w) > maxPattern {
				return fmt.Errorf("more than %d domains with * or ? in all, or one of more than %d bytes; name domains without them", maxPatterns, maxPattern)
			}
			r.patterns = append(r.patterns, w)
			r.matcher = nil
		default:
			r.domains[w] = true
		}
	}
	if len(words) == 0 {
		return errors.New("no domain; name some, such as gmail.com")
	}
	return err
}

// ignore enters addresses and domains that do not count.
func (r *Room) ignore(words []string) (err error) {
	for _, w := range words {
		if i := strings.IndexAny(w, ".@"); i < 1 || i == len(w)-1 {
			err = fmt.Errorf("%q is neither an address nor a domain", w)
			continue
		}
		r.ignored[w] = true
	}
	return err
}

// compile makes one pattern of all domains with wildcards. * stands for what has no dot in it, ? for any byte.
func (r *Room) compile() {
	if r.matcher != nil || len(r.patterns) == 0 {
		return
	}
	alternatives := make([]string, len(r.patterns))
	for i, p := range r.patterns {
		alternatives[i] = strings.NewReplacer(`\*`, `[^.]*`, `\?`, `.`).Replace(regexp.QuoteMeta(p))
	}
	r.matcher = regexp.MustCompile(`@(?:` + strings.Join(alternatives, "|") + `)$`)
}

// available tells whether any provider is known.
func (r *Room) available() bool { return len(r.domains)+len(r.patterns) > 0 }

// service are mailboxes of services, which say nothing of a person, also at a provider: the names of roles, and of what
// providers make for bounces, for forwarding and for the ids of messages.
var service = regexp.MustCompile(`(?i)^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host|domain)master|undisclosed.*|` +
	`request-[a-f0-9]{16}|bounced?-|[a-f0-9]{8}(?:\.[a-f0-9]{8}|(?:-[a-f0-9]{4}){3}-[a-f0-9]{12})|.+=.+=.+)@`)

// free tells whether an address, in lower case, is at a provider.
func (r *Room) free(address string) bool {
	domain := address[strings.LastIndexByte(address, '@')+1:]
	if address == "" || r.ignored[address] || r.ignored[domain] || !r.domains[domain] && (r.matcher == nil || !r.matcher.MatchString(address)) {
		return false
	}
	return !service.MatchString(address) && !r.welcomed(address)
}

// welcomed tells whether the lists of those who prove themselves make an address none of these.
func (r *Room) welcomed(address string) bool {
	return r.numbers[importAuth] != 0 && r.welcome["welcomelist_auth"].Find(address) != "" ||
		r.numbers[importDefault] != 0 && r.welcome["def_welcomelist_auth"].Find(address) != ""
}

// anyFree tells whether one of several addresses is free.
func (r *Room) anyFree(list []string) bool {
	return slices.ContainsFunc(list, func(a string) bool { return r.free(strings.ToLower(a)) })
}

// values gives the addresses of a header field, in lower case.
func values(m *view.Mail, target string) []string {
	list := m.List(target)
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = strings.ToLower(strings.TrimSuffix(v, "\n"))
	}
	return out
}
