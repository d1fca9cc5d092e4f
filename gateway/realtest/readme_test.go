package realtest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const readme = "README.md"

// ports stands free ports in for those that the documents name, so that the tests need none of them.
func ports(t *testing.T, numbers ...string) *strings.Replacer {
	t.Helper()
	var pairs []string
	for _, n := range numbers {
		_, free, _ := strings.Cut(FreeAddr(t), ":")
		pairs = append(pairs, "127.0.0.1:"+n, "127.0.0.1:"+free, "\":"+n+"\"", "\"127.0.0.1:"+free+"\"", "= "+n, "= "+free)
	}
	return strings.NewReplacer(pairs...)
}

// TestReadmeSession runs the README's console blocks one after the other, as a reader would.
func TestReadmeSession(t *testing.T) {
	list := of(blocks(t, readme), "console")
	if len(list) < 2 {
		t.Fatalf("%d console blocks", len(list))
	}
	dir := t.TempDir()
	if err := BuildTo(filepath.Join(dir, "weir")); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Setenv("PATH", filepath.Dir(namedProgram(t, "curl", "usr/bin/curl"))+":"+os.Getenv("PATH"))
	}
	free := ports(t, "2525", "2580")
	config := free.Replace("[smtp]\nlisten = [\"127.0.0.1:2525\"]\n[metrics]\nlisten = \"127.0.0.1:2580\"\n")
	if err := os.WriteFile(filepath.Join(dir, "ports.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	shell := newShell(t, dir)
	for _, b := range list {
		b.text = free.Replace(b.text)
		for _, s := range steps(b) {
			shell.run(t, b.doc, s)
		}
	}
}

// namedProgram gives a program of a package under its own name in a folder of its own.
func namedProgram(t *testing.T, pkg, path string) string {
	t.Helper()
	link := filepath.Join(t.TempDir(), filepath.Base(path))
	if err := os.Symlink(Binary(t, pkg, path), link); err != nil {
		t.Fatal(err)
	}
	return link
}

// shell is a bash that reads commands one by one; what it prints is gathered.
type shell struct {
	in io.WriteCloser
	mu sync.Mutex
	// out is what was printed since the last command.
	out strings.Builder
}

func newShell(t *testing.T, dir string) *shell {
	t.Helper()
	bash := exec.Command("bash")
	bash.Dir = dir
	bash.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	bash.Stdout, bash.Stderr = w, w
	s := &shell{}
	if s.in, err = bash.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := bash.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	go s.gather(r)
	t.Cleanup(func() {
		_ = s.in.Close()
		_ = syscall.Kill(-bash.Process.Pid, syscall.SIGKILL) // with what it left in the background
		_ = bash.Wait()
	})
	return s
}

func (s *shell) gather(r *os.File) {
	defer r.Close()
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		s.mu.Lock()
		s.out.WriteString(line)
		s.mu.Unlock()
	}
}

// run gives a command to the shell and waits until it has printed what is shown. A command in the background may still
// be running then.
func (s *shell) run(t *testing.T, doc string, want step) {
	t.Helper()
	s.mu.Lock()
	s.out.Reset()
	s.mu.Unlock()
	const done = "-- done --"
	command := strings.Replace(want.command, "./weir serve", "./weir serve --config ports.toml", 1)
	if _, err := fmt.Fprintf(s.in, "%s\necho '%s'\n", command, done); err != nil {
		t.Fatal(err)
	}
	var got string
	for range 300 { // a hang guard: 15 s
		s.mu.Lock()
		got = strings.ReplaceAll(s.out.String(), "\r\n", "\n") // a terminal shows no carriage return
		s.mu.Unlock()
		ended := strings.Contains(got, done+"\n")
		got = strings.Replace(got, done+"\n", "", 1)
		if ended && want.want.MatchString(got) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s:%d: $ %s\nprinted:\n%s\nthe document shows:\n%s", doc, want.line, want.command, got, want.shown)
}

// TestDocumentedConfigs: every config shown is accepted by weir config check, and one with a mistake is not.
func TestDocumentedConfigs(t *testing.T) {
	t.Parallel()
	weir := Build(t)
	check := func(t *testing.T, text string) (string, error) {
		file := filepath.Join(t.TempDir(), "weir.toml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(weir, "config", "check", file).CombinedOutput()
		return string(out), err
	}
	n := 0
	for _, doc := range []string{readme, "docs/install.md", "docs/postfix.md"} {
		for _, b := range of(blocks(t, doc), "toml") {
			n++
			t.Run(fmt.Sprintf("%s line %d", doc, b.line), func(t *testing.T) {
				if out, err := check(t, b.text); err != nil {
					t.Errorf("%v: %s", err, out)
				}
				if out, err := check(t, b.text+"\nadresss = 1\n"); err == nil {
					t.Errorf("an unknown key was accepted: %s", out)
				}
			})
		}
	}
	if n < 4 {
		t.Errorf("only %d configs found", n)
	}
}

// masterBlock gives the n-th master.cf block as lines for PostfixOptions.Services, with our ports and chroot off.
func masterBlock(t *testing.T, n int, free *strings.Replacer) []string {
	t.Helper()
	list := of(blocks(t, readme), "master.cf")
	if len(list) <= n {
		t.Fatalf("%d master.cf blocks", len(list))
	}
	return strings.Split(strings.TrimSuffix(free.Replace(list[n].text), "\n"), "\n")
}

// documentedConfig writes the n-th toml block of the README for weir.test, and gives the listener's address.
func documentedConfig(t *testing.T, n int, free *strings.Replacer) (file, addr string) {
	t.Helper()
	text := strings.ReplaceAll(free.Replace(of(blocks(t, readme), "toml")[n].text), "example.com", "weir.test")
	_, rest, _ := strings.Cut(text, "listen = [\"")
	addr, _, _ = strings.Cut(rest, "\"")
	file = filepath.Join(t.TempDir(), "weir.toml")
	if err := os.WriteFile(file, []byte(text+"\n[metrics]\nlisten = \"\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file, addr
}

// TestDocumentedPostfix runs both set-ups of the README with a real Postfix.
func TestDocumentedPostfix(t *testing.T) {
	t.Parallel()
	weir := Build(t)
	t.Run("Postfix behind Weir sees the real client", func(t *testing.T) {
		free := ports(t, "25", "10025")
		p := NewPostfix(t, PostfixOptions{Mailboxes: []string{alice}, Services: masterBlock(t, 0, free)})
		file, addr := documentedConfig(t, 0, free)
		NewWeir(t, weir, addr, "--config", file)
		c, err := DialFrom("127.0.0.9", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if o := c.Send("ann@example.org", []string{alice}, plain); !o.Accepted {
			t.Fatalf("outcome %+v", o)
		}
		received(t, p, alice)
		if !strings.Contains(p.Log(), "client=unknown[127.0.0.9]") && !strings.Contains(p.Log(), "[127.0.0.9]") {
			t.Errorf("Postfix does not know the client:\n%s", p.Log())
		}
	})
	t.Run("Weir inside Postfix filters each mail once", func(t *testing.T) {
		free, front := ports(t, "2525", "10026"), FreeAddr(t)
		services := masterBlock(t, 1, free)
		services[0] = strings.Replace(services[0], "smtp ", front+" ", 1)
		p := NewPostfix(t, PostfixOptions{Mailboxes: []string{alice}, Services: services})
		file, addr := documentedConfig(t, 1, free)
		w := NewWeir(t, weir, addr, "--config", file)
		if o := dial(t, front).Send("ann@example.org", []string{alice, "nobody@weir.test"}, plain); !o.Accepted || o.Rcpts["nobody@weir.test"]/100 != 5 {
			t.Fatalf("outcome %+v", o)
		}
		received(t, p, alice)
		verdicts := func() int { return strings.Count(w.Log(), "action=accept") }
		for deadline := time.Now().Add(10 * time.Second); verdicts() == 0 && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond) // the line is written after the reply
		}
		if n := verdicts(); n != 1 {
			t.Errorf("%d verdicts:\n%s", n, w.Log())
		}
	})
}

// TestLinks: every relative link of the documents leads to a file.
func TestLinks(t *testing.T) {
	root, err := ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	docs, _ := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	link, seen := regexp.MustCompile(`\]\(([^)#:]+)\)`), 0
	for _, doc := range append(docs, filepath.Join(root, readme), filepath.Join(root, "SECURITY.md")) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s: %v", filepath.Base(doc), err)
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d links found", seen)
	}
}
