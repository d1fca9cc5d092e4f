package serve

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	mta "github.com/emersion/go-milter"

	"weir/gateway/metrics"
	"weir/gateway/milter"
)

// judgeByMilter tells a milter of one mail, as a mail server does, and gives what is to be changed and the verdict.
func judgeByMilter(t *testing.T, s *mta.ClientSession, mail string) ([]mta.ModifyAction, *mta.Action) {
	t.Helper()
	head, body, _ := strings.Cut(mail, "\r\n\r\n")
	_, e1 := s.Mail("ann@example.org", nil)
	_, e2 := s.Rcpt("bob@example.com", nil)
	err := errors.Join(e1, e2)
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		_, e := s.HeaderField(name, value)
		err = errors.Join(err, e)
	}
	_, e := s.HeaderEnd()
	changes, verdict, e2 := s.BodyReadFrom(bytes.NewReader([]byte(body)))
	if err = errors.Join(err, e, e2); err != nil {
		t.Fatal(err)
	}
	return changes, verdict
}

// greetMilter begins a session.
func greetMilter(t *testing.T, network, address string) *mta.ClientSession {
	t.Helper()
	c := mta.NewDefaultClient(network, address)
	s, err := c.Session()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	_, e1 := s.Conn("mail.example.org", mta.FamilyInet, 2525, "192.0.2.1")
	_, e2 := s.Helo("mail.example.org")
	if err := errors.Join(e1, e2); err != nil {
		t.Fatal(err)
	}
	return s
}

// names are the header fields that are to be added.
func names(changes []mta.ModifyAction) (list []string) {
	for _, c := range changes {
		if c.Code == mta.ActAddHeader || c.Code == mta.ActInsertHeader {
			list = append(list, c.HeaderName)
		}
	}
	return list
}

func TestTheMilterDoorJudgesIsReloadedAndStops(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "m.sock")
	if len(socket) > 100 {
		t.Skip("the temporary folder's name is too long for a socket")
	}
	table := "[milter]\nlisten = [\"unix:" + socket + "\"]\n"
	noSMTP := func(text string) string { return strings.Replace(text, `listen = ["127.0.0.1:0"]`, "listen = []", 1) }
	r := startWithState(t, table, noSMTP)
	if out := r.out.String(); !strings.Contains(out, "listens    milter on unix:"+socket) {
		t.Fatalf("nobody is told of the door:\n%s", out)
	}
	s := greetMilter(t, "unix", socket)
	changes, verdict := judgeByMilter(t, s, lesson)
	if verdict.Code != mta.ActContinue && verdict.Code != mta.ActAccept || !strings.Contains(strings.Join(names(changes), " "), "X-Spam-Status") {
		t.Errorf("verdict %q, fields %q", verdict.Code, names(changes))
	}
	r.waitFor("msg=verdict")
	r.write(table+"socket_mode = \"0666\"\n[policies.default]\ntag = 0.5\nreject = 1.0\n", noSMTP)
	r.signals <- syscall.SIGHUP
	r.waitFor("configuration reloaded")
	if _, verdict := judgeByMilter(t, s, lesson); verdict.Code != mta.ActReplyCode || verdict.SMTPCode != 554 {
		t.Errorf("after a reload, on the same connection: %+v", verdict)
	}
	if !strings.Contains(r.log.String(), "changes only with a restart\" key=milter") {
		t.Errorf("the log says nothing of a restart:\n%s", r.log.String())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	r.signals <- syscall.SIGTERM
	if err := <-r.done; err != nil {
		t.Error(err)
	}
	close(r.done)
}

func TestSettingsOfTheMilterDoorThatNeedARestart(t *testing.T) {
	old, now := milter.DefaultConfig(), milter.DefaultConfig()
	now.Early, now.MaxConnections, now.Quarantine = true, 1, milter.QuarantineHold
	if milterRestart(&old, &now) {
		t.Error("these need none")
	}
	for _, change := range []func(*milter.Config){
		func(c *milter.Config) { c.SocketMode = "0666" },
		func(c *milter.Config) { c.SocketGroup = "mail" },
	} {
		now = old
		if change(&now); !milterRestart(&old, &now) {
			t.Errorf("%+v needs one", now)
		}
	}
}

// busyDoor is a door with clients.
type busyDoor struct {
	smtpDoor
	clients int
}

func (d busyDoor) Sessions() int { return d.clients }

func TestConnectionsAreCountedByDoor(t *testing.T) {
	r := startWithState(t, "[milter]\nlisten = [\"127.0.0.1:0\"]\n[spamd]\nlisten = [\"127.0.0.1:0\"]\n[http]\nlisten = [\"127.0.0.1:0\"]\n")
	cfg, snap, err := r.options(nil).Load()
	if err != nil {
		t.Fatal(err)
	}
	cfg.DataDir = t.TempDir()
	h, err := build(cfg, snap, r.options(nil))
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	h.doors[0] = busyDoor{h.doors[0].(smtpDoor), 3}
	w := httptest.NewRecorder()
	h.metrics.Handler(metrics.Config{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{`{door="smtp"} 3`, `{door="milter"} 0`, `{door="http"} 0`, `{door="spamd"} 0`} {
		if !strings.Contains(w.Body.String(), "\nweir_connections"+want+"\n") {
			t.Errorf("no %s", want)
		}
	}
}
