package realtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// PostfixOptions says what a Postfix serves. The zero value accepts no recipient.
type PostfixOptions struct {
	Addr      string            // where smtpd listens; "" a free loopback port
	Mailboxes []string          // addresses that have a Maildir; others at their domains get 550 5.1.1
	Main      map[string]string // more main.cf settings; they win over ours
	Services  []string          // more master.cf lines; $QUEUE, $DIR and $ADDR are replaced
}

// Postfix is a running Debian Postfix with a queue, data and Maildirs of its own.
//
// It runs as the machine's users daemon (mail_owner), mail (setgid_group) and nobody, which every Debian has: the
// users that Postfix's package would make are not made. Its master process needs root.
type Postfix struct {
	Addr    string
	Dir     string // etc, queue, data, mail and log below it
	tree    Tree
	process *process
}

// NewPostfix starts a Postfix for a test and ends it with the test.
func NewPostfix(t testing.TB, o PostfixOptions) *Postfix {
	t.Helper()
	p, err := StartPostfix(context.Background(), o)
	if errors.Is(err, ErrUnavailable) {
		Skip(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Postfix's log ends with:\n%s", tail(p.Log(), 40))
		}
		p.Remove()
	})
	return p
}

// StartPostfix starts a Postfix for a program, which calls Remove at its end. ErrUnavailable: it can't be had here.
func StartPostfix(ctx context.Context, o PostfixOptions) (*Postfix, error) {
	if os.Getuid() != 0 {
		return nil, fmt.Errorf("%w: postfix: its master process needs root", ErrUnavailable)
	}
	tree, err := Fetch(ctx, "postfix")
	if err != nil {
		return nil, err
	}
	if o.Addr == "" {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		o.Addr = fmt.Sprintf("127.0.0.1:%d", port)
	}
	dir, err := os.MkdirTemp("", "weir-postfix-")
	if err != nil {
		return nil, err
	}
	p := &Postfix{Addr: o.Addr, Dir: dir, tree: tree}
	if err := errors.Join(p.layout(), p.configure(o)); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := p.Start(); err != nil {
		return nil, errors.Join(err, fmt.Errorf("log: %s", tail(p.Log(), 20)), os.RemoveAll(dir))
	}
	return p, nil
}

// Start starts it again after Stop or Kill, with the same port, queue and mail.
func (p *Postfix) Start() error {
	// A high limit of open files would cost master a second: it closes each possible descriptor one by one.
	command := `ulimit -n 4096; exec "$0" -c "$1" -s`
	cmd := []string{"/bin/sh", "-c", command, p.tree.Path("usr/lib/postfix/sbin/master"), filepath.Join(p.Dir, "etc")}
	var err error
	p.process, err = startProcess(cmd, p.tree.Env(), filepath.Join(p.Dir, "master.out"))
	if err != nil {
		return err
	}
	if err := awaitGreeting(p.Addr, startLimit, p.process.ended); err != nil {
		p.Kill()
		return err
	}
	return nil
}

// PID is the master process; its descendants are all of Postfix.
func (p *Postfix) PID() int { return p.process.pid() }

// Stop ends it in an orderly way and waits. What is in its queue stays there.
func (p *Postfix) Stop() { p.process.terminate() }

// Kill ends all its processes at once, as a power cut would.
func (p *Postfix) Kill() { p.process.kill() }

// Remove ends it and removes its folder.
func (p *Postfix) Remove() {
	if p.process != nil {
		p.process.terminate()
	}
	_ = os.RemoveAll(p.Dir)
}

// Log is its log so far.
func (p *Postfix) Log() string {
	text, _ := os.ReadFile(filepath.Join(p.Dir, "log"))
	out, _ := os.ReadFile(filepath.Join(p.Dir, "master.out"))
	return string(out) + string(text)
}

// Postconf runs postconf(1) on its configuration, as an admin would check a setting.
func (p *Postfix) Postconf(args ...string) (string, error) {
	args = append([]string{p.tree.Path("usr/sbin/postconf"), "-c", filepath.Join(p.Dir, "etc")}, args...)
	return output(args, p.tree.Env())
}

// Mail lists the files in the Maildir of a mailbox.
func (p *Postfix) Mail(mailbox string) []string {
	files, _ := filepath.Glob(filepath.Join(p.Dir, "mail", mailbox, "new", "*"))
	return files
}

// Queued counts the messages that it has accepted and not yet delivered. A queue file without the execute bit is not
// complete: Postfix has not answered 250 for it.
func (p *Postfix) Queued() int {
	n := 0
	for _, queue := range []string{"maildrop", "incoming", "active", "deferred"} {
		_ = filepath.WalkDir(filepath.Join(p.Dir, "queue", queue), func(_ string, e os.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				info, err := e.Info()
				if err == nil && info.Mode()&0o100 != 0 {
					n++
				}
			}
			return nil
		})
	}
	return n
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

func (p *Postfix) configure(o PostfixOptions) error {
	settings := p.settings(o.Mailboxes)
	maps.Copy(settings, o.Main)
	var main strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&main, "%s = %s\n", name, settings[name])
	}
	expand := strings.NewReplacer("$DIR", p.Dir, "$QUEUE", filepath.Join(p.Dir, "queue"), "$ADDR", p.Addr)
	services := expand.Replace(postfixServices + strings.Join(o.Services, "\n") + "\n")
	etc := filepath.Join(p.Dir, "etc")
	return errors.Join(
		os.WriteFile(filepath.Join(etc, "main.cf"), []byte(expand.Replace(main.String())), 0o644),
		os.WriteFile(filepath.Join(etc, "master.cf"), []byte(services), 0o644))
}
