package main

import (
	"fmt"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/gateway/realtest"
	"weir/gateway/store/redistest"
)

// TestLearningBesideAGateway teaches with weir learn while weir serve runs: the gateway judges mail by it two seconds
// later, without being told.
func TestLearningBesideAGateway(t *testing.T) {
	binary := realtest.Build(t)
	t.Run("on a file", func(t *testing.T) { learnBeside(t, binary, "") })
	t.Run("on Redis", func(t *testing.T) {
		learnBeside(t, binary, fmt.Sprintf("[store]\nredis = [%q]\n", redistest.Start(t).Addr))
	})
}

func learnBeside(t *testing.T, binary, store string) {
	dir, addr := t.TempDir(), realtest.FreeAddr(t)
	box := filepath.Join(dir, "Maildir")
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	config := write("weir.toml", fmt.Sprintf(`data_dir = %q
hostname = "mx.weir.example"
mode = "observe"
%s[smtp]
listen = [%q]
[metrics]
listen = ""
[[next_hop]]
address = [%q]
protocol = "maildir"
domains = ["example.org"]
[filters.bayes]
least = 5
[resolver]
servers = ["127.0.0.1:9"]
[filters.greylist]
enabled = false
`, filepath.Join(dir, "data"), store, addr, box))
	realtest.NewWeir(t, binary, addr, "--config", config)
	opinion := func(n int) string {
		if err := smtp.SendMail(addr, nil, "a@shop.example", []string{"joe@example.org"}, []byte(letter("winner prize lottery", n))); err != nil {
			t.Fatal(err)
		}
		return delivered(t, box)
	}
	if got := opinion(900); !strings.Contains(got, "BAYES_UNTRAINED") {
		t.Fatalf("before anything is learned: %s", got)
	}
	learn := func(class string, mails ...string) {
		t.Helper()
		out, err := exec.Command(binary, append([]string{"learn", "--config", config, class}, mails...)...).CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), "30 learned") {
			t.Fatalf("weir learn %s: %v\n%s", class, err, out)
		}
	}
	learn("--spam", write("spam.mbox", mailbox("winner prize lottery", 0)))
	learn("--ham", write("ham.mbox", mailbox("meeting agenda minutes", 100)))
	taught := time.Now()
	for n := 901; ; n++ {
		got := opinion(n)
		if strings.Contains(got, "BAYES_9") && strings.Contains(got, "FUZZY_SPAM") {
			break
		}
		if time.Since(taught) > 10*time.Second {
			t.Fatalf("ten seconds later: %s", got)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func letter(words string, n int) string {
	return fmt.Sprintf("From: <a@shop.example>\r\nTo: <joe@example.org>\r\nMessage-ID: <%d@shop.example>\r\nSubject: %s\r\n\r\n%s claim number%d\r\n", n, words, strings.Repeat(words+" ", 3)+"please read this letter to its end because it tells you what nobody else will ever tell you about such things as these "+words, n)
}

func mailbox(words string, from int) string {
	var box strings.Builder
	for n := from; n < from+30; n++ {
		box.WriteString("From a@b.example Mon May  6 07:00:09 2024\n" + strings.ReplaceAll(letter(words, n), "\r\n", "\n") + "\n")
	}
	return box.String()
}

// delivered waits for the one new mail in a Maildir, removes it, and gives its header.
func delivered(t *testing.T, box string) string {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(box, "new", "*"))
		if len(files) == 0 {
			continue
		}
		raw, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(files[0])
		header, _, _ := strings.Cut(string(raw), "\r\n\r\n")
		return header
	}
	t.Fatal("no mail was delivered")
	return ""
}
