package sockets

import (
	"net"
	"os"
	"sync"
)

// Listener is an open socket. It can be retired: then this process takes no connection from it any more, and whoever
// else has the socket takes them all.
type Listener struct {
	net.Listener
	Passed
	set    *Set
	once   sync.Once
	closed chan struct{}

	mu      sync.Mutex
	retired bool
}

// Accept waits for the next connection. On a retired socket it waits until Close, so that a door notices nothing: who
// was accepted before is served to his end.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil && l.isRetired() {
		<-l.closed
		return nil, net.ErrClosed
	}
	return c, err
}

func (l *Listener) isRetired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.retired
}

// Retire gives our share of the socket up. The path of a unix socket stays where it is.
func (l *Listener) Retire() {
	l.mu.Lock()
	l.retired = true
	l.mu.Unlock()
	if u, ok := l.Listener.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	_ = l.Listener.Close()
}

// Close closes the socket. A second Close does nothing.
func (l *Listener) Close() (err error) {
	l.once.Do(func() {
		close(l.closed)
		l.set.forget(l)
		if !l.isRetired() {
			err = l.Listener.Close()
		}
	})
	return err
}

// Retire retires all that are open.
func (s *Set) Retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.open {
		l.Retire()
	}
}

// Pass gives copies of all open sockets for another process, with what each is. The caller closes them.
func (s *Set) Pass() (what []Passed, files []*os.File, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.open {
		f, err := l.file()
		if err != nil {
			for _, f := range files {
				_ = f.Close()
			}
			return nil, nil, err
		}
		what, files = append(what, l.Passed), append(files, f)
	}
	return what, files, nil
}
