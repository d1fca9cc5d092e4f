// Package realtest runs real mail servers for tests: Debian's Postfix, Exim, Redis and others, and the built weir
// binary as a process of its own.
//
// Nothing is installed. A server's package and whatever it needs beyond the machine's packages is fetched with
// apt-get download, unpacked with dpkg -x into a cache folder and run from there, with its configuration, queue and
// data in a temporary folder and its ports on loopback. So it never replaces a mail server of the machine, and two
// test runs do not meet.
//
// Where a server can't be had (no Debian, no network, no root for Postfix), the test is skipped with a line that
// begins "REAL SERVER NOT RUN: "; under CI=true the same is a failure.
package realtest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Skip ends a test whose real server can't be had: loudly on a laptop, as a failure under CI=true.
func Skip(t testing.TB, why error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("REAL SERVER NOT RUN: %v", why)
	}
	t.Skipf("REAL SERVER NOT RUN: %v", why)
}

// Shared returns a path below the folder of shared suites ($WEIR_SHARED, else ../shared from the module's root). Where
// it is absent, the test is skipped with a line that begins "SHARED SUITE NOT RUN: ".
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	path, err := SharedPath(elem...)
	if err != nil {
		t.Skipf("SHARED SUITE NOT RUN: %v", err)
	}
	return path
}

// SharedPath is Shared for programs.
func SharedPath(elem ...string) (string, error) {
	root := os.Getenv("WEIR_SHARED")
	if root == "" {
		module, err := ModuleRoot()
		if err != nil {
			return "", err
		}
		root = filepath.Join(module, "..", "shared")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	_, err := os.Stat(path)
	return path, err
}

// ModuleRoot is the folder of the nearest go.mod upwards from the current folder.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("realtest: no go.mod upwards from the current folder")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// FreePort gives a loopback port that nothing listens on now. Another program may take it before it is used.
func FreePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// FreeAddr is FreePort as "127.0.0.1:port", for tests.
func FreeAddr(t testing.TB) string {
	t.Helper()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// awaitGreeting waits until an SMTP server greets at addr with 220, or until ended is closed.
func awaitGreeting(addr string, limit time.Duration, ended <-chan struct{}) error {
	return await(addr, greeted, limit, ended)
}

// awaitDoor waits until a server can be reached at addr, or until ended is closed: at host:port it must greet as an SMTP
// server; at tcp:host:port and unix:path, where the client speaks first, it must take a connection.
func awaitDoor(addr string, limit time.Duration, ended <-chan struct{}) error {
	network, rest, _ := strings.Cut(addr, ":")
	if network != "unix" && network != "tcp" {
		return awaitGreeting(addr, limit, ended)
	}
	return await(addr, func(string) error {
		c, err := net.DialTimeout(network, rest, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	}, limit, ended)
}

func await(addr string, up func(addr string) error, limit time.Duration, ended <-chan struct{}) error {
	deadline := time.Now().Add(limit)
	for {
		err := up(addr)
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return fmt.Errorf("realtest: the server ended before it was there at %s", addr)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("realtest: nothing at %s within %s: %w", addr, limit, err)
		}
	}
}

func greeted(addr string) error {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	line := make([]byte, 512)
	n, err := c.Read(line)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(line[:n]), "220") {
		return fmt.Errorf("greeted with %q", line[:n])
	}
	_, err = c.Write([]byte("QUIT\r\n"))
	return err
}
