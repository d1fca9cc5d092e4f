package realtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func dial(t *testing.T, addr string) *Client {
	t.Helper()
	c, err := Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// eventually waits for what happens by itself; the limit is a hang guard.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("never happened: %s", what)
}

func TestPostfix(t *testing.T) {
	t.Parallel()
	p := NewPostfix(t, PostfixOptions{Mailboxes: []string{"alice@weir.test"}})
	t.Run("delivers to a mailbox and refuses an unknown recipient", func(t *testing.T) {
		o := dial(t, p.Addr).Send("a@example.org", []string{"alice@weir.test", "nobody@weir.test"}, "Subject: x\r\n\r\n.dot\r\n")
		if !o.Accepted || o.Rcpts["nobody@weir.test"] != 550 {
			t.Fatalf("outcome %+v", o)
		}
		eventually(t, "delivery", func() bool { return len(p.Mail("alice@weir.test")) == 1 && p.Queued() == 0 })
		text, err := os.ReadFile(p.Mail("alice@weir.test")[0])
		if err != nil || !strings.HasSuffix(string(text), "\n\n.dot\n") {
			t.Errorf("mail %q, %v", text, err)
		}
	})
	t.Run("relays nothing", func(t *testing.T) {
		o := dial(t, p.Addr).Send("a@example.org", []string{"b@elsewhere.test"}, "\r\n")
		if o.Accepted || o.Rcpts["b@elsewhere.test"]/100 != 5 {
			t.Errorf("outcome %+v", o)
		}
	})
	t.Run("keeps its queue and port over a kill", func(t *testing.T) {
		p.Kill()
		if _, err := Dial(p.Addr); err == nil {
			t.Error("something still listens")
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		if o := dial(t, p.Addr).Send("", []string{"alice@weir.test"}, "\r\n"); !o.Accepted {
			t.Errorf("outcome %+v", o)
		}
		eventually(t, "second delivery", func() bool { return len(p.Mail("alice@weir.test")) == 2 })
	})
}

func TestBinary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, pkg, path, arg, want string }{
		{"a program with libraries of its own", "redis-server", "usr/bin/redis-server", "--version", "Redis server v="},
		{"a program of Postfix", "postfix", "usr/sbin/postmap", "-?", "usage:"},
		{"a script", "swaks", "usr/bin/swaks", "--version", "swaks version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := exec.Command(Binary(t, c.pkg, c.path), c.arg).CombinedOutput()
			if !strings.Contains(string(out), c.want) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestExim(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "exim.conf")
	if err := os.WriteFile(config, []byte("primary_hostname = mx.weir.test\nkeep_environment =\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(Exim(t), "-C", config, "-bP", "primary_hostname").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "mx.weir.test") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestFetch(t *testing.T) {
	Need(t, "swaks") // where there is no Debian or no network, the rest can't be told apart from that
	t.Run("a package that does not exist is unavailable, not a panic", func(t *testing.T) {
		t.Setenv("WEIR_CACHE", t.TempDir())
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // no retries with the network
		defer cancel()
		if _, err := Fetch(ctx, "weir-no-such-package"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("an unpacked tree appears whole or not at all", func(t *testing.T) {
		cache := t.TempDir()
		a := apt{cache: cache}
		dir := filepath.Join(cache, "broken")
		if err := a.unpack(t.Context(), []string{"swaks", "weir-no-such-package"}, dir); err == nil {
			t.Error("no error")
		}
		left, _ := os.ReadDir(cache)
		if len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

func TestSink(t *testing.T) {
	var got Mail
	s, err := NewSink(func(m Mail) { got = Mail{m.From, m.Rcpts, append([]byte(nil), m.Data...)} })
	if err != nil {
		t.Fatal(err)
	}
	data := "A: b\r\n\r\n.\r\n..two\r\nbare\n.\nend\r\n"
	c := dial(t, s.Addr)
	if o := c.Send("a@x", []string{"b@y", "c@y"}, data); !o.Accepted {
		t.Errorf("outcome %+v", o)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if got.From != "a@x" || strings.Join(got.Rcpts, " ") != "b@y c@y" || string(got.Data) != data {
		t.Errorf("got %+v %q", got, got.Data)
	}
}
