package serve

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/gateway/spamd"
)

// askSpamd sends a request and gives the answer.
func askSpamd(t *testing.T, address, line, headers, mail string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := fmt.Fprintf(c, "%s\r\nContent-length: %d\r\n%s\r\n%s", line, len(mail), headers, mail); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestTheSpamdDoorJudgesTeachesAndIsReloaded(t *testing.T) {
	const table = "[spamd]\nlisten = [\"127.0.0.1:0\"]\nteach = "
	r := startWithState(t, table+"false\n")
	found := regexp.MustCompile(`listens    spamd on (127\.0\.0\.1:\d+)`).FindStringSubmatch(r.out.String())
	if found == nil {
		t.Fatalf("nobody is told of the door:\n%s", r.out.String())
	}
	if got := askSpamd(t, found[1], "CHECK SPAMC/1.5", "", lesson); !strings.HasPrefix(got, "SPAMD/1.1 0 EX_OK\r\nSpam: False ; ") {
		t.Errorf("CHECK: %q", got)
	}
	if got := askSpamd(t, found[1], "CHECK RSPAMC/1.3", "From: <a@example.org>\r\nIP: 192.0.2.1\r\n", lesson); !strings.Contains(got, "\r\nAction: no action\r\n") {
		t.Errorf("CHECK of Rspamd's: %q", got)
	}
	const teach = "Message-class: spam\r\nSet: local\r\n"
	if got := askSpamd(t, found[1], "TELL SPAMC/1.5", teach, lesson); !strings.HasPrefix(got, "SPAMD/1.0 69 ") {
		t.Errorf("TELL: %q", got)
	}
	r.write(table + "true\nsocket_mode = \"0600\"\n")
	r.signals <- syscall.SIGHUP
	r.waitFor("configuration reloaded")
	if got := askSpamd(t, found[1], "TELL SPAMC/1.5", teach, lesson); got != "SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n\r\n" {
		t.Errorf("TELL after a reload: %q", got)
	}
	if got := askSpamd(t, found[1], "TELL SPAMC/1.5", "Remove: local\r\n", lesson); got != "SPAMD/1.1 0 EX_OK\r\nDidRemove: local\r\n\r\n\r\n" {
		t.Errorf("TELL that forgets: %q", got)
	}
	if !strings.Contains(r.log.String(), "changes only with a restart\" key=spamd") {
		t.Errorf("the log says nothing of a restart:\n%s", r.log.String())
	}
}

func TestSettingsOfTheSpamdDoorThatNeedARestart(t *testing.T) {
	old, now := spamd.DefaultConfig(), spamd.DefaultConfig()
	now.Teach, now.UserDomain = true, "example.com"
	if spamdRestart(&old, &now) {
		t.Error("these need none")
	}
	if now.MaxConnections++; !spamdRestart(&old, &now) {
		t.Error("a limit needs one")
	}
}
