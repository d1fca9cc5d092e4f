package smtp

import (
	"errors"
	"time"
)

// errGone means that the client closed the connection before its mail was sent on.
var errGone = errors.New("smtp: the client is gone")

// probe tells whether the client is still there: errGone if not. It is asked just before the final dot, since a mail
// whose sender is gone would be sent again and arrive twice (CASES B06).
func (c *conn) probe() error {
	if c.w > c.r {
		return nil // it has sent more commands: whether it waits for the answers can't be seen
	}
	waiting, gone := c.peek()
	switch {
	case gone:
		return errGone
	case waiting > 0 && c.Conn != c.tcp:
		return c.probeTLS()
	}
	return nil
}

// probeTLS reads the record that waits: a close_notify looks like data from outside.
func (c *conn) probeTLS() error {
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if err := c.fill(); err != nil && !isTimeout(err) {
		return errGone
	}
	return nil
}

// talked tells whether the client has sent anything that has not been used yet.
func (c *conn) talked() bool {
	if c.w > c.r {
		return true
	}
	waiting, _ := c.peek()
	return waiting > 0
}
