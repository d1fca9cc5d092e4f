package realtest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fates are rules that give a mail its fate by its subject, whatever else is found.
const fates = `header FATE_GREY Subject =~ /^Fate: grey/
score FATE_GREY 25
header FATE_TAG Subject =~ /^Fate: tag/
score FATE_TAG 40
header FATE_HOLD Subject =~ /^Fate: hold/
score FATE_HOLD 60
header FATE_REJECT Subject =~ /^Fate: reject/
score FATE_REJECT 100
describe FATE_GREY A fate
describe FATE_TAG A fate
describe FATE_HOLD A fate
describe FATE_REJECT A fate
`

// milterConfig writes a weir.toml with the milter door at these addresses and nothing else open.
func milterConfig(t testing.TB, addresses ...string) string {
	t.Helper()
	dir := t.TempDir()
	rules, file := filepath.Join(dir, "fates.cf"), filepath.Join(dir, "weir.toml")
	text := fmt.Sprintf(`hostname = "gate.weir.test"
rules = [%q]
[smtp]
listen = []
[http]
listen = []
[metrics]
listen = ""
[milter]
listen = ["%s"]
socket_group = "daemon" # Postfix's group, as these tests run it
quarantine = "hold"
[headers]
subject_prefix = "[spam] "
[policies.default]
greylist = 20.0
tag = 30.0
quarantine = 50.0
reject = 90.0
[filters.greylist]
enabled = true
[filters.reputation]
enabled = false
[resolver]
servers = ["127.0.0.1:9"]
`, rules, strings.Join(addresses, `", "`))
	for name, content := range map[string]string{rules: fates, file: text} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// socketDir is a folder for a socket, which a test's own is too deep for.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-sock-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// fated is a mail with a fate, found again by its mark.
func fated(fate, mark string) string {
	return "From: Ann <ann@example.org>\r\nTo: <alice@weir.test>\r\nSubject: Fate: " + fate + "\r\nMessage-ID: <" + mark + "@example.org>\r\n" +
		"Date: Mon, 05 Oct 2026 10:00:00 +0000\r\nX-Mark: " + mark + "\r\n\r\n" + mark + "\r\n.\r\n..and dots\r\n"
}

// marked gives the mails in a mailbox that contain a mark.
func marked(p *Postfix, mailbox, mark string) (list []string) {
	for _, file := range p.Mail(mailbox) {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), mark) {
			list = append(list, string(text))
		}
	}
	return list
}

// deliveredMail is the one mail with a mark; it waits for it.
func deliveredMail(t *testing.T, p *Postfix, mark string) string {
	t.Helper()
	eventually(t, "delivery of "+mark, func() bool { return len(marked(p, alice, mark)) > 0 && p.Queued() == 0 })
	list := marked(p, alice, mark)
	if len(list) != 1 {
		t.Fatalf("%d copies of %s", len(list), mark)
	}
	return list[0]
}

// below takes off what Postfix and Weir write above a mail's own header.
func below(mail, first string) string {
	if i := strings.Index("\n"+mail, "\n"+first); i >= 0 {
		return mail[i:]
	}
	return mail
}

// reference is the id at the end of what Weir tells a sender.
var reference = regexp.MustCompile(`\[[a-z0-9]{16}\]`)

// beside is a mail server with Weir as its milter, in what both have in common.
type beside struct {
	addr string // of the mail server
	name string // for marks
	weir *Weir
}

// TestPostfixMilter: a weir process beside a real Postfix, over both kinds of sockets.
func TestPostfixMilter(t *testing.T) {
	t.Parallel()
	unix, tcp, second := "unix:"+socketDir(t)+"/milter.sock", FreeAddr(t), FreeAddr(t)
	w := NewWeir(t, Build(t), unix, "--config", milterConfig(t, unix, tcp))
	p := NewPostfix(t, PostfixOptions{
		Mailboxes: []string{alice},
		Main: map[string]string{
			"smtpd_milters": unix, "non_smtpd_milters": unix, "milter_default_action": "tempfail",
			"smtpd_authorized_xclient_hosts": "127.0.0.0/8",
		},
		Services: []string{second + " inet n - n - - smtpd -o smtpd_milters=inet:" + tcp},
	})
	for _, b := range []beside{{p.Addr, "unix", w}, {second, "tcp", w}} {
		t.Run(b.name, func(t *testing.T) {
			t.Run("tag", func(t *testing.T) { b.testTag(t, p) })
			t.Run("reject", b.testReject)
			t.Run("defer", b.testDefer)
			t.Run("B20_header_removal_by_index_with_duplicates", func(t *testing.T) { b.testRemoval(t, p) })
			t.Run("quarantine", func(t *testing.T) { b.testHold(t, p) })
			t.Run("50 messages in one connection", func(t *testing.T) { b.testMany(t, p) })
			t.Run("a client vanishes in mid-DATA", func(t *testing.T) { b.testVanish(t, p) })
			t.Run("who the client is", b.testClient)
		})
	}
	t.Run("mail of the machine itself, through non_smtpd_milters", func(t *testing.T) {
		text := strings.ReplaceAll(fated("tag", "pickup"), "\r\n", "\n")
		if err := p.Submit("root@weir.test", alice, text); err != nil {
			t.Fatal(err)
		}
		if mail := deliveredMail(t, p, "X-Mark: pickup"); !strings.Contains(mail, "\nSubject: [spam] Fate: tag\n") {
			t.Errorf("mail:\n%s", mail)
		}
	})
	t.Run("while Weir is away mail is put off, and afterwards taken", func(t *testing.T) {
		w.Kill()
		c := dial(t, p.Addr)
		if o := c.Send("ann@example.org", []string{alice}, fated("none", "away")); o.Accepted || o.Code/100 != 4 {
			t.Errorf("outcome %+v", o)
		}
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		if o := dial(t, p.Addr).Send("ann@example.org", []string{alice}, fated("none", "back")); !o.Accepted {
			t.Fatalf("outcome %+v", o)
		}
		deliveredMail(t, p, "X-Mark: back")
		if len(marked(p, alice, "X-Mark: away")) > 0 {
			t.Error("what was put off was delivered")
		}
	})
}

func (b beside) send(t *testing.T, data string) Outcome {
	t.Helper()
	return dial(t, b.addr).Send("ann@example.org", []string{alice}, data)
}

func (b beside) testTag(t *testing.T, p *Postfix) {
	if o := b.send(t, fated("tag", "tag-"+b.name)); !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	mail := deliveredMail(t, p, "X-Mark: tag-"+b.name)
	want := strings.ReplaceAll(fated("tag", "tag-"+b.name), "\r\n", "\n")
	want = strings.Replace(want, "Subject: ", "Subject: [spam] ", 1)
	if below(mail, "From: Ann") != want {
		t.Errorf("but for the subject it should be as it was sent:\n%s", mail)
	}
	for _, field := range []string{"\nX-Spam-Flag: YES\n", "\nX-Spam-Status: ", "\nAuthentication-Results: gate.weir.test;", "FATE_TAG=40"} {
		if !strings.Contains("\n"+mail, field) {
			t.Errorf("no %q in:\n%s", field, mail)
		}
	}
}

func (b beside) testReject(t *testing.T) {
	o := b.send(t, fated("reject", "reject-"+b.name))
	if !o.AfterDot || o.Code != 554 || !strings.HasPrefix(o.Text, "5.7.1 Message refused by policy") || !reference.MatchString(o.Text) {
		t.Errorf("outcome %+v", o)
	}
}

func (b beside) testDefer(t *testing.T) {
	o := dial(t, b.addr).Send("ann@grey-"+b.name+".example", []string{alice}, fated("grey", "defer-"+b.name))
	if !o.AfterDot || o.Code != 451 || !strings.HasPrefix(o.Text, "4.7.1 Greylisted, try again") || !reference.MatchString(o.Text) {
		t.Errorf("outcome %+v", o)
	}
}

// forged has fields that only the receiver may write, with others of the same kind of name between them.
func forged(mark string) string {
	mail := "X-Spam-Flag: NO\r\nX-Spammer: keep 1\r\nX-Spam-Flag: NO\r\n\tand folded\r\n" +
		"Authentication-Results: gate.weir.test; dmarc=pass\r\nAuthentication-Results: other.example; spf=pass\r\n" +
		"Authentication-Results: GATE.weir.test; dkim=pass\r\n" + fated("none", mark)
	return strings.Replace(mail, "Date: ", "X-Spam-Flag: NO\r\nDate: ", 1)
}

func (b beside) testRemoval(t *testing.T, p *Postfix) {
	if o := b.send(t, forged("forged-"+b.name)); !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	mail := deliveredMail(t, p, "X-Mark: forged-"+b.name)
	checkRemoved(t, mail, strings.ReplaceAll(fated("none", "forged-"+b.name), "\r\n", "\n"))
}

// checkRemoved: of a forged mail, all that was forged is gone and all else is there, in its order. rest is what follows
// the forged fields.
func checkRemoved(t *testing.T, mail, rest string) {
	t.Helper()
	want := "X-Spammer: keep 1\nAuthentication-Results: other.example; spf=pass\n" + rest
	if got := below(mail, "X-Spammer: "); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	for _, gone := range []string{"X-Spam-Flag", "and folded", "dmarc=pass", "GATE.weir"} {
		if strings.Contains(mail, gone) {
			t.Errorf("%q is still there:\n%s", gone, mail)
		}
	}
}

func (b beside) testHold(t *testing.T, p *Postfix) {
	before := len(p.Held())
	if o := b.send(t, fated("hold", "hold-"+b.name)); !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	eventually(t, "a mail in the hold queue", func() bool { return len(p.Held()) == before+1 })
	id := p.Held()[before]
	if list, err := p.Tool("postqueue", "-p"); err != nil || !strings.Contains(list, id+"!") {
		t.Errorf("postqueue shows %v:\n%s", err, list)
	}
	if text, err := p.Tool("postcat", "-q", id); err != nil || !strings.Contains(text, "X-Mark: hold-"+b.name) {
		t.Errorf("postcat shows %v:\n%s", err, text)
	}
	if len(marked(p, alice, "X-Mark: hold-"+b.name)) > 0 {
		t.Error("it was delivered")
	}
	for _, release := range [][]string{{"postsuper", "-H", id}, {"postqueue", "-i", id}} {
		if out, err := p.Tool(release[0], release[1:]...); err != nil {
			t.Fatal(err, out)
		}
	}
	deliveredMail(t, p, "X-Mark: hold-"+b.name)
}

func (b beside) testMany(t *testing.T, p *Postfix) {
	const mails = 50
	from := "many-" + b.name + "@example.org"
	had := len(p.Mail(alice))
	if err := p.Source(b.addr, from, alice, mails); err != nil {
		t.Fatal(err)
	}
	eventually(t, "50 deliveries", func() bool { return len(p.Mail(alice)) >= had+mails && p.Queued() == 0 })
	if n := len(p.Mail(alice)) - had; n != mails {
		t.Errorf("%d mails", n)
	}
	verdict := regexp.MustCompile(`msg=verdict id=(\S+) ip=127\.0\.0\.1 from=` + from + ` rcpt=alice@weir\.test action=accept`)
	ids := map[string]bool{}
	eventually(t, "50 verdicts", func() bool {
		for _, m := range verdict.FindAllStringSubmatch(b.weir.Log(), -1) {
			ids[m[1]] = true
		}
		return len(ids) == mails
	})
}

func (b beside) testVanish(t *testing.T, p *Postfix) {
	c := dial(t, b.addr)
	for _, line := range []string{"MAIL FROM:<ann@example.org>", "RCPT TO:<" + alice + ">", "DATA"} {
		if code, text, err := c.Say(line); err != nil || code/100 > 3 {
			t.Fatalf("%s: %d %s %v", line, code, text, err)
		}
	}
	if _, err := c.conn.Write([]byte(dotStuff(fated("tag", "vanish-"+b.name)) + strings.Repeat("more and more\r\n", 20_000))); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	// Whoever comes next is not taken for the one who left.
	if o := b.send(t, fated("none", "next-"+b.name)); !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	if mail := deliveredMail(t, p, "X-Mark: next-"+b.name); strings.Contains(mail, "X-Spam-Flag") || strings.Contains(mail, "vanish") {
		t.Errorf("mail:\n%s", mail)
	}
	eventually(t, "Postfix's farewell", func() bool { return strings.Contains(p.Log(), "lost connection after DATA") })
	if n := len(marked(p, alice, "vanish-"+b.name)); n != 0 {
		t.Errorf("%d copies of half a mail", n)
	}
}

func (b beside) testClient(t *testing.T) {
	c := dial(t, b.addr)
	for _, line := range []string{"XCLIENT ADDR=192.0.2.7 NAME=client.example.org LOGIN=ann", "EHLO real.example.org"} {
		if code, text, err := c.Say(line); err != nil || code/100 != 2 {
			t.Fatalf("%s: %d %s %v", line, code, text, err)
		}
	}
	from := "client-" + b.name + "@example.org"
	if o := c.Send(from, []string{alice}, fated("none", "client-"+b.name)); !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	line := regexp.MustCompile(`ip=192\.0\.2\.7 from=` + from + ` .*policy=outgoing .*helo=real\.example\.org`)
	eventually(t, "a verdict on the real client, who had logged in", func() bool { return line.MatchString(b.weir.Log()) })
}
