package smtp

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weir/gateway"
	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
	"weir/message"
	"weir/scoring"
)

// by gives each recipient the action that its local part names: "reject@example.com".
func by(env *message.Envelope) []gateway.Group {
	var groups []gateway.Group
	for _, rcpt := range env.Rcpts {
		local, _, _ := strings.Cut(rcpt, "@")
		var a scoring.Action
		if a.UnmarshalText([]byte(strings.TrimRight(local, "123"))) != nil {
			a = scoring.Accept
		}
		i := slices.IndexFunc(groups, func(g gateway.Group) bool { return g.Decision.Action == a })
		if i < 0 {
			groups = append(groups, group(a))
			i = len(groups) - 1
		}
		groups[i].Rcpts = append(groups[i].Rcpts, rcpt)
	}
	return groups
}

// cellar is a quarantine in memory.
type cellar struct {
	mu    sync.Mutex
	full  bool
	kept  []string // recipients
	texts []string
}

func (c *cellar) Store(_ *gateway.Report, _ *message.Envelope, rcpts []string, chunks [][]byte) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full {
		return "", errors.New("no space left on device")
	}
	c.kept = append(c.kept, rcpts...)
	c.texts = append(c.texts, string(slices.Concat(chunks...)))
	return fmt.Sprintf("q%d", len(c.kept)), nil
}

func keeping(c *cellar) setup { return func(p *plan) { p.opts.Quarantine = c } }

func remembering(t *testing.T) setup {
	t.Helper()
	l, err := relay.OpenLedger("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return func(p *plan) { p.opts.Ledger = l }
}

func TestActions(t *testing.T) {
	for _, row := range []struct {
		name      string
		rcpts     string // local parts
		no        bool   // there is no quarantine
		want      string
		delivered string
		kept      string
		again     string // the reply when the client comes again; "" it does not
	}{
		{"accept", "accept", false, "250", "accept", "", ""},
		{"tag", "tag", false, "250", "tag", "", ""},
		{"B08_reject", "reject", false, "554 5.7.1", "", "", ""},
		{"B08_reject_for_all", "reject1 reject2", false, "554 5.7.1", "", "", ""},
		{"defer", "defer", false, "451 4.7.1", "", "", ""},
		{"greylist", "greylist", false, "451 4.7.1", "", "", ""},
		{"discard", "discard", false, "250", "", "", ""},
		{"quarantine", "quarantine", false, "250", "", "quarantine", ""},
		{"quarantine where there is none", "quarantine", true, "451", "", "", ""},
		{"B10_accept_and_reject", "accept reject", false, "250", "accept", "reject", ""},
		{"B10_tag_and_reject_and_quarantine", "tag reject quarantine", false, "250", "tag", "quarantine reject", ""},
		{"B10_accept_and_discard", "accept discard", false, "250", "accept", "", ""},
		{"B10_discard_and_reject", "discard reject", false, "250", "", "reject", ""},
		{"B10_accept_and_reject_without_quarantine", "accept reject", true, "451", "accept", "", "554"},
		{"B10_accept_and_defer", "accept defer", false, "451", "accept", "", "451"},
		{"B10_accept_reject_defer", "accept reject defer", false, "451", "accept", "reject", "451"},
		{"B10_reject_and_defer", "reject defer", false, "451", "", "", "451"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &cellar{}
			setups := []setup{deciding(by), remembering(t)}
			if !row.no {
				setups = append(setups, keeping(c))
			}
			d := start(t, setups...)
			var rcpts []string
			for _, local := range strings.Fields(row.rcpts) {
				rcpts = append(rcpts, local+"@example.com")
			}
			if got := d.hello().mail(hello, rcpts...); !strings.HasPrefix(got, row.want) {
				t.Errorf("told %q, want %s", got, row.want)
			}
			if row.again != "" {
				if got := d.hello().mail(hello, rcpts...); !strings.HasPrefix(got, row.again) {
					t.Errorf("told %q the second time, want %s", got, row.again)
				}
			}
			if got := locals(accepted(d.hop)); got != row.delivered {
				t.Errorf("delivered to %q, want %q", got, row.delivered)
			}
			if got := locals(c.kept); got != row.kept {
				t.Errorf("quarantined for %q, want %q", got, row.kept)
			}
		})
	}
}

// accepted lists all recipients who have a mail.
func accepted(hop *hoptest.Server) (all []string) {
	for _, m := range hop.Messages() {
		all = append(all, m.Accepted...)
	}
	return all
}

// locals sorts the local parts.
func locals(rcpts []string) string {
	var l []string
	for _, r := range rcpts {
		local, _, _ := strings.Cut(r, "@")
		l = append(l, local)
	}
	slices.Sort(l)
	return strings.Join(l, " ")
}

func TestFullQuarantine(t *testing.T) {
	t.Run("B10_full_quarantine_puts_off", func(t *testing.T) {
		c := &cellar{full: true}
		d := start(t, deciding(by), remembering(t), keeping(c))
		if got := d.hello().mail(hello, "accept@example.com", "reject@example.com"); !strings.HasPrefix(got, "451") {
			t.Errorf("told %q", got)
		}
		c.mu.Lock()
		c.full = false
		c.mu.Unlock()
		if got := d.hello().mail(hello, "accept@example.com", "reject@example.com"); !strings.HasPrefix(got, "554") {
			t.Errorf("told %q the second time", got)
		}
		if got := locals(accepted(d.hop)); got != "accept" {
			t.Errorf("delivered to %q", got)
		}
	})
}

func TestRefusedMailLeavesNoTrace(t *testing.T) {
	t.Run("B08_the_next_hop_hears_no_DATA", func(t *testing.T) {
		d := start(t, deciding(by))
		c := d.hello()
		if got := c.mail(hello, "reject@example.com"); !strings.Contains(got, "[testid0123456789]") {
			t.Errorf("told %q: no reference", got)
		}
		if d.hop.Said("DATA") != 0 || len(d.hop.Messages()) != 0 {
			t.Errorf("commands %q", d.hop.Commands())
		}
		if got := c.mail(hello, "bob@example.com"); !strings.HasPrefix(got, "250") {
			t.Errorf("the next mail: %q", got)
		}
	})
}

// patience makes the judgement take until the test says so.
type patience struct {
	judging chan struct{}
	goOn    chan struct{}
}

func patient() (*patience, setup) {
	p := &patience{make(chan struct{}, 1000), make(chan struct{})}
	return p, deciding(func(env *message.Envelope) []gateway.Group {
		p.judging <- struct{}{}
		<-p.goOn
		return by(env)
	})
}

func TestClientVanishes(t *testing.T) {
	on, tlsClient := secure(t, TLSOptional)
	for _, row := range []struct {
		name  string
		leave func(c *client)
		tls   bool
	}{
		{"B06_closes", func(c *client) { c.Close() }, false},
		{"B06_resets", (*client).reset, false},
		{"B06_closes_TLS", func(c *client) { c.Close() }, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, slow := patient()
			d := start(t, slow, on)
			c := d.hello()
			if row.tls {
				c.startTLS(tlsClient)
				c.cmd("EHLO a.example", "250")
			}
			c.envelope("bob@example.com")
			c.cmd("DATA", "354")
			c.write(hello + ".\r\n")
			<-p.judging
			row.leave(c)
			time.Sleep(50 * time.Millisecond)
			close(p.goOn)
			eventually(t, "the session is over", func() bool { return d.Sessions() == 0 })
			if n := d.hop.Count(); n != 0 {
				t.Errorf("%d messages had their dot", n)
			}
			if !slices.Equal(d.watched.vanished, []bool{true}) {
				t.Errorf("counted %v", d.watched.vanished)
			}
		})
	}
	t.Run("B06_pipelined_QUIT_is_no_leaving", func(t *testing.T) {
		d := start(t)
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		c.write(hello + ".\r\nQUIT\r\n")
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		c.want("250")
		c.want("221")
	})
	t.Run("B07_after_the_dot", func(t *testing.T) {
		d := start(t)
		d.hop.On("DOT", hoptest.OK().After(300*time.Millisecond))
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		c.write(hello + ".\r\n")
		eventually(t, "the dot is out", func() bool { return strings.HasSuffix(string(d.hop.Bytes()), "\r\n.\r\n") })
		c.reset()
		eventually(t, "the session is over", func() bool { return d.Sessions() == 0 })
		if d.hop.Delivered() != 1 || !slices.Equal(d.watched.vanished, []bool{false}) {
			t.Errorf("delivered %d, counted %v", d.hop.Delivered(), d.watched.vanished)
		}
		if rep := d.court.messages()[0].rep; !strings.Contains(rep.Next, "250 2.0.0") || !strings.HasPrefix(rep.Reply, "250") {
			t.Errorf("the report says next %q, reply %q", rep.Next, rep.Reply)
		}
	})
}

func TestOneRecipientRefused(t *testing.T) {
	for _, code := range []string{"550 5.1.1 no such user", "450 4.2.1 busy"} {
		t.Run("B09_"+code[:3]+"_at_RCPT", func(t *testing.T) {
			d := start(t)
			d.hop.On("RCPT b@example.com", hoptest.Reply(code))
			c := d.hello()
			c.cmd("MAIL FROM:<x@example.org>", "250")
			c.cmd("RCPT TO:<a@example.com>", "250")
			c.cmd("RCPT TO:<b@example.com>", code)
			c.cmd("RCPT TO:<c@example.com>", "250")
			c.cmd("DATA", "354")
			c.write(hello + ".\r\n")
			c.want("250")
			if got := locals(accepted(d.hop)); got != "a c" {
				t.Errorf("delivered to %q", got)
			}
			if j := d.court.messages(); !slices.Equal(j[0].env.Rcpts, []string{"a@example.com", "c@example.com"}) {
				t.Errorf("judged for %q", j[0].env.Rcpts)
			}
			if got, want := d.court.turnedDown(), []string{"b@example.com " + code[:3]}; !slices.Equal(got, want) {
				t.Errorf("reported as turned down: %q, want %q", got, want)
			}
		})
	}
}

func TestNextHopIdlesOut(t *testing.T) {
	t.Run("B13_while_the_client_uploads", func(t *testing.T) {
		d := start(t, func(p *plan) { p.hop.Idle = 100 * time.Millisecond })
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		for range 5 {
			c.write("a line\r\n")
			time.Sleep(80 * time.Millisecond)
		}
		c.write(".\r\n")
		c.want("250")
		m := d.hop.Messages()
		if len(m) != 1 || withoutTrace(t, m[0].Content) != strings.Repeat("a line\r\n", 5) {
			t.Errorf("at the next hop: %+v", m)
		}
	})
}
