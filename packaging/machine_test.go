// Package packaging tests what is handed out: units, Debian package, container image.
package packaging

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// machine is a Debian of the test's own, with systemd as its first process, over a copy-on-write view of this one.
type machine struct {
	t    *testing.T
	boot *exec.Cmd
	pid  string // of its systemd, as seen from here
}

// start boots one. debs is seen as /debs there.
func start(t *testing.T, debs string) *machine {
	t.Helper()
	if err := possible(); err != nil {
		realtest.Skip(t, err)
	}
	base, err := os.MkdirTemp("", "weir-machine-")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, boot: exec.Command("testdata/boot", base, debs)}
	m.boot.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := m.boot.Start(); err != nil {
		realtest.Skip(t, err)
	}
	t.Cleanup(func() { m.stop(base) })
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		m.pid = child(m.boot.Process.Pid)
		if m.pid != "" {
			if out, _ := m.run("systemctl", "is-system-running"); strings.Contains(out, "running") || strings.Contains(out, "degraded") {
				return m
			}
		}
		if time.Now().After(end) {
			realtest.Skip(t, errors.New("systemd does not come up in a namespace of its own"))
		}
	}
}

func possible() error {
	if os.Getuid() != 0 {
		return errors.New("a machine of its own needs root")
	}
	for _, name := range []string{"unshare", "nsenter", "dpkg-deb", "systemctl", "ip"} {
		if _, err := exec.LookPath(name); err != nil {
			return err
		}
	}
	_, err := os.Stat("/lib/systemd/systemd")
	return err
}

// child gives the process that unshare has forked.
func child(pid int) string {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "task", strconv.Itoa(pid), "children"))
	return strings.TrimSpace(string(text))
}

func (m *machine) stop(base string) {
	_ = m.boot.Process.Kill() // unshare --kill-child: its systemd ends with it, and all below that
	_ = m.boot.Wait()
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		for range 100 {
			if removeGroups(filepath.Join(root, filepath.Base(base))) == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	_ = os.RemoveAll(base) // the mounts were the machine's: nothing is in it here
}

// removeGroups removes a control group with those below it, from the leaves on.
func removeGroups(dir string) error {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			_ = removeGroups(filepath.Join(dir, e.Name()))
		}
	}
	if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// run runs a command there.
func (m *machine) run(args ...string) (string, error) {
	cmd := exec.Command("nsenter", append([]string{"-t", m.pid, "-m", "-p", "-n", "-C", "-r", "-w"}, args...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// must is run for commands that have to go well.
func (m *machine) must(args ...string) string {
	m.t.Helper()
	out, err := m.run(args...)
	if err != nil {
		log, _ := m.run("journalctl", "--no-pager", "-n", "40")
		m.t.Fatalf("%s: %v\n%s\n%s", strings.Join(args, " "), err, out, log)
	}
	return out
}

// says wants a command's output to be something.
func (m *machine) says(want string, args ...string) {
	m.t.Helper()
	if out, _ := m.run(args...); out != want {
		log, _ := m.run("journalctl", "--no-pager", "-n", "40")
		m.t.Fatalf("%s: %q, want %q\n%s", strings.Join(args, " "), out, want, log)
	}
}
