package scanner

import (
	"crypto/sha256"
	"sync"
	"time"
)

// cache remembers verdicts by the SHA-256 of what was scanned. It is bounded: the oldest go first. What it remembers is
// worth nothing after the scanners' databases have changed, and all of it goes then.
type cache struct {
	max  int
	keep time.Duration

	mu         sync.Mutex
	generation uint64 // one more with each change of a database
	known      map[digest]remembered
	order      []digest // ring of max keys, oldest at next once it is full
	next       int
}

type digest [sha256.Size]byte

type remembered struct {
	verdict Verdict
	until   time.Time
}

func newCache(most int, keep time.Duration) *cache {
	if most <= 0 || keep <= 0 {
		return nil
	}
	return &cache{max: most, keep: keep, known: map[digest]remembered{}}
}

// key names a piece, and the generation that its scan begins in.
func (c *cache) key(p *Piece) (k digest, generation uint64) {
	if c == nil {
		return k, 0
	}
	h := sha256.New()
	h.Write(p.Head)
	h.Write(p.Body)
	h.Sum(k[:0])
	c.mu.Lock()
	defer c.mu.Unlock()
	return k, c.generation
}

func (c *cache) get(k digest) (Verdict, bool) {
	if c == nil {
		return Verdict{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.known[k]
	if !ok || time.Now().After(r.until) {
		return Verdict{}, false
	}
	return r.verdict, true
}

// put remembers a verdict, unless a database changed since its scan began.
func (c *cache) put(k digest, generation uint64, v Verdict) {
	if c == nil || v.State == Unscanned || v.Kind == Limits {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	if _, have := c.known[k]; !have {
		c.place(k)
	}
	c.known[k] = remembered{v, time.Now().Add(c.keep)}
}

// place gives a new key its place in the ring; who stood there goes.
func (c *cache) place(k digest) {
	if len(c.order) < c.max {
		c.order = append(c.order, k)
		return
	}
	delete(c.known, c.order[c.next])
	c.order[c.next] = k
	c.next = (c.next + 1) % c.max
}

func (c *cache) clear() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	clear(c.known)
	c.order, c.next = c.order[:0], 0
}
