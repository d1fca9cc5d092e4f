package realtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// swaks sends a mail as a mail administrator would try it out, and gives the session as swaks shows it.
func swaks(t *testing.T, program, addr, data string, more ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail.eml")
	if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--server", addr, "--helo", "client.weir.test", "--to", alice, "--data", "@" + file}, more...)
	out, err := exec.Command(program, args...).CombinedOutput()
	if _, refused := err.(*exec.ExitError); err != nil && !refused { // its exit code tells what was refused
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), "\r", "")
}

// afterDot is the reply to the mail in a session of swaks: " <-  250 …", "<** 554 …".
func afterDot(session string) string {
	_, rest, _ := strings.Cut(session, "\n -> .\n")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// sendmailFilter is the line of sendmail.mc for a socket.
func sendmailFilter(socket string) string {
	return "INPUT_MAIL_FILTER(`weir', `S=" + socket + ", F=T, T=C:15s;S:30s;R:30s;E:5m')dnl"
}

// TestSendmailMilter: a weir process beside a real Sendmail, over both kinds of sockets, with swaks as the client.
func TestSendmailMilter(t *testing.T) {
	t.Parallel()
	program := Binary(t, "swaks", "usr/bin/swaks")
	unix, tcp := "unix:"+socketDir(t)+"/milter.sock", FreeAddr(t)
	w := NewWeir(t, Build(t), unix, "--config", milterConfig(t, unix, tcp))
	host, port, _ := strings.Cut(tcp, ":")
	for _, b := range []struct{ name, socket string }{{"unix", unix}, {"tcp", "inet:" + port + "@" + host}} {
		t.Run(b.name, func(t *testing.T) {
			got := newArrivals(t)
			s := NewSendmail(t, SendmailOptions{Hop: got.Addr, MC: sendmailFilter(b.socket)})
			f := filtered{got: got, s: s, name: "sm-" + b.name, swaks: program}
			t.Run("tag", f.testTag)
			t.Run("reject", f.testReject)
			t.Run("defer", f.testDefer)
			t.Run("B20_header_removal_by_index_with_duplicates", f.testRemoval)
			t.Run("quarantine", f.testHold)
			t.Run("several messages in one connection", f.testMany)
		})
	}
	t.Run("while Weir is away mail is put off", func(t *testing.T) {
		s := NewSendmail(t, SendmailOptions{Hop: newArrivals(t).Addr, MC: sendmailFilter(unix)})
		w.Kill()
		if session := swaks(t, program, s.Addr, fated("none", "away")); !strings.Contains(session, "<** 451 4.") {
			t.Errorf("session:\n%s", session)
		}
	})
}

// filtered is a Sendmail with Weir as its filter.
type filtered struct {
	got   *arrivals
	s     *Sendmail
	name  string // for marks
	swaks string
}

func (f filtered) send(t *testing.T, fate string) (mark, reply string) {
	mark = fate + "-" + f.name
	return mark, afterDot(swaks(t, f.swaks, f.s.Addr, fated(fate, mark), "--from", "ann@"+mark+".example"))
}

// arrived is the one mail with a mark that Sendmail sent on; it waits for it.
func (f filtered) arrived(t *testing.T, mark string) string {
	t.Helper()
	eventually(t, "delivery of "+mark, func() bool { return len(f.got.with("X-Mark: "+mark)) > 0 && f.s.Queued() == 0 })
	list := f.got.with("X-Mark: " + mark)
	if len(list) != 1 {
		t.Fatalf("%d copies of %s", len(list), mark)
	}
	return strings.ReplaceAll(string(list[0].Data), "\r\n", "\n")
}

func (f filtered) testTag(t *testing.T) {
	mark, reply := f.send(t, "tag")
	if !strings.HasPrefix(reply, "<-  250 2.0.0") {
		t.Fatalf("reply %q", reply)
	}
	mail := f.arrived(t, mark)
	for _, want := range []string{"\nSubject: [spam] Fate: tag\n", "\nX-Spam-Flag: YES\n", "\nAuthentication-Results: gate.weir.test;", "FATE_TAG=40", "\n\n" + mark + "\n"} {
		if !strings.Contains("\n"+mail, want) {
			t.Errorf("no %q in:\n%s", want, mail)
		}
	}
}

func (f filtered) testReject(t *testing.T) {
	if _, reply := f.send(t, "reject"); !strings.HasPrefix(reply, "<** 554 5.7.1 Message refused by policy") || !reference.MatchString(reply) {
		t.Errorf("reply %q", reply)
	}
}

func (f filtered) testDefer(t *testing.T) {
	if _, reply := f.send(t, "grey"); !strings.HasPrefix(reply, "<** 451 4.7.1 Greylisted, try again") {
		t.Errorf("reply %q", reply)
	}
}

func (f filtered) testRemoval(t *testing.T) {
	mark := "forged-" + f.name
	if reply := afterDot(swaks(t, f.swaks, f.s.Addr, forged(mark), "--from", "ann@example.org")); !strings.HasPrefix(reply, "<-  250") {
		t.Fatalf("reply %q", reply)
	}
	mail := strings.TrimRight(f.arrived(t, mark), "\n") + "\n" // swaks ends a file with an empty line of its own
	checkRemoved(t, mail, strings.ReplaceAll(fated("none", mark), "\r\n", "\n"))
}

func (f filtered) testHold(t *testing.T) {
	mark, reply := f.send(t, "hold")
	if !strings.HasPrefix(reply, "<-  250") {
		t.Fatalf("reply %q", reply)
	}
	eventually(t, "a mail in quarantine", func() bool { return len(f.s.Quarantined()) == 1 })
	if envelope := f.s.Quarantined()[0]; !strings.Contains(envelope, "\nqWeir: ") || !strings.Contains(envelope, "FATE_HOLD") && !strings.Contains(envelope, "quarantine threshold") {
		t.Errorf("its envelope does not say why:\n%s", envelope)
	}
	if n := len(f.got.with(mark)); n != 0 {
		t.Errorf("%d copies were sent on", n)
	}
	if out, err := f.s.Run("-qQ", "-Q"); err != nil {
		t.Fatal(err, out)
	}
	f.arrived(t, mark)
}

func (f filtered) testMany(t *testing.T) {
	c := dial(t, f.s.Addr)
	for i, fate := range []string{"none", "reject", "tag", "none", "reject", "none"} {
		mark := string(rune('a'+i)) + "-" + fate + "-" + f.name
		o := c.Send("ann@example.org", []string{alice}, fated(fate, mark))
		if o.Accepted == (fate == "reject") {
			t.Fatalf("%d: outcome %+v", i, o)
		}
		if fate == "reject" {
			continue
		}
		if tagged := strings.Contains(f.arrived(t, mark), "X-Spam-Flag: YES"); tagged != (fate == "tag") {
			t.Errorf("%d: %s was taken for another's", i, fate)
		}
	}
}
