package realtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// harakaPackages are of the npm registry, at the versions that these tests know.
var harakaPackages = []string{"Haraka@3.3.4", "haraka-plugin-rspamd@1.6.1"}

// nodePackages gives a folder in the cache whose node_modules has packages of the npm registry, none of whose scripts ran.
func nodePackages(t *testing.T, name string, packages ...string) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			Skip(t, fmt.Errorf("%w: %s: install Node.js 20 or newer with npm", ErrUnavailable, tool))
		}
	}
	cache, err := cacheDir()
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := lock(filepath.Join(cache, name+".lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	dir := filepath.Join(cache, name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if err := npmInstall(cache, dir, packages); err != nil {
		Skip(t, fmt.Errorf("%w: %s: %w", ErrUnavailable, strings.Join(packages, ", "), err))
	}
	return dir
}

// npmInstall installs packages into dir, which appears only when it is complete.
func npmInstall(cache, dir string, packages []string) error {
	tmp, err := os.MkdirTemp(cache, ".npm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
	defer cancel()
	args := append([]string{"install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", "--loglevel=error", "--fetch-retries=2"}, packages...)
	cmd := exec.CommandContext(ctx, "npm", args...)
	cmd.Dir = tmp
	if err := os.WriteFile(filepath.Join(tmp, "package.json"), []byte("{}"), 0o644); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install: %w: %s", err, out)
	}
	return errors.Join(os.Chmod(tmp, 0o755), os.Rename(tmp, dir))
}

// haraka starts Haraka as the README sets it up, in front of a server at next, and gives its address and folder.
func haraka(t *testing.T, free *strings.Replacer, next string) (addr, dir string) {
	t.Helper()
	modules := nodePackages(t, "haraka-3.3.4", harakaPackages...)
	program := filepath.Join(modules, "node_modules", "Haraka", "bin", "haraka")
	dir, addr = filepath.Join(t.TempDir(), "haraka"), FreeAddr(t)
	if out, err := exec.Command("node", program, "-i", dir).CombinedOutput(); err != nil {
		t.Fatalf("haraka -i: %v: %s", err, out)
	}
	if err := os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(next, ":")
	for name, text := range map[string]string{
		"smtp.ini":         "listen=" + addr + "\nnodes=0\n",
		"host_list":        "weir.test\n",
		"plugins":          "rcpt_to.in_host_list\n" + one(t, "haraka-plugins").text + "queue/smtp_forward\n",
		"smtp_forward.ini": "host=" + host + "\nport=" + port + "\n",
		// The test's clients are on this machine, whose mail the plugin does not ask about by itself.
		"rspamd.ini": free.Replace(one(t, "rspamd.ini").text) + "[check]\nlocal_ip = true\nprivate_ip = true\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "config", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(dir, "out.log")
	p, err := startProcess([]string{"node", program, "-c", dir}, os.Environ(), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	if err := awaitGreeting(addr, startLimit, p.ended); err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("%v: %s", err, tail(string(text), 30))
	}
	return addr, dir
}

// one gives the only block of a language in the README.
func one(t *testing.T, lang string) block {
	t.Helper()
	list := of(blocks(t, readme), lang)
	if len(list) != 1 {
		t.Fatalf("%d blocks %s", len(list), lang)
	}
	return list[0]
}

// TestDocumentedHaraka sends mail through a real Haraka whose rspamd plugin asks Weir, as the README says.
func TestDocumentedHaraka(t *testing.T) {
	t.Parallel()
	mails := make(chan string, 10)
	sink, err := NewSink(func(m Mail) { mails <- m.From + " " + string(m.Data) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	free := ports(t, "11333")
	w := httpWeir(t, free, "Haraka", "rules = [\"fates.cf\"]\n")
	addr, _ := haraka(t, free, sink.Addr)
	mail := func(fate string) string {
		return "Message-ID: <" + fate + "@example.org>\r\nFrom: Ann <ann@example.org>\r\nTo: alice@weir.test\r\nDate: Mon, 2 Feb 2026 10:00:00 +0000\r\n" +
			"X-Spam-Flag: NO\r\nX-Spam-Status: No, says the sender\r\nSubject: Fate: " + fate + "\r\n\r\nhello\r\n"
	}
	send := func(from, fate string) Outcome { return dial(t, addr).Send(from, []string{alice}, mail(fate)) }
	t.Run("wanted mail goes on with Weir's fields and without forged ones", func(t *testing.T) {
		if o := send("ann@example.org", "none"); !o.Accepted {
			t.Fatalf("outcome %+v", o)
		}
		got := <-mails
		if !strings.Contains(got, "\nX-Spam-Status: No, score=") || !strings.Contains(got, "\nAuthentication-Results: gate.weir.test;") || strings.Contains(got, "says the sender") || strings.Contains(got, "X-Spam-Flag") {
			t.Errorf("the sink has\n%s", got)
		}
		if log := w.log(); !strings.Contains(log, "ip=127.0.0.1") || !strings.Contains(log, "helo=client.weir.test") || !strings.Contains(log, "from=ann@example.org") || !strings.Contains(log, "rcpt=alice@weir.test") {
			t.Errorf("Weir was told too little:\n%s", log)
		}
	})
	t.Run("spam is tagged", func(t *testing.T) {
		if o := send("ann@example.org", "tag"); !o.Accepted {
			t.Fatalf("outcome %+v", o)
		}
		if got := <-mails; !strings.Contains(got, "\nX-Spam-Flag: YES\r\n") || strings.Contains(got, "X-Spam-Flag: NO") {
			t.Errorf("the sink has\n%s", got)
		}
	})
	t.Run("worse spam is refused with Weir's words", func(t *testing.T) {
		if o := send("ann@example.org", "reject"); o.Accepted || o.Code != 550 || !strings.Contains(o.Text, "Message refused by policy [") {
			t.Fatalf("outcome %+v", o)
		}
	})
	t.Run("a bounce has the null sender", func(t *testing.T) {
		if o := send("", "none"); !o.Accepted {
			t.Fatalf("outcome %+v", o)
		}
		if got := <-mails; !strings.HasPrefix(got, " ") || !strings.Contains(w.log(), "from=<>") {
			t.Errorf("the sink has\n%s", got)
		}
	})
	t.Run("while Weir is away mail is put off", func(t *testing.T) {
		w.stop()
		if o := send("ann@example.org", "none"); o.Accepted || o.Code/100 != 4 {
			t.Fatalf("outcome %+v", o)
		}
		select {
		case got := <-mails:
			t.Errorf("mail that nobody looked at was let in: %s", got)
		case <-time.After(10 * time.Millisecond):
		}
	})
}
