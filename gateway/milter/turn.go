package milter

import (
	"net"
	"sync"
	"time"
)

// grace is how long a connection may stay silent between two messages when the server stops: a message that is about to
// come is still taken, and a mail server has time to say QUIT.
const grace = time.Second

// turn is whose turn it is, for those who want to end the connection from outside.
type turn struct {
	mu       sync.Mutex
	conn     net.Conn
	idle     bool // waiting, with no message open
	draining bool // end when idle for as long as grace
	over     bool // end when waiting at all
}

// wait sets the deadline of the next reads. idle says that nothing is lost by ending the connection now.
func (t *turn) wait(c net.Conn, d time.Duration, idle bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return errDraining
	}
	t.conn, t.idle = c, idle
	if idle && t.draining {
		d = min(d, grace)
	}
	return c.SetReadDeadline(time.Now().Add(d))
}

// drain ends the connection once it is idle.
func (t *turn) drain() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draining = true
	if t.idle && t.conn != nil {
		_ = t.conn.SetReadDeadline(time.Now().Add(grace))
	}
}

// hurry ends the connection when it waits for the mail server.
func (t *turn) hurry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draining, t.over = true, true
	if t.conn != nil {
		_ = t.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// ending tells whether the server stops.
func (t *turn) ending() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.draining
}
