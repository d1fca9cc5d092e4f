// Package sockets gives the front doors their listening sockets.
//
// A socket comes from one of three places. systemd hands over those of its socket units (sd_listen_fds(3)): it opens
// port 25 as root and keeps it open while Weir is started again, so Weir needs no privilege and nobody is refused
// meanwhile. A process that is replaced by a newer one hands over all that it has. What is left is opened here.
package sockets

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Set is the sockets of a process: those that were handed over and are still to be claimed, and those that are open.
// The zero value has none; it is safe for use by many goroutines.
type Set struct {
	mu    sync.Mutex
	given []*given
	open  []*Listener
}

// given is a socket that was handed over.
type given struct {
	Passed
	listener net.Listener
}

// Passed says what a socket is that one process hands to another.
type Passed struct {
	Door    string `json:"door"`              // the table of the config that it belongs to, or some other name; "": none was said
	Address string `json:"address,omitempty"` // as the config has it, which may not be where it is (port 0); "": the config's do not count
	Held    bool   `json:"held,omitempty"`    // systemd has it, too
}

// Listen opens all addresses of a setting, or none: host:port, or unix: and the path of a socket. A door with sockets of
// its own name uses those and opens none; otherwise each address is looked for among what was handed over. unused are
// addresses that nothing listens on, since the door's own sockets are elsewhere.
func (s *Set) Listen(key string, addresses []string) (list []net.Listener, unused []string, err error) {
	list, unused, err = s.find(key, addresses)
	if err != nil {
		closeAll(list)
		list = nil
	}
	return list, unused, err
}

func (s *Set) find(key string, addresses []string) (list []net.Listener, unused []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	door, _, _ := strings.Cut(key, ".")
	if named := s.take(func(g *given) bool { return g.Address == "" && named(g.Door, door) }); len(named) > 0 && len(addresses) > 0 {
		list, unused = s.adopt(door, named, addresses)
		return list, unused, nil
	}
	for _, a := range addresses {
		more, err := s.listen(door, a)
		if err != nil {
			return list, nil, fmt.Errorf("%s: can't listen on %s: %w%s", key, a, plainCause(err), hint(key, err))
		}
		list = append(list, more...)
	}
	return list, nil, nil
}

// named tells whether a socket's name is a door's: "smtp", or the name of its unit where the unit names none.
func named(name, door string) bool {
	return name == door || name == "weir-"+door+".socket"
}

// take removes from what was handed over all that is wanted.
func (s *Set) take(wanted func(*given) bool) (list []*given) {
	s.given = slices.DeleteFunc(s.given, func(g *given) bool {
		if wanted(g) {
			list = append(list, g)
			return true
		}
		return false
	})
	return list
}

// adopt makes sockets of a door's own name its only ones.
func (s *Set) adopt(door string, named []*given, addresses []string) (list []net.Listener, unused []string) {
	for _, g := range named {
		g.Door = door
		list = append(list, s.keep(g.Passed, g.listener))
	}
	for _, a := range addresses {
		if !slices.ContainsFunc(list, func(l net.Listener) bool { return matches(l.Addr(), a) }) {
			unused = append(unused, a)
		}
	}
	return list, unused
}

// listen gives the sockets of one address.
func (s *Set) listen(door, address string) (list []net.Listener, err error) {
	for _, g := range s.take(func(g *given) bool { return g.suits(door, address) }) {
		list = append(list, s.keep(Passed{door, address, g.Held}, g.listener))
	}
	if len(list) > 0 {
		return list, nil
	}
	l, err := open(address)
	if err != nil {
		return nil, err
	}
	return []net.Listener{s.keep(Passed{door, address, false}, l)}, nil
}

func (g *given) suits(door, address string) bool {
	if g.Address != "" { // it was opened for this address by the process before us
		return g.Door == door && g.Address == address
	}
	return matches(g.listener.Addr(), address)
}

// keep notes a socket that is in use now.
func (s *Set) keep(p Passed, l net.Listener) *Listener {
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(!p.Held) // the path of systemd's is systemd's
	}
	one := &Listener{Listener: l, Passed: p, set: s, closed: make(chan struct{})}
	s.open = append(s.open, one)
	return one
}

func (s *Set) forget(l *Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = slices.DeleteFunc(s.open, func(o *Listener) bool { return o == l })
}

// Held tells whether systemd keeps any of the sockets open for the next process.
func (s *Set) Held() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.open, func(l *Listener) bool { return l.Held })
}

// Rest closes what was handed over and nobody claimed, and says what it was.
func (s *Set) Rest() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.given {
		list = append(list, strings.TrimSpace(g.Door+" "+g.listener.Addr().String()))
		_ = g.listener.Close()
	}
	s.given = nil
	return list
}

func open(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return openUnix(path)
	}
	return net.Listen("tcp", address)
}

// openUnix makes a socket that its owner and group may use. One that a killed process left is in nobody's way; one that
// somebody serves stays his.
func openUnix(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() == fs.ModeSocket {
		if c, err := net.Dial("unix", path); err == nil {
			_ = c.Close()
		} else if errors.Is(err, syscall.ECONNREFUSED) {
			_ = os.Remove(path)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o660); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

var errInUse error = syscall.EADDRINUSE

// plainCause takes the address out of a network error, since it is in the sentence already.
func plainCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func hint(key string, err error) string {
	switch {
	case errors.Is(err, os.ErrPermission):
		return " (ports below 1024 need root, CAP_NET_BIND_SERVICE or socket activation)"
	case errors.Is(err, errInUse) && key == "smtp.listen":
		return " (another server has this port: stop it, or choose another with --listen)"
	case errors.Is(err, errInUse):
		return fmt.Sprintf(" (another server has this address: stop it, set another, or close this door with an empty %s)", key)
	}
	return ""
}

func closeAll(list []net.Listener) {
	for _, l := range list {
		_ = l.Close()
	}
}
