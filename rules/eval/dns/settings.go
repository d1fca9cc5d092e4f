package dns

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// settings are what files say about questions.
type settings struct {
	skipLists  bool // skip_rbl_checks
	skipLinks  bool // skip_uribl_checks
	skipMail   bool // uridnsbl_skip_mailto
	maxDomains int  // uridnsbl_max_domains
	maxRelays  int  // num_check_received
	headers    []string
	known      map[string]bool     // domains of links that no list is asked about
	restricted map[string]bool     // true: not to be asked; false: to be asked all the same
	blockers   map[string][]string // dns_block_rule: domains by rule
	blockTime  time.Duration       // dns_block_time
	wait       time.Duration       // rbl_timeout
}

func defaults() settings {
	return settings{
		skipMail: true, maxDomains: 20, maxRelays: 9, blockTime: 300 * time.Second, wait: 15 * time.Second,
		headers:    []string{"EnvelopeFrom", "Reply-To", "Disposition-Notification-To", "X-WebmailclientIP", "X-Source-IP"},
		known:      map[string]bool{},
		restricted: map[string]bool{},
		blockers:   map[string][]string{},
	}
}

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	value = strings.TrimSpace(value)
	switch key {
	case "uridnsbl", "uridnssub", "urirhsbl", "urirhssub", "urinsrhsbl", "urinsrhssub", "urifullnsrhsbl", "urifullnsrhssub":
		return true, r.addLink(key, value)
	case "askdns":
		return true, nil
	case "uridnsbl_skip_domain":
		return true, r.skip(value)
	case "clear_uridnsbl_skip_domain":
		return true, r.unskip(value)
	case "dns_query_restriction":
		return true, r.restrict(value)
	case "clear_dns_query_restriction", "clear_dns_query_restrictions":
		clear(r.restricted)
		return true, nil
	case "dns_block_rule":
		return true, r.blockRule(value)
	case "rbl_headers":
		r.headers = strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ' ' })
		return true, nil
	case "rbl_timeout":
		return true, r.timeout(value)
	}
	return r.setNumber(key, value)
}

// setNumber takes settings that are a number, or 0 or 1.
func (r *Room) setNumber(key, value string) (known bool, err error) {
	switch key {
	case "skip_rbl_checks", "skip_uribl_checks", "uridnsbl_skip_mailto", "uridnsbl_max_domains", "num_check_received", "dns_block_time":
	default:
		return false, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return true, fmt.Errorf("%s takes a number, not %q", key, value)
	}
	switch key {
	case "skip_rbl_checks":
		r.skipLists = n != 0
	case "skip_uribl_checks":
		r.skipLinks = n != 0
	case "uridnsbl_skip_mailto":
		r.skipMail = n != 0
	case "uridnsbl_max_domains":
		r.maxDomains = n
	case "num_check_received":
		r.maxRelays = n
	case "dns_block_time":
		r.blockTime = time.Duration(n) * time.Second
	}
	return true, nil
}

var errDomains = errors.New("write domains with blanks between")

func (r *Room) skip(value string) error {
	names := strings.Fields(strings.ToLower(value))
	if len(names) == 0 {
		return errDomains
	}
	for _, name := range names {
		r.known[name] = true
	}
	return nil
}

// unskip takes domains off the list; all of them if none is given.
func (r *Room) unskip(value string) error {
	names := strings.Fields(strings.ToLower(value))
	if len(names) == 0 {
		clear(r.known)
	}
	for _, name := range names {
		delete(r.known, name)
	}
	return nil
}

func (r *Room) restrict(value string) error {
	words := strings.Fields(strings.ToLower(value))
	if len(words) < 2 || words[0] != "allow" && words[0] != "deny" {
		return errors.New("write allow or deny, and domains behind it")
	}
	for _, name := range words[1:] {
		r.restricted[strings.Trim(name, ".")] = words[0] == "deny"
	}
	return nil
}

func (r *Room) blockRule(value string) error {
	words := strings.Fields(value)
	if len(words) < 2 {
		return errors.New("write the name of a rule, and domains behind it")
	}
	for _, name := range words[1:] {
		name = strings.Trim(strings.ToLower(name), ".")
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != "" {
			return fmt.Errorf("%q is no domain", name)
		}
		r.blockers[words[0]] = append(r.blockers[words[0]], name)
	}
	return nil
}

// timeout reads the longest time that answers are waited for, in seconds or with a unit behind it. What may follow it
// (the shortest time, and a zone) has no meaning here: all answers are awaited together.
func (r *Room) timeout(value string) error {
	words := strings.Fields(value)
	if len(words) == 0 {
		return errors.New("write a number of seconds")
	}
	if len(words) > 2 || len(words) == 2 && words[1][0] > '9' {
		return nil // of one zone
	}
	text := words[0]
	if text[len(text)-1] <= '9' {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no number of seconds", words[0])
	}
	r.wait = d
	return nil
}

// closed tells whether a name may not be asked for: by a restriction of its own or of the nearest domain above it, or
// since a rule told that its list refuses us.
func (r *Room) closed(name string, now time.Time) bool {
	for domain := name; domain != ""; {
		if r.isBlocked(domain, now) {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	if len(r.restricted) == 0 {
		return false
	}
	for domain := name; domain != ""; {
		if deny, ok := r.restricted[domain]; ok {
			return deny
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return r.restricted["*"]
}

func (r *Room) isBlocked(domain string, now time.Time) bool {
	if len(r.blockers) == 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	until, ok := r.blocked[domain]
	return ok && now.Before(until)
}

// block closes the domains that a rule that hit speaks for.
func (r *Room) block(rule string, now time.Time) {
	domains := r.blockers[rule]
	if len(domains) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, domain := range domains {
		r.blocked[domain] = now.Add(r.blockTime)
	}
}
