package dmarc

import (
	"strings"
	"sync"
)

// remembered holds the policies last seen of domains that want failing mail refused or quarantined. When the DNS doesn't
// answer, it tells whether the mail is one to put off. The zero value is ready; it forgets the oldest.
type remembered struct {
	mu   sync.RWMutex
	last map[string]Policy
	ring [maxRemembered]string
	next int
}

// maxRemembered bounds it to about a megabyte.
const maxRemembered = 8192

// policy gives what a domain wanted when it was last asked; None if that is not known.
func (r *remembered) policy(domain string) Policy {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.last[domain]
}

// note takes down what a domain wants now.
func (r *remembered) note(domain string, p Policy) {
	if r.policy(domain) == p {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = make(map[string]Policy)
	}
	if _, known := r.last[domain]; known || p == None {
		r.change(domain, p)
		return
	}
	delete(r.last, r.ring[r.next])
	domain = strings.Clone(domain) // it is a part of a message, which must not stay for its sake
	r.ring[r.next] = domain
	r.next = (r.next + 1) % maxRemembered
	r.last[domain] = p
}

// change sets the policy of a domain that is known; its place in the ring stays, so that the map never outgrows it.
func (r *remembered) change(domain string, p Policy) {
	if _, known := r.last[domain]; known {
		r.last[domain] = p
	}
}
