package spamd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway"
	"weir/scoring"
)

type (
	settings = *gateway.Settings
	policy   = *scoring.Policy
)

func TestRspamdsAnswer(t *testing.T) {
	d := open(t, nil)
	head := []string{"Queue-Id: 1a", "From: <ann@example.org>", "Recipient-Number: 1", "Rcpt: <bob@example.com>", "Helo: client.example", "IP: 192.0.2.1"}
	for _, c := range []struct{ subject, want string }{
		{"T_SPAM T_GOOD", "True; 18.80 / 15.00 / 15.00\r\nAction: reject\r\nSymbol: T_SPAM(20.26)\r\nSymbol: T_GOOD(-1.50)\r\nMessage-ID: T_SPAM.T_GOOD@example.org\r\n"},
		{"T_MAYBE", "False; 6.00 / 15.00 / 15.00\r\nAction: add header\r\nSymbol: T_MAYBE(6.00)\r\nMessage-ID: T_MAYBE@example.org\r\n"},
		{"hello", "False; 0.00 / 15.00 / 15.00\r\nAction: no action\r\nMessage-ID: hello@example.org\r\n"},
		{"T_VIRUS", "True; 15.00 / 15.00 / 15.00\r\nAction: reject\r\nSymbol: T_VIRUS(0.00)\r\nMessage-ID: T_VIRUS@example.org\r\n"},
		{"T_KEEP", "True; 15.00 / 15.00 / 15.00\r\nAction: reject\r\nSymbol: T_KEEP(0.50)\r\nMessage-ID: T_KEEP@example.org\r\n"},
		{"T_GREY", "False; 4.00 / 15.00 / 15.00\r\nAction: soft reject\r\nSymbol: T_GREY(4.00)\r\nMessage-ID: T_GREY@example.org\r\n"},
		{"BROKEN", "False; 0.00 / 15.00 / 15.00\r\nAction: soft reject\r\nSymbol: T_FAILED(0.00)\r\nMessage-ID: BROKEN@example.org\r\n"},
	} {
		same(t, d.ask("CHECK RSPAMC/1.3", mailOf(c.subject), head...), "RSPAMD/1.3 0 EX_OK\r\nMetric: default; "+c.want)
		r := d.last(t)
		if r.IP != "192.0.2.1" || *r.From != "ann@example.org" || !slices.Equal(r.Rcpt, []string{"bob@example.com"}) || r.Helo != "client.example" {
			t.Errorf("the report is of %s %s %s %s", r.IP, *r.From, r.Rcpt, r.Helo)
		}
	}
}

func TestAMarkedSubjectIsRspamdsRewriteSubject(t *testing.T) {
	d := open(t, func(_ *visited, s settings, _ policy) { s.Headers.SubjectPrefix = "[SPAM]" })
	if got := d.ask("CHECK RSPAMC/1.3", mailOf("T_MAYBE")); !strings.Contains(got, "Action: rewrite subject\r\n") {
		t.Errorf("got %q", got)
	}
}

func TestARefusalBeforeTheContentIsSpamForAllAnswers(t *testing.T) {
	d := open(t, func(_ *visited, s settings, _ policy) { s.RefuseOn = []string{"T_CLIENT"} })
	same(t, d.ask("CHECK RSPAMC/1.3", mailOf("hello"), "Helo: bad.example", "IP: 192.0.2.1"),
		"RSPAMD/1.3 0 EX_OK\r\nMetric: default; True; 5.00 / 5.00 / 5.00\r\nAction: reject\r\nSymbol: T_CLIENT(3.00)\r\nMessage-ID: undef\r\n")
	d.config.Received = true
	mail := "Received: from bad.example (bad.example [192.0.2.1]) by mx.weir.test with ESMTP\n" + mailOf("hello")
	same(t, d.ask("CHECK SPAMC/1.5", mail), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 5.0 / 5.0\r\n\r\n")
	got := d.ask("PROCESS SPAMC/1.5", mail)
	if !strings.Contains(got, "\r\n\r\nX-Spam-Flag: YES\nX-Spam-Score: 3.0\n") || !strings.HasSuffix(got, mail) {
		t.Errorf("got\n%s", got)
	}
}

func TestWhomAUserIs(t *testing.T) {
	for _, c := range []struct{ user, domain, want string }{
		{"", "", ""}, {"joe", "", ""}, {"joe", "example.com", "joe@example.com"}, {"joe@example.com", "", "joe@example.com"},
		{"joe@example.com", "example.net", "joe@example.com"}, {"nobody", "example.com", ""}, {"joe@", "example.com", ""}, {"@example.com", "", ""},
		{"<joe@example.com>", "", ""}, {"joe smith", "example.com", ""}, {strings.Repeat("x", 321), "example.com", ""},
	} {
		config := Config{UserDomain: c.domain}
		if got := config.recipient(c.user); got != c.want {
			t.Errorf("%q is %q, want %q", c.user, got, c.want)
		}
	}
	d := open(t, nil)
	same(t, d.ask("CHECK SPAMC/1.5", mailOf("T_KEEP"), "User: bob"), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 5.0 / 5.0\r\n\r\n")
	if r := d.last(t); len(r.Rcpt) != 0 || r.User != "" || r.From != nil || r.IP != "" {
		t.Errorf("what is not told is not unknown: %+v", r)
	}
	same(t, d.ask("CHECK SPAMC/1.5", mailOf("T_CLIENT"), "User: joe@example.com"), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 3.0 / 1.0\r\n\r\n")
	if r := d.last(t); r.Policy != "strict" || r.User != "" || !slices.Equal(r.Rcpt, []string{"joe@example.com"}) {
		t.Errorf("policy %s, user %q, recipients %q", r.Policy, r.User, r.Rcpt)
	}
}

func TestTheClientIsTakenFromReceivedFieldsWhereTheConfigSaysSo(t *testing.T) {
	ours := func(with string) string {
		return "Received: from c.example (h.example [192.0.2.9]) by mx.weir.test with " + with + "\n"
	}
	for _, c := range []struct{ name, fields, ip, helo string }{
		{"what our server wrote", ours("ESMTP"), "192.0.2.9", "c.example"},
		{"below a local hand-over", "Received: from localhost (localhost [127.0.0.1]) by mx.weir.test with ESMTP\n" + ours("ESMTP"), "192.0.2.9", "c.example"},
		{"below a relay that is trusted", "Received: from relay (relay [10.0.0.1]) by mx.weir.test with ESMTP\n" + ours("ESMTP"), "192.0.2.9", "c.example"},
		{"not below one that is not", ours("ESMTP") + "Received: from x (x [198.51.100.1]) by c.example with ESMTP\n", "192.0.2.9", "c.example"},
		{"not that of a user who logged in", ours("ESMTPSA"), "", ""},
		{"not this machine", "Received: from localhost (localhost [127.0.0.1]) by mx.weir.test with ESMTP\n", "", ""},
		{"none", "", "", ""},
	} {
		for _, on := range []bool{true, false} {
			d := open(t, func(d *visited, s settings, _ policy) {
				d.config.Received, s.Trusted = on, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
			})
			d.ask("CHECK SPAMC/1.5", c.fields+mailOf("hello"))
			r := d.last(t)
			if on && (r.IP != c.ip || r.Helo != c.helo) || !on && (r.IP != "" || r.Helo != "") {
				t.Errorf("%s: %v: client %q %q", c.name, on, r.IP, r.Helo)
			}
		}
	}
}

func TestTheSenderIsTakenFromTheFieldsAboveReceived(t *testing.T) {
	const received = "Received: from c.example (h.example [192.0.2.9]) by mx.weir.test with ESMTP\n"
	for _, c := range []struct{ name, mail, want string }{
		{"Return-Path", "Return-Path: <ann@example.org>\n" + received, "ann@example.org"},
		{"the null sender", "Return-Path: <>\n" + received, ""},
		{"Exim's", "From ann@example.org Sun Nov 22 20:35:39 2026\nX-Envelope-From: <ann@example.org>\nX-Envelope-To: bob@example.com\n" + received, "ann@example.org"},
		{"the first counts", "X-Envelope-From: <ann@example.org>\nReturn-Path: <eve@example.org>\n" + received, "ann@example.org"},
		{"not what the sender wrote", received + "Return-Path: <eve@example.org>\n", "unknown"},
		{"nor without a trace of our server", "Return-Path: <eve@example.org>\n", "unknown"},
		{"nor what is no path", "Return-Path: eve\n" + received, "unknown"},
	} {
		d := open(t, func(d *visited, _ settings, _ policy) { d.config.Received = true })
		d.ask("CHECK SPAMC/1.5", c.mail+mailOf("hello"))
		got := "unknown"
		if from := d.last(t).From; from != nil {
			got = *from
		}
		if got != c.want {
			t.Errorf("%s: sender %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTeaching(t *testing.T) {
	d := open(t, func(d *visited, _ settings, _ policy) { d.config.Teach, d.config.UserDomain = true, "example.com" })
	tell := func(headers ...string) string { return d.ask("TELL SPAMC/1.5", mailOf("a"), headers...) }
	const nothing, ok = "SPAMD/1.1 0 EX_OK\r\n\r\n\r\n", "SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n\r\n"
	same(t, tell("Message-class: spam", "Set: local", "User: joe"), ok)
	same(t, tell("Message-class: spam", "Set: local"), nothing)
	same(t, tell("Message-class: HAM", "Set: local,remote"), ok)
	same(t, tell("Remove: local"), "SPAMD/1.1 0 EX_OK\r\nDidRemove: local\r\n\r\n\r\n")
	same(t, tell("Remove: local"), nothing)
	same(t, tell("Message-class: spam", "Set: remote"), nothing)
	same(t, tell(), nothing)
	same(t, tell("Message-class: spam", "Set: local", "Remove: local"), "SPAMD/1.0 76 Bad header line: Unable to set local and remove local in the same operation.\r\n")
	same(t, tell("Set: local"), "SPAMD/1.0 76 Bad header line: (Set: local needs a Message-class)\r\n")
	same(t, tell("Message-class: bacon", "Set: local"), "SPAMD/1.0 76 Bad header line: (Message-class header contains invalid class)\r\n")
	same(t, d.say("TELL SPAMC/1.5\r\nContent-length: 9\r\nMessage-class: spam\r\nSet: local\r\n\r\n"+mailOf("b")), "SPAMD/1.0 76 Bad header line: (Content-Length mismatch: more than 9 bytes came)\r\n")
	same(t, d.ask("TELL SPAMC/1.5", "no message\n", "Message-class: spam", "Set: local"), "SPAMD/1.0 65 Data Error: (this is no message: it has no header field)\r\n")
	if diff := cmp.Diff([]string{"joe: spam for [joe@example.com]", "spamd: ham for []", "spamd: unlearned for []"}, d.filter.taught); diff != "" {
		t.Errorf("taught (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{filters.ErrFrozen, "69 Service Unavailable: learning is frozen"},
		{fmt.Errorf("x: %w", filters.ErrStoreDown), "75 EX_TEMPFAIL (the store does not keep it now)"},
		{errors.New("strange"), "70 Internal Error: (a fault of the filter, see its log)"},
	} {
		d.filter.down = c.err
		same(t, tell("Message-class: spam", "Set: local"), "SPAMD/1.0 "+c.want+"\r\n")
	}
}

func TestNobodyTeachesUnlessTheConfigSaysSo(t *testing.T) {
	d := open(t, nil)
	d.limit = 10 << 20
	got := d.ask("TELL SPAMC/1.5", mailOf("a")+strings.Repeat("0123456789\n", 400_000), "Message-class: spam", "Set: local")
	same(t, got, "SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled: set spamd.teach = true in the config.\r\n")
	if len(d.filter.taught) > 0 {
		t.Errorf("taught %q", d.filter.taught)
	}
}

func TestOtherClientsAreHungUpOn(t *testing.T) {
	d := open(t, func(d *visited, _ settings, _ policy) {
		d.config.Allowed = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	})
	if _, err := d.dial().Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("it is not hung up on: %v", err)
	}
	if got := d.log.String(); !strings.Contains(got, "not in spamd.allowed") || !strings.Contains(got, "ip=127.0.0.1") {
		t.Errorf("the log says %q", got)
	}
	for a, want := range map[string]bool{"127.0.0.2": true, "127.0.0.3": false, "::ffff:127.0.0.2": true, "::1": false} {
		if d.config.serves(&net.TCPAddr{IP: net.ParseIP(a)}) != want {
			t.Errorf("%s: served is not %v", a, want)
		}
	}
}

func TestAUnixSocketHasItsMode(t *testing.T) {
	d := open(t, func(d *visited, _ settings, _ policy) { d.config.SocketMode, d.config.Allowed = "0600", nil })
	l, err := net.Listen("unix", socket(t))
	if err != nil {
		t.Skip(err)
	}
	d.addr = l.Addr()
	d.serve(l)
	same(t, d.ask("CHECK SPAMC/1.5", mailOf("T_MAYBE")), "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.0 / 5.0\r\n\r\n")
	if info, err := os.Stat(l.Addr().String()); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestAStopWaitsForVerdicts(t *testing.T) {
	d := open(t, func(d *visited, _ settings, _ policy) { d.config.HeaderTime = setting.Duration(time.Hour) })
	idle, busy := d.dial(), d.dial()
	got := make(chan string, 1)
	go func() { got <- d.talk(busy, wireRequest("CHECK SPAMC/1.5", mailOf("T_MAYBE HOLD")), true) }()
	<-d.filter.held
	shut := make(chan error, 1)
	go func() { shut <- d.server.Shutdown(context.Background()) }()
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("an idle client is not hung up on: %v", err)
	}
	select {
	case err := <-shut:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(d.filter.hold)
	same(t, <-got, "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 6.0 / 5.0\r\n\r\n")
	if err := <-shut; err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", d.addr.String()); err == nil {
		_ = c.Close()
		t.Error("it still listens")
	}
}

// TestConnectionsAreCounted has one that says nothing: a hand-over waits for it.
func TestConnectionsAreCounted(t *testing.T) {
	d := open(t, nil)
	c := d.dial()
	d.hasSessions(1)
	same(t, d.talk(c, "PING SPAMC/1.5\r\n\r\n", true), "SPAMD/1.5 0 PONG\r\n")
	d.hasSessions(0)
}

func (d *visited) hasSessions(n int) {
	d.Helper()
	for end := time.Now().Add(10 * time.Second); d.server.Sessions() != n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			d.Fatalf("%d connections, want %d", d.server.Sessions(), n)
		}
	}
}

func TestAStopThatMayNotWaitSaysSo(t *testing.T) {
	d := open(t, nil)
	c := d.dial()
	done := make(chan struct{})
	go func() { defer close(done); _, _ = fmt.Fprint(c, wireRequest("CHECK SPAMC/1.5", mailOf("HOLD"))) }()
	<-d.filter.held
	<-done
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown says %v", err)
	}
	close(d.filter.hold)
	if err := d.server.Close(); err != nil {
		t.Error(err)
	}
}

// TestMoreConnectionsWait opens one more than there may be: it is served when another has gone.
func TestMoreConnectionsWait(t *testing.T) {
	d := open(t, func(d *visited, _ settings, _ policy) { d.config.MaxConnections = 1 })
	first, second := d.dial(), d.dial()
	got := make(chan string, 1)
	go func() { got <- d.talk(second, "PING SPAMC/1.2\r\n", true) }()
	select {
	case <-got:
		t.Fatal("both were served at once")
	case <-time.After(50 * time.Millisecond):
	}
	_ = first.Close()
	same(t, <-got, "SPAMD/1.5 0 PONG\r\n")
}

func TestTheConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"defaults", func(*Config) {}, ""},
		{"addresses", func(c *Config) { c.Listen = []string{"127.0.0.1:783", "[::1]:783", "unix:/run/weir/spamd.sock"} }, ""},
		{"no port", func(c *Config) { c.Listen = []string{"127.0.0.1"} }, `spamd.listen "127.0.0.1" is no address: write it like "127.0.0.1:783" or "unix:/run/weir/spamd.sock"`},
		{"no path", func(c *Config) { c.Listen = []string{"unix:"} }, `spamd.listen "unix:" is no address: write it like "127.0.0.1:783" or "unix:/run/weir/spamd.sock"`},
		{"twice", func(c *Config) { c.Listen = []string{":783", ":783"} }, `spamd.listen ":783" is listed twice`},
		{"mode", func(c *Config) { c.SocketMode = "rw" }, `spamd.socket_mode "rw" is no mode: write it like "0660"`},
		{"domain", func(c *Config) { c.UserDomain = "a b" }, `spamd.user_domain "a b" is no domain: write it like "example.com"`},
		{"no connections", func(c *Config) { c.MaxConnections = 0 }, "spamd.max_connections must be 1 or more"},
		{"no time", func(c *Config) { c.ReadTime, c.HeaderTime = 0, -1 }, "spamd.header_time must be longer than 0, like \"10s\"\nspamd.read_time must be longer than 0, like \"60s\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, got := DefaultConfig(), ""
			c.change(&config)
			if err := config.Check(); err != nil {
				got = err.Error()
			}
			same(t, got, c.want)
		})
	}
}
