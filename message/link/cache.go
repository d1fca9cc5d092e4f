package link

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// domains remembers how long the registered domain of the hosts seen last is, since mail names the same hosts again and
// again and the walk through the public suffix list allocates. It is the package's only state: a table of fixed size in
// which a new host takes the place of an old one, safe for concurrent use.
var domains [1024]atomic.Pointer[remembered]

type remembered struct {
	host   string
	domain int // length, from the end
}

var seed = maphash.MakeSeed()

func slot(host string) *atomic.Pointer[remembered] {
	return &domains[maphash.String(seed, host)%uint64(len(domains))]
}

func lookup(host string) (domain int, ok bool) {
	if r := slot(host).Load(); r != nil && r.host == host {
		return r.domain, true
	}
	return 0, false
}

// remember copies the host, so that the message that it stands in can go.
func remember(host string, domain int) {
	slot(host).Store(&remembered{strings.Clone(host), domain})
}
