package realtest

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served is a weir whose HTTP door is open.
type served struct {
	t       *testing.T
	url     string
	dir     string
	process *process
}

// httpWeir starts weir with the README's config under a heading, and more settings before it. It answers at 127.0.0.1:11333,
// in whose place a free port stands.
func httpWeir(t *testing.T, free *strings.Replacer, heading, more string) *served {
	t.Helper()
	return startServed(t, free, more+under(t, readme, heading))
}

func startServed(t *testing.T, free *strings.Replacer, config string) *served {
	t.Helper()
	s := &served{t: t, url: free.Replace("http://127.0.0.1:11333"), dir: t.TempDir()}
	text := "hostname = \"gate.weir.test\"\n" + free.Replace(config) + "\n[metrics]\nlisten = \"\"\n[resolver]\nservers = [\"127.0.0.1:9\"]\n"
	for name, content := range map[string]string{"weir.toml": text, "fates.cf": fates, "mail.eml": plainMail} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(strings.ReplaceAll(content, "score FATE_TAG 40", "score FATE_TAG 8")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := BuildTo(filepath.Join(s.dir, "weir")); err != nil {
		t.Fatal(err)
	}
	p, err := startProcess([]string{"/bin/sh", "-c", `cd "$0" && exec ./weir serve -c weir.toml`, s.dir}, os.Environ(), filepath.Join(s.dir, "weir.log"))
	if err != nil {
		t.Fatal(err)
	}
	s.process = p
	t.Cleanup(s.stop)
	for deadline := time.Now().Add(startLimit); !s.answers(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no answer at %s:\n%s", s.url, s.log())
		}
	}
	return s
}

// plainMail is a mail of nobody in particular.
const plainMail = "From: Ann <ann@example.org>\nTo: bob@example.com\nDate: Mon, 2 Feb 2026 10:00:00 +0000\nMessage-ID: <lunch@example.org>\nSubject: Lunch?\n\n" +
	"At noon, at http://menu.example.net/today as always? Write to cook@example.net if not.\n"

// under is the first toml block of a document behind a heading that has a word.
func under(t *testing.T, doc, heading string) string {
	t.Helper()
	root, err := ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, doc))
	if err != nil {
		t.Fatal(err)
	}
	line := 0
	for i, l := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(l, "#") && strings.Contains(l, heading) {
			line = i
		}
	}
	for _, b := range of(blocks(t, doc), "toml") {
		if b.line > line && line > 0 {
			return b.text
		}
	}
	t.Fatalf("%s: no config below %q", doc, heading)
	return ""
}

func (s *served) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/ping", nil)
	r.Close = true
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = a.Body.Close()
	return a.StatusCode == http.StatusOK
}

func (s *served) log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "weir.log"))
	return string(text)
}

func (s *served) stop() { s.process.terminate() }

// run runs a command in the folder of the served weir, and gives what it printed.
func (s *served) run(input string, command ...string) (string, error) {
	s.t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Stdin = s.dir, strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestDocumentedHTTP runs the console blocks of docs/http.md.
func TestDocumentedHTTP(t *testing.T) {
	curlAtHand(t)
	free := ports(t, "11333")
	s := startServed(t, free, "[smtp]\nlisten = []\n"+of(blocks(t, "docs/http.md"), "toml")[0].text)
	shell := newShell(t, s.dir)
	list := of(blocks(t, "docs/http.md"), "console")
	if len(list) != 2 {
		t.Fatalf("%d console blocks", len(list))
	}
	for _, b := range list {
		b.text = free.Replace(b.text)
		for _, step := range steps(b) {
			if strings.Contains(step.command, "curl") && !strings.HasSuffix(step.command, "/ping") {
				step.command += "; echo" // answers have no line end
			}
			shell.run(t, b.doc, step)
		}
	}
}

func curlAtHand(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Setenv("PATH", filepath.Dir(namedProgram(t, "curl", "usr/bin/curl"))+":"+os.Getenv("PATH"))
	}
}

// TestDocumentedDovecot runs the script that Dovecot runs, as the README shows it.
func TestDocumentedDovecot(t *testing.T) {
	t.Parallel()
	curlAtHand(t)
	free := ports(t, "11333")
	s := httpWeir(t, free, "Haraka", "")
	if err := os.WriteFile(filepath.Join(s.dir, "weir-learn"), []byte(free.Replace(one(t, "sh-learn").text)), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, class := range []string{"spam", "spam", "ham"} { // known already is no failure
		if out, err := s.run(plainMail, "./weir-learn", class, "joe@example.com"); err != nil {
			t.Fatalf("%s: %v: %s", class, err, out)
		}
	}
	if out, err := s.run("", "./weir", "learn", "log", "-c", "weir.toml"); err != nil || strings.Count(out, "joe@example.com") != 2 {
		t.Errorf("%v: the journal says\n%s", err, out)
	}
	if out, err := s.run("no mail at all", "./weir-learn", "spam", "joe@example.com"); err == nil {
		t.Errorf("Dovecot is not told of a failure: %s", out)
	}
	s.stop()
	if out, err := s.run(plainMail, "./weir-learn", "spam", "joe@example.com"); err == nil {
		t.Errorf("Dovecot is not told that nobody listens: %s", out)
	}
}

// TestDocumentedRspamc runs the real rspamc, as the README shows it and with more of its options.
func TestDocumentedRspamc(t *testing.T) {
	t.Parallel()
	program := Binary(t, "rspamd", "usr/bin/rspamc")
	free := ports(t, "11332", "11333", "11334")
	s := httpWeir(t, free, "Coming from Rspamd", "rules = [\"fates.cf\"]\n")
	addr := strings.TrimPrefix(s.url, "http://")
	rspamc := func(t *testing.T, input string, args ...string) string {
		t.Helper()
		out, err := s.run(input, append([]string{program, "-h", addr}, args...)...)
		if err != nil {
			t.Fatalf("rspamc %q: %v: %s\n%s", args, err, out, s.log())
		}
		return out
	}
	wants := func(t *testing.T, out string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(out, w) {
				t.Errorf("no %q in\n%s", w, out)
			}
		}
	}
	lines := strings.Split(strings.TrimSpace(one(t, "rspamc").text), "\n")
	results := [][]string{{"Action: no action", "Spam: false", " / 15.00", "Message-ID: lunch@example.org", `Urls: ["menu.example.net"]`, `Emails: ["cook@example.net"]`}, {"success = true"}, {"Messages scanned: 1", "Messages learned: 1"}}
	if len(lines) != len(results) {
		t.Fatalf("%d commands are shown", len(lines))
	}
	for i, line := range lines {
		command, _, _ := strings.Cut(line, "#")
		wants(t, rspamc(t, "", strings.Fields(command)[1:]...), results[i]...)
	}
	if !strings.Contains(s.log(), "ip=192.0.2.1 from=ann@example.org rcpt=bob@example.com") {
		t.Errorf("the envelope did not come over:\n%s", s.log())
	}
	fate := func(name string) string {
		return strings.NewReplacer("Lunch?", "Fate: "+name, "<lunch@", "<"+name+"@").Replace(plainMail)
	}
	t.Run("verdicts", func(t *testing.T) {
		wants(t, rspamc(t, fate("tag")), "Action: add header", "Spam: true", "Symbol: FATE_TAG (8.00)")
		wants(t, rspamc(t, fate("reject"), "symbols"), "Action: reject", "Message - smtp_message: Message refused by policy [")
		wants(t, rspamc(t, fate("tag"), "--mime"), "X-Spam-Action: add header", "\nAt noon")
		wants(t, rspamc(t, fate("tag"), "-j"), `"action"`, `"FATE_TAG"`)
	})
	t.Run("packed", func(t *testing.T) {
		wants(t, rspamc(t, fate("tag"), "-z"), "Action: add header", "Symbol: FATE_TAG (8.00)")
		wants(t, rspamc(t, fate("tag"), "-z", "-P", "q1", "learn_spam"), "success = true")
		wants(t, rspamc(t, "", "-z", "--extended-urls", "mail.eml"), "http://menu.example.net/today")
	})
	t.Run("lessons", func(t *testing.T) {
		wants(t, rspamc(t, "", "-P", "q1", "learn_spam", "mail.eml"), "already learned as spam")
		wants(t, rspamc(t, "", "-P", "q1", "-u", "joe", "learn_ham", "mail.eml"), "success = true")
		wants(t, rspamc(t, "", "uptime", "-P", "q1"), "Uptime: ")
		for _, password := range []string{"", "wrong"} {
			if out, _ := s.run("", program, "-h", addr, "-P", password, "learn_spam", "mail.eml"); !strings.Contains(out, "403") {
				t.Errorf("password %q: %s", password, out)
			}
		}
	})
	t.Run("what there is not", func(t *testing.T) {
		if out, _ := s.run("", program, "-h", addr, "-P", "q1", "counters"); !strings.Contains(out, "404") {
			t.Errorf("counters: %s", out)
		}
		if out, _ := s.run("", program, "-h", addr, "-P", "q1", "fuzzy_add", "-f", "1", "-w", "1", "mail.eml"); !strings.Contains(out, "404") {
			t.Errorf("fuzzy_add: %s", out)
		}
	})
}
