package resolver

import (
	"strconv"
	"testing"
	"time"
)

// full is a cache with 10000 answers.
func full() (*cache, []key, time.Time) {
	c, keys, now := newCache(32<<20), make([]key, 10_000), time.Now()
	for i := range keys {
		keys[i] = key{"4.3.2.1." + strconv.Itoa(i) + ".zen.example.org", 1}
		p := c.part(keys[i])
		p.put(keys[i], &answer{}, now.Add(time.Hour))
	}
	return c, keys, now
}

func (c *cache) find(k key, now time.Time) *answer {
	p := c.part(k)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.get(k, now)
}

func BenchmarkCacheGet(b *testing.B) {
	c, keys, now := full()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c.find(keys[i%len(keys)], now)
		i++
	}
}

func BenchmarkCacheGetParallel(b *testing.B) {
	c, keys, now := full()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			c.find(keys[i%len(keys)], now)
		}
	})
}

func BenchmarkCachePut(b *testing.B) {
	c, _, now := full()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		k := key{"4.3.2.1." + strconv.Itoa(i) + ".zen.example.org", 1}
		p := c.part(k)
		p.mu.Lock()
		p.put(k, &answer{}, now.Add(time.Hour))
		p.mu.Unlock()
		i++
	}
}
