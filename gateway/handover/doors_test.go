//go:build unix

package handover_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// visitors come to the doors beside SMTP, without a pause, while one process after the other takes over.
type visitors struct {
	*house
	socket, web, spamd string
	postfix            *realtest.Postfix
	mails, requests    atomic.Int64
}

const box = "alice@weir.test"

// openDoors starts Weir with all doors, and a Postfix whose milter it is.
func openDoors(t *testing.T) *visitors {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-sock-") // a test's own folder is too deep for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	v := &visitors{socket: "unix:" + filepath.Join(dir, "m.sock"), web: realtest.FreeAddr(t), spamd: realtest.FreeAddr(t)}
	v.house = open(t, fmt.Sprintf("[milter]\nlisten = [%q]\nsocket_group = \"daemon\"\n[http]\nlisten = [%q]\n[spamd]\nlisten = [%q]\n", v.socket, v.web, v.spamd))
	v.postfix = realtest.NewPostfix(t, realtest.PostfixOptions{
		Mailboxes: []string{box},
		Main: map[string]string{
			"smtpd_milters": v.socket, "milter_default_action": "tempfail",
			"smtpd_client_connection_count_limit": "0", "smtpd_error_sleep_time": "0",
		},
	})
	return v
}

// begin lets them all come.
func (v *visitors) begin() {
	for i := range 3 {
		v.senders.Go(func() { v.again(func(n int) { v.session(i, n) }) })
	}
	kept := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 30 * time.Second}
	each := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	v.senders.Go(func() { v.again(func(int) { v.check(kept) }); kept.CloseIdleConnections() })
	v.senders.Go(func() { v.again(func(int) { v.check(each) }) })
	v.senders.Go(func() { v.again(func(int) { v.spamc() }) })
}

// again does something until the end.
func (v *visitors) again(do func(n int)) {
	for n := 0; ; n++ {
		select {
		case <-v.stop:
			return
		default:
			do(n)
		}
	}
}

// letter is a mail to Postfix that is found again.
func letter(id string) string {
	return "From: ann@client.example\r\nTo: " + box + "\r\nMessage-ID: <" + id + "@client.example>\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"
}

// session sends three mails to Postfix in one connection, with pauses.
func (v *visitors) session(client, n int) {
	c, err := realtest.Dial(v.postfix.Addr)
	if err != nil {
		v.fail("session %d.%d: %v", client, n, err)
		return
	}
	defer c.Quit()
	for i := range 3 {
		v.mail(c, fmt.Sprintf("m%d.%d.%d", client, n, i))
		time.Sleep(time.Duration(20*client) * time.Millisecond) // clients differ
	}
}

func (v *visitors) mail(c *realtest.Client, id string) {
	if o := c.Send("ann@client.example", []string{box}, letter(id)); !o.Accepted {
		v.fail("%s: %d %s %v", id, o.Code, o.Text, o.Err)
	}
	v.mails.Add(1)
}

// check asks over HTTP.
func (v *visitors) check(c *http.Client) {
	body := letter("http")
	r, err := http.NewRequest(http.MethodPost, "http://"+v.web+"/checkv2", io.MultiReader(strings.NewReader(body))) // can't be sent twice by the client
	if err != nil {
		v.fail("%v", err)
		return
	}
	r.ContentLength = int64(len(body))
	a, err := c.Do(r)
	if err != nil {
		v.fail("HTTP: %v", err)
		return
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK || !strings.Contains(string(text), `"action"`) {
		v.fail("HTTP: %d %s %v", a.StatusCode, text, err)
	}
	v.requests.Add(1)
}

// spamc asks as SpamAssassin's client.
func (v *visitors) spamc() {
	c, err := net.Dial("tcp", v.spamd)
	if err != nil {
		v.fail("spamd: %v", err)
		return
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	body := letter("spamd")
	_, err = fmt.Fprintf(c, "CHECK SPAMC/1.5\r\nContent-length: %d\r\n\r\n%s", len(body), body)
	text, rerr := io.ReadAll(c)
	if err = errors.Join(err, rerr); err != nil || !strings.HasPrefix(string(text), "SPAMD/1.1 0 EX_OK\r\n") {
		v.fail("spamd: %q %v", text, err)
	}
	v.requests.Add(1)
}

// replace has a new process take over, and goes on when the old one has ended and both kinds of visitors were served anew.
func (v *visitors) replace(n int, meanwhile func()) {
	v.t.Helper()
	pids := v.serving()
	if len(pids) != 1 {
		v.t.Fatalf("processes %v", pids)
	}
	if err := syscall.Kill(pids[0], syscall.SIGUSR2); err != nil {
		v.t.Fatal(err)
	}
	v.await("a new process has taken over", n)
	meanwhile()
	v.await("the process before this one has ended", n)
	mails, requests := v.mails.Load(), v.requests.Load()
	for end := time.Now().Add(60 * time.Second); v.mails.Load() < mails+30 || v.requests.Load() < requests+50; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			v.t.Fatal("nobody is served any more")
		}
	}
}

// patient has clients in the middle of something when a process is replaced, longer than silence between two messages is
// borne at a stop.
type patient struct {
	v    *visitors
	mail *realtest.Client
	web  net.Conn
	in   *bufio.Reader
	late net.Conn
}

func (v *visitors) patient(n int) *patient {
	v.t.Helper()
	var p patient
	p.v = v
	var err error
	if p.mail, err = realtest.Dial(v.postfix.Addr); err != nil {
		v.t.Fatal(err)
	}
	v.mail(p.mail, fmt.Sprintf("before%d", n))
	for _, c := range []struct {
		conn *net.Conn
		addr string
	}{{&p.web, v.web}, {&p.late, v.spamd}} {
		if *c.conn, err = net.Dial("tcp", c.addr); err != nil {
			v.t.Fatal(err)
		}
		v.t.Cleanup(func() { (*c.conn).Close() })
		_ = (*c.conn).SetDeadline(time.Now().Add(60 * time.Second))
	}
	p.in = bufio.NewReader(p.web)
	if line := p.ping(); !strings.HasPrefix(line, "HTTP/1.1 200") {
		v.t.Fatalf("HTTP: %q", line)
	}
	return &p
}

// ping gives the status line.
func (p *patient) ping() string {
	_, _ = io.WriteString(p.web, "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
	line, _ := p.in.ReadString('\n')
	for rest := line; rest != "" && rest != "pong\r\n"; {
		rest, _ = p.in.ReadString('\n')
	}
	return line
}

// goOn does what is left, in the old process.
func (p *patient) goOn(n int) {
	time.Sleep(1500 * time.Millisecond) // silence, beyond what a door that only stops would bear
	p.v.mail(p.mail, fmt.Sprintf("after%d", n))
	_ = p.mail.Quit()
	if line := p.ping(); !strings.HasPrefix(line, "HTTP/1.1 200") {
		p.v.fail("a connection that was kept: %q", line)
	}
	_, _ = io.WriteString(p.late, "PING SPAMC/1.5\r\n\r\n")
	if text, err := io.ReadAll(p.late); string(text) != "SPAMD/1.5 0 PONG\r\n" {
		p.v.fail("a client of spamd that took its time: %q %v", text, err)
	}
}

// TestUpgradesUnderMilterHTTPAndSpamdLoad: no mail is put off, no request fails, and no connection is refused.
func TestUpgradesUnderMilterHTTPAndSpamdLoad(t *testing.T) {
	needProc(t)
	v := openDoors(t)
	v.begin()
	for n := 1; n <= 2; n++ {
		p := v.patient(n)
		v.replace(n, func() { p.goOn(n) })
	}
	v.end()
	v.delivered()
	for _, f := range v.failures {
		t.Error(f)
	}
	if strings.Contains(v.Log(), "_FAILED") || strings.Contains(v.Log(), "cut off") || strings.Contains(v.Log(), "stay longer") {
		t.Error("the log tells of failures")
	}
	if bad := regexp.MustCompile(`(?m)^.*(warning: milter|milter-reject|NOQUEUE|status=(deferred|bounced)).*$`).FindAllString(v.postfix.Log(), 5); bad != nil {
		t.Errorf("Postfix says %q", bad)
	}
	t.Logf("the store was away: %q", regexp.MustCompile(`filters go on" ms=\d+`).FindAllString(v.Log(), -1))
	t.Logf("2 upgrades: %d mails through Postfix, %d requests over HTTP and spamd", v.mails.Load(), v.requests.Load())
	v.ended()
}

// delivered waits until each mail is in the mailbox, once.
func (v *visitors) delivered() {
	want := int(v.mails.Load())
	for end := time.Now().Add(60 * time.Second); v.postfix.Queued() > 0 || len(v.postfix.Mail(box)) < want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			break
		}
	}
	if got := len(v.postfix.Mail(box)); got != want {
		v.t.Errorf("%d mails were sent, %d arrived", want, got)
	}
}
