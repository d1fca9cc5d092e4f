package spamd

import (
	"bytes"
	"errors"
	"net"
	"os/exec"
	"strings"
	"testing"

	"weir/gateway/realtest"
)

// spamc runs SpamAssassin's client and gives what it printed and its exit code.
func (d *visited) spamc(program, mail string, args ...string) (string, int) {
	d.Helper()
	tcp, ok := d.addr.(*net.TCPAddr)
	where := []string{"-F", "/dev/null", "-U", d.addr.String()}
	if ok {
		_, port, _ := net.SplitHostPort(tcp.String())
		where = []string{"-F", "/dev/null", "-d", "127.0.0.1", "-p", port, "--connect-retries", "1", "--filter-retries", "1"}
	}
	cmd := exec.Command(program, append(where, args...)...)
	cmd.Stdin = strings.NewReader(mail)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		d.Fatal(err)
	}
	if problems.Len() > 0 {
		d.Logf("spamc says: %s", &problems)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

const (
	markedHead = "X-Spam-Flag: YES\nX-Spam-Score: 20.3\nX-Spam-Status: Yes, score=20.3 required=5.0 tests=T_SPAM=20.26\n"
	cleanHead  = "X-Spam-Score: -1.5\nX-Spam-Status: No, score=-1.5 required=5.0 tests=T_GOOD=-1.5\n"
)

// TestSpamc asks with SpamAssassin's own client. What it can't be told without losing mail or calling it clean decides the
// form of our failures: after an empty line, or a Content-length, spamc -x would give back an empty mail.
func TestSpamc(t *testing.T) {
	program := realtest.Binary(t, "spamc", "usr/bin/spamc")
	d := open(t, func(d *visited, _ settings, _ policy) { d.limit = 1 << 20 })
	teaching := open(t, func(d *visited, _ settings, _ policy) { d.config.Teach = true })
	spam, ham, broken := mailOf("T_SPAM"), mailOf("T_GOOD"), mailOf("BROKEN")
	for _, c := range []struct {
		door       *visited
		args, mail string
		want       string // "…" stands for the report
		code       int
	}{
		{d, "-c", spam, "20.3/5.0\n", 1},
		{d, "-c", ham, "-1.5/5.0\n", 0},
		{d, "-c", broken, "0/0\n", 0},
		{d, "-x -c", broken, "0/0\n", 74},
		{d, "-R", spam, "20.3/5.0\n…", 0},
		{d, "-R", ham, "-1.5/5.0\n…", 0},
		{d, "-r", spam, "…", 0},
		{d, "-r", ham, "", 0},
		{d, "-r", broken, "0/0\n", 0},
		{d, "-y", spam, "T_SPAM", 0},
		{d, "-y", ham, "T_GOOD", 0},
		{d, "", spam, markedHead + spam, 0},
		{d, "", ham, cleanHead + ham, 0},
		{d, "", broken, broken, 0},
		{d, "-x", ham, cleanHead + ham, 0},
		{d, "-x", broken, "", 74},
		{d, "-E", spam, markedHead + spam, 1},
		{d, "-E", ham, cleanHead + ham, 0},
		{d, "--headers", spam, markedHead + spam, 0},
		{d, "--headers", ham, cleanHead + ham, 0},
		{d, "-s 10", spam, spam, 0},
		{d, "-x -s 10", spam, spam, 0},
		{d, "-K", "", "SPAMD/1.5 0\n", 0},
		{d, "-L spam", spam, "", 74},
		{d, "-x -L spam", spam, "", 74},
		{teaching, "-L spam", ham, "Message successfully un/learned\n", 0},
		{teaching, "-L spam", ham, "Message was already un/learned\n", 0},
		{teaching, "-L ham", ham, "Message successfully un/learned\n", 0},
		{teaching, "-L forget", ham, "Message successfully un/learned\n", 0},
		{teaching, "-L forget", ham, "Message was already un/learned\n", 0},
		{teaching, "-C report", spam, "Unable to report/revoke message\n", 0},
		{teaching, "-C revoke", spam, "Unable to report/revoke message\n", 0},
	} {
		t.Run("spamc "+c.args, func(t *testing.T) {
			c.door.TB = t
			got, code := c.door.spamc(program, c.mail, strings.Fields(c.args)...)
			if head, report, ok := strings.Cut(got, "Weir, running on"); ok && strings.Contains(report, " pts rule name") {
				got = head + "…"
			}
			if got != c.want || code != c.code {
				t.Errorf("exit code %d, want %d; it printed %q, want %q", code, c.code, got, c.want)
			}
		})
	}
}

// TestSpamcThroughASocket with a large mail, whose LF line ends come back as they were.
func TestSpamcThroughASocket(t *testing.T) {
	program := realtest.Binary(t, "spamc", "usr/bin/spamc")
	d := open(t, func(d *visited, _ settings, _ policy) { d.limit = 50 << 20 })
	l, err := net.Listen("unix", socket(t))
	if err != nil {
		t.Fatal(err)
	}
	d.addr = l.Addr()
	d.serve(l)
	mail := mailOf("T_GOOD") + strings.Repeat("0123456789 0123456789\n", 250_000)
	got, code := d.spamc(program, mail, "-x", "-s", "20000000")
	if got != cleanHead+mail || code != 0 {
		t.Errorf("exit code %d, %d bytes of %d", code, len(got), len(cleanHead+mail))
	}
}
