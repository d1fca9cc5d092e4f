package sockets

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// firstFD is the first of the sockets that systemd hands over: sd_listen_fds(3).
const firstFD = 3

// mostFDs bounds what an environment may claim.
const mostFDs = 128

// FromSystemd takes the sockets that systemd hands to this process, if any, and removes the variables that tell of them,
// so that no child takes them for its own. It is to be called once, before files are opened.
func FromSystemd() (*Set, error) {
	names, err := activation(os.Getenv, os.Getpid())
	for _, v := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID"} {
		_ = os.Unsetenv(v)
	}
	if err != nil {
		return nil, err
	}
	list := make([]Passed, len(names))
	for i, n := range names {
		list[i] = Passed{Door: n, Held: true}
	}
	return From(firstFD, list)
}

// activation reads the names of the sockets out of the environment; none where it was meant for another process.
func activation(env func(string) string, pid int) ([]string, error) {
	if env("LISTEN_PID") != strconv.Itoa(pid) {
		return nil, nil
	}
	n, err := strconv.Atoi(env("LISTEN_FDS"))
	if err != nil || n < 0 || n > mostFDs {
		return nil, fmt.Errorf("LISTEN_FDS=%q is no number of sockets", env("LISTEN_FDS"))
	}
	names := make([]string, n)
	if all := env("LISTEN_FDNAMES"); all != "" {
		copy(names, strings.Split(all, ":"))
	}
	for i, name := range names {
		if name == "unknown" { // systemd's word for a socket without a name
			names[i] = ""
		}
	}
	return names, nil
}

// From takes sockets that are open in this process, from a descriptor on.
func From(first int, list []Passed) (*Set, error) {
	s := &Set{}
	for i, p := range list {
		f := os.NewFile(uintptr(first+i), p.Door)
		l, err := net.FileListener(f)
		_ = f.Close() // FileListener has a copy
		if err != nil {
			s.Rest()
			return nil, fmt.Errorf("socket %d (%s) that was handed over: %w; it must be a listening stream socket (ListenStream=, Accept=no)", first+i, p.Door, plainCause(err))
		}
		s.given = append(s.given, &given{p, l})
	}
	return s, nil
}

// matches tells whether a socket is the one that an address of the config names. ":25" is any address of this machine,
// as is 0.0.0.0 or [::].
func matches(a net.Addr, address string) bool {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return a.Network() == "unix" && a.String() == path
	}
	have, ok := a.(*net.TCPAddr)
	if !ok {
		return false
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if n, err := net.LookupPort("tcp", port); err != nil || n != have.Port {
		return false
	}
	want, err := netip.ParseAddr(host)
	is := have.AddrPort().Addr().Unmap()
	return host == "" && is.IsUnspecified() || err == nil && (want.Unmap() == is || want.IsUnspecified() && is.IsUnspecified())
}
