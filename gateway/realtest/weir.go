package realtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Weir is a weir process: "weir serve" with a config file of the test's.
type Weir struct {
	Addr    string // where it is awaited: an SMTP listener's host:port, or unix:path or tcp:host:port of another door
	Dir     string // its working folder: weir.toml, log and what it keeps
	binary  string
	args    []string
	process *process
}

// NewWeir starts "weir serve args…" in a temporary folder and waits until it greets at addr, or takes a connection at
// tcp:host:port or unix:path. It is ended with the test.
func NewWeir(t testing.TB, binary, addr string, args ...string) *Weir {
	t.Helper()
	w, err := StartWeir(t.TempDir(), binary, addr, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Stop()
		if strings.Contains(w.Log(), "WARNING: DATA RACE") {
			t.Errorf("Weir's output shows a data race:\n%s", w.Log())
		}
		if t.Failed() {
			t.Logf("Weir's output ends with:\n%s", tail(w.Log(), 40))
		}
	})
	return w
}

// StartWeir is NewWeir for programs. dir must exist.
func StartWeir(dir, binary, addr string, args ...string) (*Weir, error) {
	w := &Weir{Addr: addr, Dir: dir, binary: binary, args: append([]string{"serve"}, args...)}
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("%w; its output:\n%s", err, tail(w.Log(), 20))
	}
	return w, nil
}

// Start starts it again after Kill or Stop.
func (w *Weir) Start() error {
	command := append([]string{"/bin/sh", "-c", `cd "$0" && exec "$@"`, w.Dir, w.binary}, w.args...)
	var err error
	w.process, err = startProcess(command, os.Environ(), w.logFile())
	if err != nil {
		return err
	}
	if err := awaitDoor(w.Addr, startLimit, w.process.ended); err != nil {
		w.Kill()
		return err
	}
	return nil
}

// PID is its process id.
func (w *Weir) PID() int { return w.process.pid() }

// Kill ends it with SIGKILL.
func (w *Weir) Kill() { w.process.kill() }

// Stop ends it with SIGTERM, so that it drains, and waits.
func (w *Weir) Stop() { w.process.terminate() }

// Signal sends a signal, such as SIGHUP.
func (w *Weir) Signal(s syscall.Signal) error { return w.process.cmd.Process.Signal(s) }

// ExitCode is how it ended; call it after Stop. -1: by a signal.
func (w *Weir) ExitCode() int {
	<-w.process.ended
	return w.process.cmd.ProcessState.ExitCode()
}

// Log is all that it printed so far.
func (w *Weir) Log() string {
	text, _ := os.ReadFile(w.logFile())
	return string(text)
}

func (w *Weir) logFile() string { return filepath.Join(w.Dir, "weir.log") }
