package headers

import (
	"time"

	when "weir/message/date"
)

const day = 24 * time.Hour

// date reports a Date that can't be read or can't be true.
func (c *check) date() {
	f := c.m.Field("Date")
	if f == nil {
		return
	}
	value := f.Value()
	t, problems := when.Parse(value)
	switch {
	case problems&when.Unreadable != 0:
		c.hit("HEADERS_DATE_BAD", value)
		return
	case problems&(when.Form|when.NoZone|when.Range) != 0:
		c.hit("HEADERS_DATE_FORM", value)
	}
	if problems&when.Weekday != 0 {
		c.hit("HEADERS_DATE_WEEKDAY", value)
	}
	c.compare(t, value)
}

// compare sets the Date against the time at which the message came.
func (c *check) compare(t time.Time, value string) {
	now, left := c.arrival()
	if !now.IsZero() && t.After(now.Add(c.DateAhead.D())) {
		c.hit("HEADERS_DATE_FUTURE", value)
	}
	if !left.IsZero() && t.Before(left.Add(-c.DateBehind.D())) {
		c.hit("HEADERS_DATE_PAST", value)
	}
}

// arrival gives the time to compare with. now, for the future, is that of the newest hand-over which can be believed, or of
// the transaction. left, for the past, is the time in the topmost Received field, whoever wrote it: an old mailbox that
// is scanned or sent once more is old throughout, and that is no forgery.
func (c *check) arrival() (now, left time.Time) {
	for _, r := range c.m.Relays() {
		if r.Time.IsZero() {
			continue
		}
		if now.IsZero() && r.Trusted {
			now = r.Time
		}
		if left.IsZero() && r.Field >= 0 {
			left = r.Time
		}
	}
	if now.IsZero() {
		now = c.m.Time
	}
	if left.IsZero() {
		left = now
	}
	return now, left
}
