package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/all"
	"weir/gateway"
	"weir/gateway/config"
	rspamd "weir/gateway/http"
)

// startWithState is start with a store behind the filters.
func startWithState(t *testing.T, more string, change ...func(text string) string) *running {
	t.Helper()
	r := &running{t: t, dir: t.TempDir(), signals: make(chan os.Signal, 4), done: make(chan error, 1)}
	r.write(more, change...)
	ready := make(chan struct{})
	o := r.options(func() { close(ready) })
	o.State = &State{}
	o.Load = func() (*config.Config, *gateway.Snapshot, error) {
		cfg, err := config.Load(r.file(), all.Filters)
		if err != nil {
			return nil, nil, err
		}
		state, err := o.State.Open(cfg)
		if err != nil {
			return nil, nil, err
		}
		snap, err := cfg.Snapshot(all.Filters, filters.Env{Offline: true, Store: state})
		return cfg, snap, err
	}
	go func() { r.done <- Run(context.Background(), o) }()
	select {
	case <-ready:
	case err := <-r.done:
		t.Fatalf("it does not start: %v", err)
	}
	t.Cleanup(r.stop)
	return r
}

const lesson = "From: a@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: prize\r\n\r\nclaim your prize\r\n"

func teach(t *testing.T, url, password string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url+"/learnspam", strings.NewReader(lesson))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Password", password)
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text)
}

func TestTheHTTPDoorTeachesAndTakesANewPasswordAtReload(t *testing.T) {
	const table = "[http]\nlisten = [\"127.0.0.1:0\"]\nenable_password = "
	r := startWithState(t, table+"\"first\"\n")
	url := regexp.MustCompile(`Rspamd, on (http://127\.0\.0\.1:\d+)`).FindStringSubmatch(r.out.String())
	if url == nil {
		t.Fatalf("nobody is told of the door:\n%s", r.out.String())
	}
	if status, text := teach(t, url[1], "second"); status != 403 {
		t.Errorf("a wrong password: %d %s", status, text)
	}
	if status, text := teach(t, url[1], "first"); status != 200 || text != `{"success":true}` {
		t.Errorf("answer %d %s", status, text)
	}
	r.write(table + "\"second\"\n")
	r.signals <- syscall.SIGHUP
	r.waitFor("configuration reloaded")
	if status, text := teach(t, url[1], "second"); status != 208 {
		t.Errorf("after a reload: %d %s", status, text)
	}
	if strings.Contains(r.log.String(), "restart") {
		t.Errorf("a restart is asked for:\n%s", r.log.String())
	}
}

func TestOtherSettingsOfTheHTTPDoorNeedARestart(t *testing.T) {
	old, now := rspamd.DefaultConfig(), rspamd.DefaultConfig()
	now.Password = "x"
	if httpRestart(&old, &now) {
		t.Error("a password needs no restart")
	}
	if now.MaxConnections++; !httpRestart(&old, &now) {
		t.Error("a limit needs one")
	}
}

func TestOtherAddressesNeedARestart(t *testing.T) {
	old, now := config.Default(), config.Default()
	if keys := moved(old, now); keys != nil {
		t.Errorf("nothing moved, and yet %v", keys)
	}
	now.SMTP.Listen, now.HTTP.Listen = []string{"127.0.0.1:1"}, []string{"127.0.0.1:2"}
	if keys := moved(old, now); !slices.Equal(keys, []string{"smtp.listen", "http.listen"}) {
		t.Errorf("moved: %v", keys)
	}
}

func TestADoorOtherThanSMTPIsEnough(t *testing.T) {
	r := startWithState(t, "[http]\nlisten = [\"127.0.0.1:0\"]\n", func(head string) string { return strings.Replace(head, `listen = ["127.0.0.1:0"]`, "listen = []", 1) })
	if out := r.out.String(); !strings.Contains(out, "HTTP, as Rspamd, on http://") || strings.Contains(out, "SMTP") || strings.Contains(out, "delivers") {
		t.Errorf("nobody can send mail by SMTP, and a person reads:\n%s", out)
	}
}

func TestAStopWaitsForLessonsOverHTTP(t *testing.T) {
	r := startWithState(t, "[http]\nlisten = [\"127.0.0.1:0\"]\n")
	address := regexp.MustCompile(`Rspamd, on http://(127\.0\.0\.1:\d+)`).FindStringSubmatch(r.out.String())[1]
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(c, "POST /learnspam HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(lesson))
	in := bufio.NewReader(c)
	if line, err := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("%q, %v", line, err)
	}
	r.signals <- syscall.SIGTERM
	r.waitFor("stopping")
	time.Sleep(100 * time.Millisecond) // without a wait, all would be closed by then
	fmt.Fprint(c, lesson)
	rest, _ := io.ReadAll(in)
	if !strings.Contains(string(rest), "HTTP/1.1 200 ") || !strings.Contains(string(rest), `{"success":true}`) {
		t.Errorf("answer %q", rest)
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
	close(r.done)
}
