package milter

import (
	"net"
	"sync"
	"time"
)

// grace is how long a connection that is about to be ended may stay silent: what is on its way is still taken, and a mail
// server has time to say QUIT.
const grace = time.Second

// pause is what a connection that waits for its mail server is in the middle of.
type pause uint8

const (
	inMessage    pause = iota // the mail server would put this message off
	inSession                 // between two messages of an SMTP session: it would put the next one off
	outOfSession              // nothing is lost by ending the connection now
)

// turn is whose turn it is, for those who want to end the connection from outside.
type turn struct {
	mu        sync.Mutex
	conn      net.Conn // nil: nothing was waited for so far
	at        pause
	lingering bool // end when out of a session for as long as grace
	draining  bool // end when out of a message for as long as grace
	over      bool // end when waiting at all
}

// wait sets the deadline of the next reads.
func (t *turn) wait(c net.Conn, d time.Duration, at pause) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return errDraining
	}
	if t.conn, t.at = c, at; t.mayEnd() {
		d = min(d, grace)
	}
	return c.SetReadDeadline(time.Now().Add(d))
}

// mayEnd tells whether silence ends the connection now.
func (t *turn) mayEnd() bool {
	return t.draining && t.at != inMessage || t.lingering && t.at == outOfSession
}

// linger ends the connection once its SMTP session is over.
func (t *turn) linger() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lingering = true
	t.hint()
}

// drain ends the connection once its message is over.
func (t *turn) drain() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.draining = true
	t.hint()
}

// hint shortens a wait that is under way.
func (t *turn) hint() {
	if t.conn != nil && t.mayEnd() {
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

// ending tells whether the connection is to end.
func (t *turn) ending() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.draining || t.lingering
}
