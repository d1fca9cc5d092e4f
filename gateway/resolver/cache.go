package resolver

import (
	"hash/maphash"
	"sync"
	"time"
)

// key is what an answer is kept under.
type key struct {
	name  string // canonical
	qtype uint16
}

// cache keeps answers and the questions under way. It has parts with a lock each, so that many mails can look at once;
// each part is bounded in bytes and drops what was not looked at for longest.
type cache struct {
	seed  maphash.Seed
	parts [parts]part
}

const parts = 32

// part is one part of the cache. Its list is a ring: head.next is the entry used last, head.prev the one to go first.
type part struct {
	mu      sync.Mutex
	entries map[key]*entry
	flights map[key]*flight
	head    entry
	bytes   int
	limit   int
}

// entry is an answer in the cache.
type entry struct {
	key        key
	answer     *answer
	until      time.Time
	bytes      int
	prev, next *entry
}

func newCache(limit int) *cache {
	c := &cache{seed: maphash.MakeSeed()}
	for i := range c.parts {
		p := &c.parts[i]
		p.entries, p.flights, p.limit = map[key]*entry{}, map[key]*flight{}, limit/parts
		p.head.prev, p.head.next = &p.head, &p.head
	}
	return c
}

// resize changes the bound; what is too much goes with the next answers.
func (c *cache) resize(limit int) {
	for i := range c.parts {
		p := &c.parts[i]
		p.mu.Lock()
		p.limit = limit / parts
		p.mu.Unlock()
	}
}

// part finds a key's part.
func (c *cache) part(k key) *part {
	return &c.parts[(maphash.String(c.seed, k.name)+uint64(k.qtype))%parts]
}

// get gives an answer that still holds; nil: there is none. The part must be locked.
func (p *part) get(k key, now time.Time) *answer {
	e := p.entries[k]
	if e == nil {
		return nil
	}
	if !now.Before(e.until) {
		p.drop(e)
		return nil
	}
	p.unlink(e)
	p.link(e)
	return e.answer
}

// overhead is what an entry takes in memory beside the bytes of its name and records.
const overhead = 320

// put keeps an answer. The part must be locked. An answer that would take more than a quarter of the part is not kept.
func (p *part) put(k key, a *answer, until time.Time) {
	if e := p.entries[k]; e != nil {
		p.drop(e)
	}
	e := &entry{key: k, answer: a, until: until, bytes: overhead + len(k.name) + a.size()}
	if e.bytes > p.limit/4 {
		return
	}
	p.entries[k] = e
	p.link(e)
	for p.bytes += e.bytes; p.bytes > p.limit; {
		p.drop(p.head.prev)
	}
}

func (p *part) drop(e *entry) {
	p.unlink(e)
	delete(p.entries, e.key)
	p.bytes -= e.bytes
}

func (p *part) unlink(e *entry) { e.prev.next, e.next.prev = e.next, e.prev }

func (p *part) link(e *entry) {
	e.prev, e.next = &p.head, p.head.next
	e.prev.next, e.next.prev = e, e
}

// usage tells how many answers there are, and their bytes.
func (c *cache) usage() (entries, bytes int) {
	for i := range c.parts {
		p := &c.parts[i]
		p.mu.Lock()
		entries, bytes = entries+len(p.entries), bytes+p.bytes
		p.mu.Unlock()
	}
	return entries, bytes
}
