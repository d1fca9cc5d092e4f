// Package crowd keeps count of what a door serves: its listeners, and its connections, each with a goroutine. A door that is
// shut takes no more, lets those in progress come to their end, and cuts off what is left. What a connection is told then is the
// door's own business.
package crowd

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Crowd is the connections of one door. The zero value is empty and ready. It is safe for use by many goroutines.
type Crowd[C comparable] struct {
	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	members   map[C]struct{}
	shut      bool
	running   sync.WaitGroup
}

// Accept takes connections from l and hands each to begin, until the crowd is shut, which is no error. It closes l. before,
// which may be nil, is called before each connection; false ends it. Names in the log begin with door.
func (c *Crowd[C]) Accept(l net.Listener, door string, log func() *slog.Logger, before func() bool, begin func(net.Conn)) error {
	defer c.unlisten(l)
	if !c.listen(l) {
		return nil
	}
	for wait := time.Duration(0); before == nil || before(); {
		conn, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			begin(conn)
		case c.Shut():
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		default: // out of file descriptors, mostly: it passes
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			log().Warn(door+": accept failed", "error", err, "wait", wait)
			time.Sleep(wait)
		}
	}
	return nil
}

func (c *Crowd[C]) listen(l net.Listener) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shut {
		return false
	}
	if c.listeners == nil {
		c.listeners = map[net.Listener]struct{}{}
	}
	c.listeners[l] = struct{}{}
	return true
}

func (c *Crowd[C]) unlisten(l net.Listener) {
	c.mu.Lock()
	delete(c.listeners, l)
	c.mu.Unlock()
	_ = l.Close()
}

// Shut tells whether Stop was called.
func (c *Crowd[C]) Shut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shut
}

// Add counts a connection, whose goroutine calls End; false: it is too late for one. admit, which may be nil, is asked with the
// number of those that there are, and may turn it away as well.
func (c *Crowd[C]) Add(one C, admit func(open int) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shut || admit != nil && !admit(len(c.members)) {
		return false
	}
	if c.members == nil {
		c.members = map[C]struct{}{}
	}
	c.members[one] = struct{}{}
	c.running.Add(1)
	return true
}

// End takes a connection off.
func (c *Crowd[C]) End(one C) {
	c.mu.Lock()
	delete(c.members, one)
	c.mu.Unlock()
	c.running.Done()
}

// Len is how many connections there are.
func (c *Crowd[C]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.members)
}

// Each calls do for each connection. Nobody comes or goes meanwhile.
func (c *Crowd[C]) Each(do func(C)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for one := range c.members {
		do(one)
	}
}

// Stop closes the listeners: nobody is taken in any more.
func (c *Crowd[C]) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shut = true
	for l := range c.listeners {
		_ = l.Close()
	}
}

// Wait waits until all have gone.
func (c *Crowd[C]) Wait() { c.running.Wait() }

// Drain waits until all have gone. When ctx ends, or patience is over, those that are left are hurried; it then waits until ctx
// ends, and returns its error if some are still there.
func (c *Crowd[C]) Drain(ctx context.Context, patience time.Duration, hurry func(C)) error {
	done := make(chan struct{})
	go func() { c.running.Wait(); close(done) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	c.Each(hurry)
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	select { // what ended just now counts as ended
	case <-done:
		return nil
	case <-time.After(100 * time.Millisecond):
		return ctx.Err()
	}
}
