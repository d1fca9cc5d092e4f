//go:build unix

package realtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// startLimit and stopLimit are hang guards, not measurements.
const (
	startLimit = 30 * time.Second
	stopLimit  = 40 * time.Second
)

// process is a server with a session of its own, so that it can be ended with all its children.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when the server has ended
}

// startProcess runs a command with its output appended to a file.
func startProcess(command, env []string, logFile string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	// Setsid, not Setpgid: Postfix's master wants to lead a session and can't once it leads a group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(p.ended)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// kill ends the whole group with SIGKILL and waits.
func (p *process) kill() {
	_ = syscall.Kill(-p.pid(), syscall.SIGKILL) // ended already: fine
	<-p.ended
}

// terminate sends SIGTERM to the server, waits for it, and ends what is left of its group.
func (p *process) terminate() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
	}
	p.kill()
}

func output(command, env []string) (string, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = env
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s: %w: %s", command[0], err, exit.Stderr)
	}
	return string(out), err
}
