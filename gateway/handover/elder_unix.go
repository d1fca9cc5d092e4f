//go:build unix

package handover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"weir/gateway/sockets"
)

// Steps are what the elder does when its heir asks for it.
type Steps struct {
	Release func() error            // let go of the store
	Serving func(path string) error // reach what is stored through the heir
}

// Heir is the new process, as the elder sees it.
type Heir struct {
	cmd   *exec.Cmd
	link  *os.File
	lines chan string
	ended chan error // how it ended
}

// Begin starts a program with the sockets of a set. Its output goes where ours goes.
func Begin(program string, args []string, set *sockets.Set) (*Heir, error) {
	what, files, err := set.Pass()
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	defer closeAll(files)
	ours, theirs, err := pair()
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	defer theirs.Close()
	text, err := json.Marshal(what)
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	h := &Heir{cmd: exec.Command(program, args...), link: ours, lines: make(chan string, 4), ended: make(chan error, 1)}
	h.cmd.Stdout, h.cmd.Stderr = os.Stdout, os.Stderr
	h.cmd.Env = append(environment(os.Environ()), variable+"="+string(text))
	h.cmd.ExtraFiles = append([]*os.File{theirs}, files...)
	if err := h.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("handover: %w", err), ours.Close())
	}
	go func() { h.ended <- h.cmd.Wait() }()
	go func() {
		defer close(h.lines)
		read(ours, h.lines)
	}()
	return h, nil
}

// environment leaves out what was meant for this process alone.
func environment(env []string) (list []string) {
	for _, v := range env {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case variable, "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "MAINPID":
		default:
			list = append(list, v)
		}
	}
	return list
}

// pair makes two connected sockets that no other child inherits.
func pair() (ours, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	for _, fd := range fds {
		_ = syscall.SetNonblock(fd, true) // so that Close wakes the reader
	}
	return os.NewFile(uintptr(fds[0]), "heir"), os.NewFile(uintptr(fds[1]), "elder"), nil
}

// openLink gives the heir's end of the pair, which its own children do not get.
func openLink() *os.File {
	syscall.CloseOnExec(linkFD)
	return os.NewFile(linkFD, "elder")
}

// Await does what the heir asks for until it takes connections, or ctx ends. After an error the heir has ended.
func (h *Heir) Await(ctx context.Context, s Steps) error {
	for {
		select {
		case line, ok := <-h.lines:
			if !ok {
				return h.failed(errors.New("it ended before it took connections; see its messages above"))
			}
			if line == "ready" {
				return nil
			}
			if err := h.answer(line, s); err != nil {
				return h.failed(err)
			}
		case <-ctx.Done():
			return h.failed(fmt.Errorf("it did not take connections in time: %w", context.Cause(ctx)))
		}
	}
}

func (h *Heir) answer(line string, s Steps) error {
	verb, path, _ := strings.Cut(line, " ")
	switch verb {
	case "store":
		if err := s.Release(); err != nil {
			return err
		}
		_, err := h.link.WriteString("released\n")
		return err
	case "serving":
		return s.Serving(path)
	}
	return fmt.Errorf("it says %q", line)
}

// failed ends a heir that is none.
func (h *Heir) failed(why error) error {
	_ = h.cmd.Process.Kill() // it may have ended by itself
	<-h.ended
	return errors.Join(why, h.link.Close())
}

// PID is the heir's process id.
func (h *Heir) PID() int { return h.cmd.Process.Pid }

// Yours tells the heir that it is the service now. The pair stays open until this process ends.
func (h *Heir) Yours() error {
	_, err := h.link.WriteString("yours\n")
	return err
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}
