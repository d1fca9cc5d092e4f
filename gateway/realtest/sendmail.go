package realtest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// SendmailOptions says what a Sendmail serves.
type SendmailOptions struct {
	Addr string // where it listens; "" a free loopback port
	Hop  string // host:port of the SMTP server to which all mail goes on
	MC   string // more lines of sendmail.mc
}

// Sendmail is a running Debian Sendmail with a queue of its own. Its configuration is made with m4 from Debian's
// sendmail-cf, as an admin's sendmail.mc is. It delivers nothing by itself: all goes on to one next hop.
type Sendmail struct {
	Addr    string
	Dir     string // sendmail.mc, sendmail.cf, queue and traffic below it
	tree    Tree
	process *process
}

// sendmailHost is the name that Sendmail sees as the machine's: with one without a dot it sleeps for a minute at start.
const sendmailHost = "mx.weir.test"

// sendmailMC is what every Sendmail of ours has: no DNS, no aliases, no users, a folder of its own, and a load that
// never puts mail off.
//
//go:embed sendmail.mc
var sendmailMC string

// NewSendmail starts a Sendmail for a test and ends it with the test.
func NewSendmail(t testing.TB, o SendmailOptions) *Sendmail {
	t.Helper()
	s, err := StartSendmail(t.Context(), o)
	if errors.Is(err, ErrUnavailable) {
		Skip(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Sendmail's traffic ends with:\n%s", tail(s.Traffic(), 60))
		}
		s.Remove()
	})
	return s
}

// StartSendmail starts a Sendmail for a program, which calls Remove at its end. ErrUnavailable: it can't be had here.
func StartSendmail(ctx context.Context, o SendmailOptions) (*Sendmail, error) {
	if os.Getuid() != 0 {
		return nil, fmt.Errorf("%w: sendmail: it needs root", ErrUnavailable)
	}
	tree, err := Fetch(ctx, "sendmail-bin")
	if err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, "unshare", "--uts", "true").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: sendmail: it needs a host name of its own: unshare --uts: %w: %s", ErrUnavailable, err, out)
	}
	if o.Addr == "" {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		o.Addr = fmt.Sprintf("127.0.0.1:%d", port)
	}
	dir, err := os.MkdirTemp("", "weir-sendmail-")
	if err != nil {
		return nil, err
	}
	s := &Sendmail{Addr: o.Addr, Dir: dir, tree: tree}
	if err := errors.Join(s.layout(o), s.configure(ctx)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.Start(); err != nil {
		return nil, errors.Join(err, fmt.Errorf("it says: %s", tail(s.Traffic(), 20)), os.RemoveAll(dir))
	}
	return s, nil
}

// layout makes the folder: the program, sendmail.mc and what it names.
func (s *Sendmail) layout(o SendmailOptions) error {
	host, hopPort, err := net.SplitHostPort(o.Hop)
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	mc := strings.NewReplacer("$DIR", s.Dir, "$HOPADDR", host, "$HOPPORT", hopPort, "$HOST", sendmailHost, "$PORT", port, "$MORE", o.MC).Replace(sendmailMC)
	program, err := os.ReadFile(s.tree.Path("usr/libexec/sendmail/sendmail"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return errors.Join(os.Mkdir(s.path("queue"), 0o700),
		// A copy, since the package's own is setgid: the dynamic linker does not look for libraries in our tree for such a one.
		os.WriteFile(s.path("sendmail"), program, 0o755),
		os.WriteFile(s.path("sendmail.mc"), []byte(mc), 0o644),
		os.WriteFile(s.path("switch"), []byte("hosts files\naliases files\n"), 0o644))
}

// configure makes sendmail.cf.
func (s *Sendmail) configure(ctx context.Context) error {
	m4 := "/usr/bin/m4"
	if _, err := os.Stat(s.tree.Path("usr/bin/m4")); err == nil {
		m4 = s.tree.Path("usr/bin/m4")
	}
	cf := s.tree.Path("usr/share/sendmail/cf") + "/"
	if _, err := os.Stat(cf); err != nil {
		cf = "/usr/share/sendmail/cf/" // installed on the machine
	}
	cmd := exec.CommandContext(ctx, m4, "-D_CF_DIR_="+cf, cf+"m4/cf.m4", s.path("sendmail.mc"))
	cmd.Env = s.tree.Env()
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil || problems.Len() > 0 { // m4's macros complain without an exit code
		return fmt.Errorf("realtest: sendmail.mc: %w: %s", err, problems.String())
	}
	return os.WriteFile(s.path("sendmail.cf"), out, 0o644)
}

// Start starts it again after Stop or Kill, with the same port and queue. Its queue is run each second.
func (s *Sendmail) Start() error {
	var err error
	s.process, err = startProcess(append(s.program(), "-bD", "-q1s", "-X", s.path("traffic")), s.tree.Env(), s.path("out"))
	if err != nil {
		return err
	}
	if err := awaitGreeting(s.Addr, startLimit, s.process.ended); err != nil {
		s.Kill()
		return err
	}
	return nil
}

// Stop ends it in an orderly way and waits. What is in its queue stays there.
func (s *Sendmail) Stop() { s.process.terminate() }

// Kill ends all its processes at once.
func (s *Sendmail) Kill() { s.process.kill() }

// Remove ends it and removes its folder.
func (s *Sendmail) Remove() {
	if s.process != nil {
		s.process.terminate()
	}
	_ = os.RemoveAll(s.Dir)
}

// Run runs sendmail on its configuration, as an admin would: Run("-bp", "-qQ") lists what is in quarantine.
func (s *Sendmail) Run(args ...string) (string, error) {
	return output(append(s.program(), args...), s.tree.Env())
}

// program is the start of each command line.
func (s *Sendmail) program() []string {
	return []string{"unshare", "--uts", "/bin/sh", "-c", `hostname "$0" && exec "$@"`, sendmailHost, s.path("sendmail"), "-C", s.path("sendmail.cf")}
}

// Traffic is what was said in all its connections, in both directions, and what it printed.
func (s *Sendmail) Traffic() string {
	out, _ := os.ReadFile(s.path("out"))
	text, _ := os.ReadFile(s.path("traffic"))
	return string(out) + string(text)
}

// Quarantined gives the envelope files of mail that is kept back in the queue, as sendmail -bp -qQ lists it.
func (s *Sendmail) Quarantined() (list []string) {
	files, _ := filepath.Glob(s.path("queue/hf*"))
	for _, name := range files {
		text, _ := os.ReadFile(name)
		list = append(list, string(text))
	}
	return list
}

// Queued counts the mails that it has accepted and not yet sent on, without those in quarantine.
func (s *Sendmail) Queued() int {
	files, _ := filepath.Glob(s.path("queue/qf*"))
	return len(files)
}

func (s *Sendmail) path(name string) string { return filepath.Join(s.Dir, name) }
