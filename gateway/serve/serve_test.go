package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weir/filters"
	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// page is a buffer that several goroutines write to.
type page struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// running is a gateway under test.
type running struct {
	t        *testing.T
	dir      string // data and config
	out, log page
	signals  chan os.Signal
	done     chan error
	addr     string
}

const head = "data_dir = %q\nhostname = \"mx.weir.example\"\n[smtp]\nlisten = [\"127.0.0.1:0\"]\n[metrics]\nlisten = \"\"\n"

// start runs a gateway with a config of head and more.
func start(t *testing.T, more string) *running {
	t.Helper()
	r := &running{t: t, dir: t.TempDir(), signals: make(chan os.Signal, 4), done: make(chan error, 1)}
	r.write(more)
	ready := make(chan struct{})
	go func() { r.done <- Run(context.Background(), r.options(func() { close(ready) })) }()
	select {
	case <-ready:
	case err := <-r.done:
		t.Fatalf("it does not start: %v", err)
	}
	r.addr = regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(r.out.String())
	t.Cleanup(r.stop)
	return r
}

func (r *running) file() string { return filepath.Join(r.dir, "weir.toml") }

func (r *running) write(more string, change ...func(text string) string) {
	text := fmt.Sprintf(head, filepath.Join(r.dir, "data")) + more
	for _, c := range change {
		text = c(text)
	}
	if err := os.WriteFile(r.file(), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) options(ready func()) Options {
	return Options{
		Load: func() (*config.Config, *gateway.Snapshot, error) {
			cfg, err := config.Load(r.file(), all.Filters)
			if err != nil {
				return nil, nil, err
			}
			snap, err := cfg.Snapshot(all.Filters, filters.Env{Offline: true})
			return cfg, snap, err
		},
		Out: &r.out, Log: &r.log, Version: "test", Signals: r.signals, Ready: ready,
	}
}

func (r *running) stop() {
	select {
	case r.signals <- syscall.SIGTERM:
		<-r.done
	case <-r.done:
	}
}

// waitFor waits until the log says something.
func (r *running) waitFor(text string) {
	r.t.Helper()
	for range 1000 {
		if strings.Contains(r.log.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatalf("the log never says %q:\n%s", text, r.log.String())
}

func (r *running) dial() *smtp.Client {
	r.t.Helper()
	c, err := smtp.Dial(r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

const mail = "From: ann@example.org\r\nTo: bob@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"

// send sends one mail and returns the error of the final reply.
func send(c *smtp.Client) error {
	if err := begin(c); err != nil {
		return err
	}
	return finish(c)
}

func begin(c *smtp.Client) error {
	return errors.Join(c.Mail("ann@example.org"), c.Rcpt("bob@example.com"))
}

func finish(c *smtp.Client) error {
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = w.Write([]byte(mail))
	return errors.Join(err, w.Close())
}

// delivered counts the mails in the Maildir.
func (r *running) delivered() int {
	list, err := os.ReadDir(filepath.Join(r.dir, "data", "Maildir", "new"))
	if err != nil {
		r.t.Fatal(err)
	}
	return len(list)
}

func TestServeDeliversAndSaysInPlainWordsWhatItDoes(t *testing.T) {
	r := start(t, "")
	for _, want := range []string{"running as mx.weir.example", "listens    SMTP on 127.0.0.1:", "from this machine only",
		"any domain into the Maildir", "marked as spam from a score of 5, refused from a score of 15", "--next-hop", "--config weir.toml"} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("no %q in\n%s", want, r.out.String())
		}
	}
	c := r.dial()
	defer c.Close()
	if err := send(c); err != nil || r.delivered() != 1 {
		t.Errorf("%v, %d delivered", err, r.delivered())
	}
	r.waitFor("action=accept")
}

func TestANextHopThatDoesNotAnswerIsNoticedBeforeTheFirstClient(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := closed.Addr().String()
	closed.Close()
	hop := fmt.Sprintf("[[next_hop]]\naddress = [%q]\ndomains = [\"example.com\"]\n", addr)
	t.Run("at start", func(t *testing.T) {
		start(t, hop).waitFor("next hop given up for a while")
	})
	t.Run("after a reload", func(t *testing.T) {
		r := start(t, "")
		r.write(hop)
		r.signals <- syscall.SIGHUP
		r.waitFor("next hop given up for a while")
	})
}

func TestARefusedClientIsOneLineOfTheLog(t *testing.T) {
	r := start(t, "[[next_hop]]\naddress = [\""+filepath.Join(t.TempDir(), "box")+"\"]\nprotocol = \"maildir\"\ndomains = [\"example.net\"]\n")
	c := r.dial()
	defer c.Close()
	if err := begin(c); err == nil {
		t.Fatal("a strange domain is relayed")
	}
	r.waitFor("why=relaying")
	c.Close()
	r.stop()
	r.done <- nil // for the cleanup
	if n := strings.Count(r.log.String(), "why=relaying"); n != 1 {
		t.Errorf("%d lines in\n%s", n, r.log.String())
	}
}

func TestReload(t *testing.T) {
	t.Run("B16_an_invalid_config_changes_nothing", func(t *testing.T) {
		r := start(t, "")
		c := r.dial()
		defer c.Close()
		if err := begin(c); err != nil {
			t.Fatal(err)
		}
		r.write("max_size = 1\n")
		r.signals <- syscall.SIGHUP
		r.waitFor("reload failed")
		if !strings.Contains(r.log.String(), "weir.toml:7") {
			t.Errorf("the log does not say where:\n%s", r.log.String())
		}
		if err := finish(c); err != nil || r.delivered() != 1 {
			t.Errorf("the open session: %v, %d delivered", err, r.delivered())
		}
		if err := send(c); err != nil || r.delivered() != 2 {
			t.Errorf("after it: %v, %d delivered", err, r.delivered())
		}
	})
	t.Run("B16_a_valid_config_holds_from_the_next_mail_on", func(t *testing.T) {
		r := start(t, "")
		c := r.dial()
		defer c.Close()
		if err := begin(c); err != nil {
			t.Fatal(err)
		}
		r.write("[[next_hop]]\naddress = [\"" + filepath.Join(r.dir, "data", "Maildir") + "\"]\nprotocol = \"maildir\"\ndomains = [\"example.net\"]\n")
		r.signals <- syscall.SIGHUP
		r.waitFor("configuration reloaded")
		if err := finish(c); err != nil || r.delivered() != 1 {
			t.Errorf("the open transaction: %v, %d delivered", err, r.delivered())
		}
		var reply *textproto.Error
		if err := begin(c); !errors.As(err, &reply) || reply.Code != 550 {
			t.Errorf("a domain that is not served any more: %v", err)
		}
	})
	t.Run("a changed file is seen without a signal", func(t *testing.T) {
		r := &running{t: t, dir: t.TempDir(), signals: make(chan os.Signal, 4), done: make(chan error, 1)}
		r.write("")
		ready := make(chan struct{})
		o := r.options(func() { close(ready) })
		o.Files = func(*config.Config) []string { return []string{r.file()} }
		go func() { r.done <- Run(context.Background(), o) }()
		<-ready
		t.Cleanup(r.stop)
		r.waitFor("") // the watch begins with the wait loop
		for range 100 {
			r.write("[early]\nrefuse_on = []\n")
			time.Sleep(20 * time.Millisecond)
			if strings.Contains(r.log.String(), "reloaded") {
				return
			}
		}
		r.waitFor("configuration reloaded")
	})
}

// The folder of a relative rules file is often that of the config as well, which goes by its absolute name.
func TestAChangedRulesFileIsSeenByARelativeName(t *testing.T) {
	r := &running{t: t, dir: t.TempDir()}
	t.Chdir(r.dir)
	for name, files := range map[string][]string{"file": {r.file(), "my.cf"}, "folder": {r.file(), "."}} {
		t.Run(name, func(t *testing.T) {
			h := &house{options: Options{Files: func(*config.Config) []string { return files }}}
			h.config.Store(config.Default())
			w := h.watchFiles()
			defer w.Close()
			if err := os.WriteFile("my.cf", []byte("# "+name), 0o600); err != nil {
				t.Fatal(err)
			}
			for {
				select {
				case e := <-events(w):
					if h.concerns(e.Name) {
						return
					}
				case <-time.After(10 * time.Second):
					t.Fatal("the change is not seen")
				}
			}
		})
	}
}

func TestStopping(t *testing.T) {
	t.Run("a transaction in progress may end", func(t *testing.T) {
		r := start(t, "")
		c := r.dial()
		defer c.Close()
		if err := begin(c); err != nil {
			t.Fatal(err)
		}
		r.signals <- syscall.SIGTERM
		r.waitFor("stopping")
		if err := finish(c); err != nil || r.delivered() != 1 {
			t.Errorf("%v, %d delivered", err, r.delivered())
		}
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		r.done <- nil
	})
	t.Run("the second signal ends at once", func(t *testing.T) {
		r := start(t, "")
		c := r.dial()
		defer c.Close()
		if err := begin(c); err != nil {
			t.Fatal(err)
		}
		r.signals <- syscall.SIGTERM
		r.waitFor("stopping")
		r.signals <- syscall.SIGTERM
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		if finish(c) == nil || r.delivered() != 0 {
			t.Errorf("%d delivered after the end", r.delivered())
		}
		r.done <- nil
	})
}
