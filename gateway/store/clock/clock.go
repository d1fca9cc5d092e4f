// Package clock gives a time that does not jump.
//
// What is stored lives until a time. If the machine's clock jumped a day ahead, all that lives for hours would be gone
// at once; if it jumped a day back, a greylisted sender would wait a day. So the store goes by a clock of its own: it
// runs with the machine's steady clock, which never jumps, and follows the wall clock slowly: a difference shrinks by
// at most an eighth of the time that passes. A difference up to two seconds is followed at once, which is what NTP and
// the drift of a clock need.
package clock

import (
	"sync"
	"time"
)

const (
	follow  = 2 * time.Second // differences up to this are followed at once
	slowest = 8               // larger ones shrink by one part in this of the time that passes
)

// Clock is a steady time of day. It serves many goroutines.
type Clock struct {
	wall   func() time.Time
	steady func() time.Duration

	mu   sync.Mutex
	now  time.Time
	last time.Duration // steady's reading that belongs to now
}

// New makes a clock that begins at the wall clock's time. wall and steady are for tests and for clocks of other
// machines; nil means this machine's.
func New(wall func() time.Time, steady func() time.Duration) *Clock {
	start := time.Now()
	if wall == nil {
		wall = time.Now
	}
	if steady == nil {
		steady = func() time.Duration { return time.Since(start) }
	}
	return &Clock{wall: wall, steady: steady, now: wall().Round(0), last: steady()}
}

// Now gives the time. It never goes back by more than what the following takes away.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	passed := c.steady() - c.last
	c.last += passed
	c.now = c.now.Add(passed)
	off := c.wall().Round(0).Sub(c.now)
	if most := passed / slowest; off > follow || off < -follow {
		off = min(max(off, -most), most)
	}
	c.now = c.now.Add(off)
	return c.now
}

// Set puts the clock to a time at once, as when the clock it follows is first heard of.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.last = t.Round(0), c.steady()
}
