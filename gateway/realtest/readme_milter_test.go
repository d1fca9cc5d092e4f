package realtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// theBlock is the only block of a language in a document that contains a text.
func theBlock(t *testing.T, doc, lang, with string) string {
	t.Helper()
	var found []string
	for _, b := range of(blocks(t, doc), lang) {
		if strings.Contains(b.text, with) {
			found = append(found, b.text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d blocks of %s with %q in %s", len(found), lang, with, doc)
	}
	return found[0]
}

// mainSettings reads a main.cf block.
func mainSettings(block string) map[string]string {
	settings := map[string]string{}
	for line := range strings.Lines(block) {
		if name, value, ok := strings.Cut(line, "="); ok {
			settings[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return settings
}

// milterDocument writes a documented config, with the rules that give mail its fate, and nothing of the network.
func milterDocument(t *testing.T, text string) string {
	t.Helper()
	rules, file := filepath.Join(t.TempDir(), "fates.cf"), filepath.Join(t.TempDir(), "weir.toml")
	text = "hostname = \"gate.weir.test\"\nrules = [\"" + rules + "\"]\n" + text +
		"\n[policies.default]\nquarantine = 50.0\nreject = 90.0\n[metrics]\nlisten = \"\"\n[resolver]\nservers = [\"127.0.0.1:9\"]\n"
	for name, content := range map[string]string{rules: fates, file: text} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// milterPorts stands a free port in for the one in the documents, also as Sendmail writes it.
func milterPorts(t *testing.T) (free *strings.Replacer, addr string) {
	addr = FreeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	return strings.NewReplacer("127.0.0.1:11332", addr, "inet:11332@", "inet:"+port+"@"), addr
}

// checkDocumented: a mail is delivered with Weir's fields, one is refused, one is taken
// into a quarantine.
func checkDocumented(t *testing.T, p *Postfix) {
	t.Helper()
	send := func(fate string) Outcome {
		return dial(t, p.Addr).Send("ann@example.org", []string{alice}, fated(fate, "doc-"+fate))
	}
	if o := send("none"); !o.Accepted {
		t.Fatalf("outcome %+v", o)
	}
	if mail := deliveredMail(t, p, "X-Mark: doc-none"); !strings.Contains(mail, "X-Spam-Status: ") {
		t.Errorf("Weir did not see it:\n%s", mail)
	}
	if o := send("reject"); o.Accepted || o.Code != 554 {
		t.Errorf("outcome %+v", o)
	}
	if o := send("hold"); !o.Accepted {
		t.Errorf("outcome %+v", o)
	}
}

// TestDocumentedMilters runs the milter set-ups of the documents with the real servers.
func TestDocumentedMilters(t *testing.T) {
	t.Parallel()
	weir := Build(t)
	free, addr := milterPorts(t)
	NewWeir(t, weir, "tcp:"+addr, "--config", milterDocument(t, free.Replace(theBlock(t, readme, "toml", "hold queue"))))
	t.Run("Weir beside Postfix, as a milter", func(t *testing.T) {
		main := mainSettings(free.Replace(theBlock(t, readme, "main.cf", "smtpd_milters")))
		p := NewPostfix(t, PostfixOptions{Mailboxes: []string{alice}, Main: main})
		checkDocumented(t, p)
		if len(p.Held()) != 1 {
			t.Errorf("held: %v", p.Held())
		}
	})
	t.Run("Weir beside Sendmail, as a milter", func(t *testing.T) {
		for _, doc := range []string{readme, "docs/sendmail.md"} {
			got := newArrivals(t)
			s := NewSendmail(t, SendmailOptions{Hop: got.Addr, MC: free.Replace(theBlock(t, doc, "sendmail.mc", "INPUT_MAIL_FILTER"))})
			c := dial(t, s.Addr)
			if o := c.Send("ann@example.org", []string{alice}, fated("reject", "x")); o.Code != 554 {
				t.Errorf("outcome %+v", o)
			}
			for range 2 {
				if o := c.Send("ann@example.org", []string{alice}, fated("hold", "doc-hold")); !o.Accepted {
					t.Errorf("outcome %+v", o)
				}
			}
			eventually(t, "two mails in quarantine", func() bool { return len(s.Quarantined()) == 2 })
			files, _ := filepath.Glob(s.path("queue/hf*"))
			id := strings.TrimPrefix(filepath.Base(files[0]), "hf")
			if list, err := s.Run("-bp", "-qQ"); err != nil || !strings.Contains(list, id) {
				t.Errorf("mailq -qQ: %v\n%s", err, list)
			}
			if out, err := s.Run("-qQ", "-qI"+id, "-Q"); err != nil {
				t.Fatal(err, out)
			}
			eventually(t, "one of them to go on", func() bool { return len(got.with("doc-hold")) == 1 && len(s.Quarantined()) == 1 })
		}
	})
	t.Run("a socket in Postfix's queue folder", func(t *testing.T) {
		const doc = "docs/postfix.md"
		p := NewPostfix(t, PostfixOptions{Mailboxes: []string{alice}, Main: mainSettings(theBlock(t, doc, "main.cf", "smtpd_milters"))})
		folder := filepath.Join(p.Dir, "queue")
		run := newShell(t, t.TempDir())
		install := strings.NewReplacer("/var/spool/postfix", folder, "-o weir", "-o root", "-g postfix", "-g daemon").Replace(theBlock(t, doc, "sh", "install -d"))
		run.run(t, doc, step{command: strings.TrimSpace(install), want: outputPattern(nil)})
		config := strings.ReplaceAll(theBlock(t, doc, "toml", "[milter]"), "/var/spool/postfix", folder)
		NewWeir(t, weir, "unix:"+folder+"/weir/milter.sock", "--config", milterDocument(t, config))
		checkDocumented(t, p)
	})
}
