package dnslist

import (
	"fmt"
	"strings"
	"time"

	"weir/filters"
)

// state is what is known of a list's health.
type state uint8

const (
	unproved   state = iota // not probed yet: what it lists does not count until it is
	well                    // both probes were as they must be
	silent                  // it did not answer in time, or with an error
	refusing                // it answers that it will not answer us
	everything              // it lists what must not be listed
	empty                   // it does not list what must be listed
	odd                     // it answers as no list does
)

// stateWords are the kinds of filters.Trouble, in metrics and logs.
var stateWords = [...]string{"unproved", "well", "silent", "refuses", "lists_everything", "empty", "strange"}

// advice says what each trouble means and what to do.
var advice = map[state]string{
	silent:     "does not answer: mail is judged without it; it is tried again by itself",
	refusing:   "refuses to answer us: lists do not serve public resolvers (set a resolver of your own), large sites without a contract, or zones that are mistyped; mail is judged without it",
	everything: "lists what no list may list (RFC 5782 section 5): it has been closed, or its domain sold; it is off until that ends, take it out of the config",
	empty:      "does not list its own test entry (RFC 5782 section 5): it was emptied, or a resolver hides its answers; it is off until that ends",
	odd:        "answers with addresses that are no list's: its domain was sold, or a resolver changes answers; it is off until that ends",
}

// pace is how often lists are probed. Tests use a quicker one.
type pace struct {
	fresh  time.Duration // a listing triggers a probe when the last good one is older
	stale  time.Duration // a listing waits for a probe when the last good one is older
	idle   time.Duration // a list in use is probed at least so often
	retry  time.Duration // first wait after a failed probe; doubled each time
	longer time.Duration // longest wait
	limit  time.Duration // for the answers to one probe
	quiet  time.Duration // between probes because of errors
}

// usual keeps a list that goes bad from counting for more than two minutes (CASES C19).
var usual = pace{fresh: time.Minute, stale: 2 * time.Minute, idle: 10 * time.Minute, retry: 5 * time.Second, longer: 10 * time.Minute, limit: 5 * time.Second, quiet: 10 * time.Second}

// health is guarded by list.mu.
type health struct {
	state   state
	since   time.Time     // of the state
	detail  string        // what was seen
	good    time.Time     // when the last good probe began
	tried   time.Time     // when the last probe began
	used    time.Time     // when it was last asked about mail
	wait    time.Duration // until the next probe, while it is not well
	running chan struct{} // closed when the probe under way ends; nil: none
}

// turn notes a state. One that is not well makes the next wait longer.
func (h *health) turn(to state, detail string, now time.Time, p pace) {
	if h.state != to {
		h.state, h.since = to, now
	}
	h.detail = detail
	switch {
	case to == well:
		h.wait = 0
	case h.wait == 0:
		h.wait = p.retry
	default:
		h.wait = min(2*h.wait, p.longer)
	}
}

// due tells how long it is until the list must be probed without being asked for; below 0: now. false: not as long as
// nobody uses it.
func (h *health) due(now time.Time, p pace) (time.Duration, bool) {
	switch {
	case h.running != nil || h.state == unproved:
		return 0, false
	case h.state != well:
		return h.tried.Add(h.wait).Sub(now), true
	}
	return h.good.Add(p.idle).Sub(now), h.used.After(h.good)
}

// usable tells whether to ask the list about mail.
func (h *health) usable() bool { return h.state == well || h.state == unproved }

// trouble puts the state into words; nil: there is none.
func (l *list) trouble() *filters.Trouble {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.health.usable() {
		return nil
	}
	return l.inWords()
}

// inWords is trouble for who holds the lock.
func (l *list) inWords() *filters.Trouble {
	text := fmt.Sprintf("the DNS list %s (%s) %s", l.name, l.zone.Zone, advice[l.health.state])
	if l.health.detail != "" {
		text += ". Seen: " + l.hideKey(l.health.detail)
	}
	return &filters.Trouble{Subject: l.name, Kind: stateWords[l.health.state], Text: text, Since: l.health.since}
}

// hideKey takes the key out of what is told.
func (l *list) hideKey(text string) string {
	if key := l.zone.ZoneKey.Reveal(); key != "" {
		text = strings.ReplaceAll(text, key, "{key}")
	}
	return text
}
