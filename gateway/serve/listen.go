package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

var errInUse error = syscall.EADDRINUSE

// listen opens all addresses of a setting, or none: host:port, or unix: and the path of a socket.
func listen(key string, addresses []string) ([]net.Listener, error) {
	var open []net.Listener
	for _, a := range addresses {
		l, err := listenOn(a)
		if err != nil {
			closeAll(open)
			return nil, fmt.Errorf("%s: can't listen on %s: %w%s", key, a, plainCause(err), listenHint(key, err))
		}
		open = append(open, l)
	}
	return open, nil
}

func listenOn(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return listenUnix(path)
	}
	return net.Listen("tcp", address)
}

// listenUnix makes a socket that its owner and group may use. One that a killed process left is in nobody's way; one that
// somebody serves stays his.
func listenUnix(path string) (net.Listener, error) {
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

// plainCause takes the address out of a network error, since it is in the sentence already.
func plainCause(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func listenHint(key string, err error) string {
	switch {
	case errors.Is(err, os.ErrPermission):
		return " (ports below 1024 need root, CAP_NET_BIND_SERVICE or socket activation)"
	case errors.Is(err, errInUse):
		if key != "smtp.listen" {
			return fmt.Sprintf(" (another server has this address: stop it, set another, or close this door with an empty %s)", key)
		}
		return " (another server has this port: stop it, or choose another with --listen)"
	}
	return ""
}

func closeAll(list []net.Listener) {
	for _, l := range list {
		_ = l.Close()
	}
}
