package realtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Tool runs one of Postfix's commands, such as postqueue or postsuper, on its configuration, as an admin would.
func (p *Postfix) Tool(name string, args ...string) (string, error) {
	args = append([]string{p.tree.Path("usr/sbin", name), "-c", p.etc()}, args...)
	return output(args, p.tree.Env())
}

// Submit hands in a mail as a program of the machine does, with Postfix's sendmail command. The text has LF line ends.
func (p *Postfix) Submit(from, to, text string) error {
	cmd := exec.Command(p.tree.Path("usr/sbin/sendmail"), "-C", p.etc(), "-f", from, to)
	cmd.Env = append(p.tree.Env(), "MAIL_CONFIG="+p.etc())
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.WriteString(in, text) // sendmail says what is wrong
		_ = in.Close()
	}()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("sendmail: %w: %s", err, out)
	}
	return nil
}

// Source sends mails with Postfix's own test client over one connection.
func (p *Postfix) Source(addr, from, to string, mails int) error {
	cmd := exec.Command(p.tree.Path("usr/sbin/smtp-source"), "-d", "-s", "1", "-m", fmt.Sprint(mails), "-f", from, "-t", to, addr)
	cmd.Env = p.tree.Env()
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 { // it complains of refusals and ends well
		return errors.Join(fmt.Errorf("smtp-source: %s", out), err)
	}
	return nil
}

// Held lists the queue ids of the mails that Postfix holds for a person to look at.
func (p *Postfix) Held() (ids []string) {
	entries, _ := os.ReadDir(filepath.Join(p.Dir, "queue/hold"))
	for _, e := range entries {
		if !e.IsDir() {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

func (p *Postfix) etc() string { return filepath.Join(p.Dir, "etc") }
