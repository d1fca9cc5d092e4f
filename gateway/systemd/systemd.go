// Package systemd tells the service manager how this process is: sd_notify(3), one datagram a message to the socket that
// $NOTIFY_SOCKET names.
//
// The protocol is a few lines of text and older than most of what runs on it; github.com/coreos/go-systemd would bring no
// more than these lines do. Without a manager all of it does nothing.
package systemd

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Manager is the way to the service manager. nil is one that is not there.
type Manager struct{ path string }

// Find gives the manager that started this process; nil: none did.
func Find() *Manager {
	path := os.Getenv("NOTIFY_SOCKET")
	if !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "@") {
		return nil
	}
	return &Manager{path}
}

// Ready says that the service is up, or has read its configuration again.
func (m *Manager) Ready(status string) error { return m.tell("READY=1", "STATUS="+oneLine(status)) }

// Reloading says that the configuration is being read; Ready ends it.
func (m *Manager) Reloading() error {
	return m.tell("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(monotonic(), 10))
}

// Stopping says that the service is on its way down.
func (m *Manager) Stopping(status string) error {
	return m.tell("STOPPING=1", "STATUS="+oneLine(status))
}

// Main says that another process is the service now. Only the main process is believed (NotifyAccess=main).
func (m *Manager) Main(pid int) error { return m.tell("MAINPID=" + strconv.Itoa(pid)) }

// Alive is one sign of life for the watchdog.
func (m *Manager) Alive() error { return m.tell("WATCHDOG=1") }

// Watchdog gives within what time the manager wants a sign of life; 0: it wants none.
func (m *Manager) Watchdog() time.Duration {
	if m == nil {
		return 0
	}
	return within(os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID"), os.Getpid())
}

func within(usec, pid string, own int) time.Duration {
	n, err := strconv.ParseInt(usec, 10, 64)
	if err != nil || n <= 0 || n > int64(24*time.Hour/time.Microsecond) || pid != "" && pid != strconv.Itoa(own) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}

func (m *Manager) tell(lines ...string) error {
	if m == nil {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("systemd: %w", err)
	}
	defer c.Close()
	_ = c.SetWriteDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("systemd: %w", err)
	}
	return nil
}

// oneLine keeps a text from being read as further messages.
func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }
