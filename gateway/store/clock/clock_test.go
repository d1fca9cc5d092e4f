package clock

import (
	"testing"
	"time"
)

// machine is a machine's two clocks, by hand.
type machine struct {
	wall   time.Time
	steady time.Duration
}

func (m *machine) clock() *Clock {
	return New(func() time.Time { return m.wall }, func() time.Duration { return m.steady })
}

func (m *machine) pass(d time.Duration) { m.wall, m.steady = m.wall.Add(d), m.steady+d }

func theStoreDoesNotJumpWithTheWallClock(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, jump := range map[string]time.Duration{
		"a day ahead": 24 * time.Hour, "a day back": -24 * time.Hour, "to 2100": 74 * 365 * 24 * time.Hour, "to 1970": -56 * 365 * 24 * time.Hour,
	} {
		m := &machine{wall: start}
		c := m.clock()
		m.pass(time.Hour)
		m.wall = m.wall.Add(jump)
		if off := c.Now().Sub(start.Add(time.Hour)); off.Abs() > 8*time.Minute {
			t.Errorf("%s: the store's time jumped by %s", name, off)
		}
		before := c.Now()
		m.pass(80 * time.Minute)
		if passed := c.Now().Sub(before); passed < 69*time.Minute || passed > 91*time.Minute {
			t.Errorf("%s: in 80 minutes %s passed", name, passed)
		}
	}
}

func TestTheWallClockIsFollowedInTheEnd(t *testing.T) {
	m := &machine{wall: time.Unix(1_800_000_000, 0)}
	c := m.clock()
	m.wall = m.wall.Add(time.Hour)
	for range 9 {
		m.pass(time.Hour)
		c.Now()
	}
	if off := m.wall.Sub(c.Now()); off != 0 {
		t.Errorf("after nine hours it is still %s off", off)
	}
	m.wall = m.wall.Add(time.Second)
	if off := m.wall.Sub(c.Now()); off != 0 {
		t.Errorf("a second is not followed at once: %s", off)
	}
	c.Set(time.Unix(5, 0))
	if got := c.Now().Unix(); got > 10 {
		t.Errorf("set to 5: %d", got)
	}
}
