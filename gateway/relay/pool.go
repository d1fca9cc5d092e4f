package relay

import (
	"sync"
	"time"
)

// pool keeps the connections of a hop: those in use, and those that wait for a mail, the youngest on top.
type pool struct {
	mu     sync.Mutex
	idle   []*conn
	active map[*conn]struct{}
	limit  int           // idle connections kept
	keep   time.Duration // how long
	sweep  *time.Timer
	closed bool
}

// enter counts a background task in, unless the hop is closed.
func (s *server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// track notes a connection as in use.
func (s *server) track(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.active[c] = struct{}{}
	return nil
}

// drop closes a connection that is in use.
func (s *server) drop(c *conn) {
	s.mu.Lock()
	delete(s.active, c)
	s.mu.Unlock()
	c.raw.Close()
}

// take gives an idle connection that is alive; nil where there is none.
func (s *server) take() *conn {
	for {
		c := s.pop()
		if c == nil {
			return nil
		}
		if c.quiet() {
			c.reused = true
			return c
		}
		s.died(c)
	}
}

// pop moves the youngest idle connection to those in use.
func (s *server) pop() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.idle) - 1
	if n < 0 || s.closed {
		return nil
	}
	c := s.idle[n]
	s.idle[n], s.idle = nil, s.idle[:n]
	s.active[c] = struct{}{}
	return c
}

// died drops a connection that the hop closed; its offers may have changed with it.
func (s *server) died(c *conn) {
	s.drop(c)
	s.forget()
}

// put keeps a connection for the next mail, or ends it.
func (s *server) put(c *conn) {
	s.mu.Lock()
	delete(s.active, c)
	kept := !s.closed && len(s.idle) < s.limit && c.mails < s.cfg.MessagesPerConn
	if kept {
		c.idle = time.Now()
		s.idle = append(s.idle, c)
		s.plan(s.keep)
	}
	s.mu.Unlock()
	if !kept {
		c.quit()
	}
}

// plan arms the sweep, if it is not; s.mu is held.
func (s *server) plan(d time.Duration) {
	if s.sweep == nil {
		s.sweep = time.AfterFunc(d, s.expire)
	}
}

// expire ends the connections that were idle for too long: the oldest, at the bottom.
func (s *server) expire() {
	s.mu.Lock()
	s.sweep = nil
	n := 0
	for n < len(s.idle) && time.Since(s.idle[n].idle) >= s.keep {
		n++
	}
	old := append([]*conn(nil), s.idle[:n]...)
	s.idle = append(s.idle[:0], s.idle[n:]...)
	if len(s.idle) > 0 && !s.closed {
		s.plan(time.Until(s.idle[0].idle.Add(s.keep)))
	}
	s.mu.Unlock()
	for _, c := range old {
		c.quit()
	}
}

// idleCaps gives the offers of an idle connection that is alive.
func (s *server) idleCaps() (Caps, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.idle) - 1; n >= 0; n-- {
		c := s.idle[n]
		if c.quiet() {
			return c.offers.Caps, true
		}
		s.idle[n], s.idle = nil, s.idle[:n]
		c.raw.Close()
		s.forget()
	}
	return Caps{}, false
}

// shut closes every connection.
func (s *server) shut() {
	s.mu.Lock()
	s.closed = true
	if s.sweep != nil {
		s.sweep.Stop()
	}
	idle := s.idle
	s.idle = nil
	for c := range s.active {
		c.raw.Close()
	}
	s.mu.Unlock()
	for _, c := range idle {
		c.quit()
	}
}
