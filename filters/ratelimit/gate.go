package ratelimit

import (
	"maps"
	"net/netip"
	"strings"
	"sync"
	"time"

	"weir/filters"
	"weir/message"
	"weir/scoring"
)

// recipientsOf puts the mail off where it is too much for every one of its recipients; else it goes on, and the next RCPT
// to those who have too much is put off.
func recipientsOf(hits []scoring.Hit, all bool) []scoring.Hit {
	for i := range hits {
		if h := &hits[i]; h.Name == Recipient && all {
			h.Name = Everybody
		} else if h.Name == Recipient {
			h.Retry = 0
		}
	}
	return hits
}

// Gate puts off at once what is known to be over its limit.
func (f *filter) Gate(stage filters.Stage, env *message.Envelope) time.Duration {
	if f.empty.none() || f.exempt(env.Client.Addr) {
		return 0
	}
	now := f.now()
	switch {
	case stage == filters.Connect && !env.Outgoing:
		return f.empty.left(addressKey(filters.Host(env.Client.Addr)), now, f.Longest.D())
	case stage == filters.Sender && env.From != "" && env.Client.Auth == "" && !env.Outgoing:
		return f.empty.left(senderKey(env.From, filters.Network(env.Client.Addr).String()), now, f.Longest.D())
	case stage == filters.Recipient && !env.Outgoing:
		return f.empty.left(recipientKey(env.Rcpts[len(env.Rcpts)-1]), now, f.Longest.D())
	}
	return 0
}

func addressKey(p netip.Prefix) string { return "a" + p.String() }

func senderKey(from, where string) string { return "s" + strings.ToLower(from) + " " + where }

func recipientKey(rcpt string) string { return "r" + strings.ToLower(rcpt) }

// maxBlocked bounds the memory of empty buckets.
const maxBlocked = 10_000

// blocked remembers which buckets are empty, and until when. The zero value is ready.
type blocked struct {
	mu    sync.Mutex
	until map[string]time.Time
	swept time.Time
}

// add remembers an empty bucket. Where there is no room, ended ones go first; if there are none, it is not remembered:
// the store will say the same again.
func (b *blocked) add(key string, now time.Time, wait time.Duration) {
	if key == "" || len(key) > 400 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.until) >= maxBlocked && now.Sub(b.swept).Abs() >= time.Second {
		maps.DeleteFunc(b.until, func(_ string, t time.Time) bool { return !t.After(now) })
		b.swept = now
	}
	if len(b.until) >= maxBlocked {
		return
	}
	if b.until == nil {
		b.until = map[string]time.Time{}
	}
	b.until[key] = now.Add(wait)
}

func (b *blocked) none() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.until) == 0
}

// left tells how long a bucket is still empty. What would be longer than the longest wait comes of a clock that was set
// back, and is forgotten (CASES F10).
func (b *blocked) left(key string, now time.Time, longest time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.until[key]
	if !ok {
		return 0
	}
	if !t.After(now) || t.Sub(now) > longest {
		delete(b.until, key)
		return 0
	}
	return t.Sub(now)
}
