package realtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asking is an Exim for alice that asks Weir about each mail; the main lines and the ACL are the documents'.
const asking = `primary_hostname = mx.weir.test
daemon_smtp_ports = %[5]s
local_interfaces = 127.0.0.1
spool_directory = %[1]s/spool
log_file_path = %[1]s/log/%%slog
exim_path = %[2]s
keep_environment = LD_* : NSS_*
deliver_drop_privilege = true
acl_smtp_rcpt = rcpt
%[3]s
begin acl
rcpt:
  accept
%[4]s
begin routers
box:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = %[1]s/mail/alice
  create_directory = true
`

// askingRules find what a test writes into a mail.
const askingRules = `header   T_WORST   Subject =~ /worst/
score    T_WORST   20
header   T_BAD     Subject =~ /bad/
score    T_BAD     6
header   T_LATER   Subject =~ /later/
action   T_LATER   defer
`

// documentedDoor starts Weir with the README's n-th config that has a spamd door, and some rules.
func documentedDoor(t *testing.T, n int, free *strings.Replacer) (w *Weir, addr string) {
	t.Helper()
	var texts []string
	for _, b := range of(blocks(t, readme), "toml") {
		if strings.Contains(b.text, "[spamd]") {
			texts = append(texts, free.Replace(b.text))
		}
	}
	if n >= len(texts) {
		t.Fatalf("%d blocks with [spamd]", len(texts))
	}
	_, rest, _ := strings.Cut(texts[n], "[spamd]\nlisten = [\"")
	addr, _, _ = strings.Cut(rest, "\"")
	dir := t.TempDir()
	config := "rules = [\"" + dir + "/t.cf\"]\n" + texts[n] + "\n[metrics]\nlisten = \"\"\n[resolver]\nservers = [\"127.0.0.1:9\"]\n"
	err := errors.Join(os.WriteFile(filepath.Join(dir, "t.cf"), []byte(askingRules), 0o644),
		os.WriteFile(filepath.Join(dir, "weir.toml"), []byte(config), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	return NewWeir(t, Build(t), "tcp:"+addr, "--config", filepath.Join(dir, "weir.toml")), addr
}

// askingExim starts an Exim and gives its address and folder.
func askingExim(t *testing.T, program, main, acl string) (addr, dir string) {
	t.Helper()
	dir, addr = eximFolder(t), FreeAddr(t)
	config := filepath.Join(dir, "exim.conf")
	_, port, _ := strings.Cut(addr, ":")
	if err := os.WriteFile(config, fmt.Appendf(nil, asking, dir, program, main, acl, port), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := startProcess([]string{program, "-C", config, "-bdf"}, os.Environ(), filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.terminate)
	if err := awaitGreeting(addr, startLimit, p.ended); err != nil {
		out, _ := os.ReadFile(filepath.Join(dir, "out"))
		t.Fatalf("%v: %s", err, out)
	}
	return addr, dir
}

// ordinary fields are those whose absence would score.
var ordinary = "From: ann@example.org\r\nTo: alice@weir.test\r\nDate: " + time.Now().UTC().Format(time.RFC1123Z) + "\r\nMessage-ID: <8d41c09e7f3a@example.org>\r\n"

// outcome sends a mail and gives the code of the answer.
func outcome(t *testing.T, addr, subject string) int {
	t.Helper()
	o := dial(t, addr).Send("ann@example.org", []string{alice}, "X-Spam-Score: -99\r\nSubject: "+subject+"\r\n"+ordinary+"\r\nShall we?\r\n")
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	return o.Code
}

func boxed(t *testing.T, dir, want string) {
	t.Helper()
	var text []byte
	deadline := time.Now().Add(startLimit)
	for !strings.Contains(string(text), want) {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "log", "mainlog"))
			t.Fatalf("the mailbox has no %q:\n%s\nExim's log:\n%s", want, text, log)
		}
		time.Sleep(20 * time.Millisecond)
		text, _ = os.ReadFile(filepath.Join(dir, "mail", "alice"))
	}
	if strings.Contains(string(text), "-99") {
		t.Errorf("the sender's own score is there:\n%s", text)
	}
}

// TestDocumentedEximAsks runs both variants of Exim's spam condition, as the README and docs/spamd.md have them, with a real
// Exim and one Weir.
func TestDocumentedEximAsks(t *testing.T) {
	t.Parallel()
	program := Exim(t)
	if os.Getuid() != 0 {
		Skip(t, fmt.Errorf("%w: exim4: it needs root to take its own user", ErrUnavailable))
	}
	free := ports(t, "783")
	w, addr := documentedDoor(t, 0, free)
	_, port, _ := strings.Cut(addr, ":")
	own := func(doc, lang string) string {
		list := of(blocks(t, doc), lang)
		if len(list) != 1 {
			t.Fatalf("%s: %d blocks %s", doc, len(list), lang)
		}
		return strings.ReplaceAll(list[0].text, " 783", " "+port)
	}
	rspamd, dir := askingExim(t, program, own(readme, "exim-main"), own(readme, "exim-acl"))
	plainly, dir2 := askingExim(t, program, own("docs/spamd.md", "exim-main"), own("docs/spamd.md", "exim-acl"))
	for _, c := range []struct {
		subject      string
		front, plain int
	}{{"lunch", 250, 250}, {"worst", 550, 550}, {"bad", 250, 550}, {"later", 451, 451}} {
		if got := outcome(t, rspamd, c.subject); got != c.front {
			t.Errorf("variant=rspamd, %s: %d, want %d", c.subject, got, c.front)
		}
		if got := outcome(t, plainly, c.subject); got != c.plain {
			t.Errorf("SpamAssassin's, %s: %d, want %d", c.subject, got, c.plain)
		}
	}
	boxed(t, dir, "X-Spam-Flag: YES\n")
	boxed(t, dir, "X-Spam-Score: 6.") // a little more where the clock is moved: Exim has the machine's
	boxed(t, dir2, " pts rule name              description\n")
	if !strings.Contains(w.Log(), "from=ann@example.org rcpt="+alice+" action=tag") || !strings.Contains(w.Log(), "ip=127.0.0.1") {
		t.Errorf("the log tells no way of the mail:\n%s", w.Log())
	}
	w.Stop()
	if got := outcome(t, rspamd, "lunch"); got != 451 {
		t.Errorf("without Weir, variant=rspamd: %d, want 451", got)
	}
	if got := outcome(t, plainly, "lunch"); got != 451 {
		t.Errorf("without Weir, SpamAssassin's: %d, want 451", got)
	}
}

// TestDocumentedSpamc runs the README's commands for those who come from SpamAssassin.
func TestDocumentedSpamc(t *testing.T) {
	t.Parallel()
	program := namedProgram(t, "spamc", "usr/bin/spamc")
	free := ports(t, "783")
	w, addr := documentedDoor(t, 1, free)
	_, port, _ := strings.Cut(addr, ":")
	mail := "Received: from c.example (h.example [203.0.113.9])\n\tby mx.weir.test with ESMTP id 1; Sun, 22 Nov 2026 10:00:00 +0000\nFrom: a@example.org\nSubject: bad\n\nHello\n"
	if err := os.WriteFile(filepath.Join(w.Dir, "mail.eml"), []byte(mail), 0o644); err != nil {
		t.Fatal(err)
	}
	wants := []func(out, marked string, code int) bool{
		func(_, marked string, code int) bool {
			return code == 0 && strings.Contains(marked, "X-Spam-Flag: YES\n") && strings.HasSuffix(marked, mail)
		},
		func(out, _ string, code int) bool { return code == 1 && strings.HasSuffix(out, "/5.0\n") },
		func(out, _ string, code int) bool {
			return code == 0 && strings.Contains(out, " 6.0 T_BAD ") && strings.Contains(out, " IPREV_")
		},
		func(out, _ string, code int) bool { return code == 0 && out == "Message successfully un/learned\n" },
	}
	list := of(blocks(t, readme), "spamc")
	if len(list) != 1 || strings.Count(list[0].text, "\n") != len(wants) {
		t.Fatalf("%d blocks of spamc", len(list))
	}
	for i, line := range strings.Split(strings.TrimSpace(list[0].text), "\n") {
		cmd := exec.Command("sh", "-c", strings.Replace(line, "spamc ", "spamc -F /dev/null -u joe -d 127.0.0.1 -p "+port+" ", 1))
		cmd.Dir, cmd.Env = w.Dir, append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
		out, _ := cmd.Output()
		marked, _ := os.ReadFile(filepath.Join(w.Dir, "marked.eml"))
		if !wants[i](string(out), string(marked), cmd.ProcessState.ExitCode()) {
			t.Errorf("%s\nexit code %d, it printed\n%s\nand marked.eml is\n%s", line, cmd.ProcessState.ExitCode(), out, marked)
		}
	}
	if !strings.Contains(w.Log(), "ip=203.0.113.9") || !strings.Contains(w.Log(), "rcpt=joe@example.com") {
		t.Errorf("the log tells neither client nor recipient:\n%s", w.Log())
	}
}
