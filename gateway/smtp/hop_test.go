package smtp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
)

// These tests break the next hop and look at what the client hears. What the relay does in itself is tested in
// gateway/relay.

// behind puts a next hop with short times behind the door.
func behind(hop *hoptest.Server, protocol relay.Protocol) setup {
	return func(p *plan) {
		p.hops = []relay.HopConfig{{
			Address: []string{hop.Addr()}, Protocol: protocol, Domains: []string{"example.com"},
			Timeouts:    relay.Timeouts{Connect: ms(300), Command: ms(1000), Data: ms(1000), Block: ms(1000), Dot: ms(3000)},
			BreakerWait: ms(50), BreakerMax: ms(100),
		}}
	}
}

// heal takes a script away.
func heal(hop *hoptest.Server) {
	for _, point := range []string{"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT", "DOT"} {
		hop.On(point)
	}
}

// step is how far a mail gets: the reply to the first command that fails, or that to the dot.
func (c *client) step(content string, rcpts ...string) (at, reply string) {
	c.t.Helper()
	commands := []string{"MAIL FROM:<sender@example.org>"}
	for _, r := range rcpts {
		commands = append(commands, "RCPT TO:<"+r+">")
	}
	for _, cmd := range append(commands, "DATA") {
		c.write(cmd + "\r\n")
		if reply := c.reply(); reply == "" || reply[0] > '3' {
			return cmd[:4], reply
		}
	}
	c.write(content + ".\r\n")
	return "dot", c.reply()
}

func TestNextHopDown(t *testing.T) {
	for name, harm := range map[string]func(*hoptest.Server){
		"B01_refused":       (*hoptest.Server).Stop,
		"B01_black_hole":    func(s *hoptest.Server) { s.On("CONNECT", hoptest.Hang()); s.Drop() },
		"B01_greets_421":    func(s *hoptest.Server) { s.On("CONNECT", hoptest.Reply("421 busy").ThenClose()); s.Drop() },
		"B01_hangs_at_EHLO": func(s *hoptest.Server) { s.On("EHLO", hoptest.Hang()); s.Drop() },
	} {
		t.Run(name, func(t *testing.T) {
			hop := hoptest.Start(t, hoptest.Options{})
			d := start(t, behind(hop, relay.SMTP))
			c := d.hello()
			harm(hop)
			for range 4 { // the breaker opens on the way
				at, reply := c.step(hello, "x@example.com")
				if at == "dot" || !strings.HasPrefix(reply, "451 4.4.1") {
					t.Fatalf("%s got %q", at, reply)
				}
				c.cmd("RSET", "250")
			}
			late := d.dial() // nothing can be offered now
			late.want("220")
			late.cmd("EHLO client.example.org", "421")
			heal(hop)
			if name == "B01_refused" {
				hop.Restart(nil)
			}
			eventually(t, "mail goes through again", func() bool {
				at, reply := c.step(hello, "x@example.com")
				if at != "dot" {
					c.cmd("RSET", "250")
				}
				return strings.HasPrefix(reply, "250") && at == "dot"
			})
			if hop.Delivered() != 1 {
				t.Errorf("delivered %d", hop.Delivered())
			}
		})
	}
}

func TestNextHopBreaks(t *testing.T) {
	long := hello + strings.Repeat("a line of text\r\n", 1<<20)
	for name, test := range map[string]struct {
		point   string
		action  hoptest.Action
		content string
		at      string
		reply   string
		copies  int // that the hop took although the client was told otherwise: duplicates that can't be helped
	}{
		"B02_dies_at_MAIL":              {"MAIL", hoptest.Reset(), hello, "RCPT", "451 4.4.2", 0},
		"B02_dies_at_RCPT":              {"RCPT", hoptest.Close(), hello, "RCPT", "451 4.4.2", 0},
		"B02_dies_at_DATA":              {"DATA", hoptest.Reset(), hello, "dot", "451 4.4.2", 0},
		"B03_resets_in_the_content":     {"CONTENT", hoptest.Reset().At(5000), long, "dot", "451 4.4.2", 0},
		"B04_dies_after_the_dot":        {"DOT", hoptest.Reset(), hello, "dot", "451 4.4.2", 0},
		"B05_slow_after_the_dot":        {"DOT", hoptest.OK().After(1500 * time.Millisecond), hello, "dot", "250 2.0.0", 1},
		"B11_550_at_the_dot":            {"DOT", hoptest.Reply("550 5.7.1 spam\x1b[2J"), hello, "dot", "550 5.7.1 spam?[2J", 0},
		"B11_452_at_the_dot":            {"DOT", hoptest.Reply("452 4.2.2 full"), hello, "dot", "452 4.2.2 full", 0},
		"B11_421_at_the_dot":            {"DOT", hoptest.Reply("421 4.3.2 closing").ThenClose(), hello, "dot", "451 4.3.2 closing", 0},
		"B11_554_at_RCPT":               {"RCPT", hoptest.Reply("554 5.7.1 no"), hello, "RCPT", "554 5.7.1 no", 0},
		"B12_1MB_reply_at_RCPT":         {"RCPT", hoptest.Flood("250", 1<<20), hello, "RCPT", "451 4.5.0", 0},
		"B12_1MB_reply_at_the_dot":      {"DOT", hoptest.Flood("250", 1<<20), hello, "dot", "451 4.5.0", 1},
		"B12_garbage_at_DATA":           {"DATA", hoptest.Raw("\xff\xfe\r\n"), hello, "dot", "451 4.5.0", 0},
		"B12_250_in_pieces_at_the_dot":  {"DOT", hoptest.Raw("250-2.0.0 a\r\n250 2.0.0 b\r\n").Bytewise(time.Millisecond), hello, "dot", "250", 1},
		"B12_half_a_250_at_the_dot":     {"DOT", hoptest.Raw("250 2.0.0 o").ThenClose(), hello, "dot", "451 4.4.2", 1},
		"B12_two_codes_at_the_dot":      {"DOT", hoptest.Raw("250-2.0.0 a\r\n550 5.0.0 b\r\n"), hello, "dot", "451 4.5.0", 1},
		"B12_250_without_asking_at_dot": {"CONTENT", hoptest.Reply("250 2.0.0 taken").At(100), long, "dot", "451 4.4.2", 1},
	} {
		t.Run(name, func(t *testing.T) {
			hop := hoptest.Start(t, hoptest.Options{})
			hop.On(test.point, test.action)
			d := start(t, behind(hop, relay.SMTP))
			c := d.hello()
			at, reply := c.step(test.content, "x@example.com")
			if at != test.at || !strings.HasPrefix(reply, test.reply) {
				t.Errorf("%s got %q, want %s at %s", at, reply, test.reply, test.at)
			}
			if hop.Delivered() > test.copies {
				t.Errorf("%d copies were taken", hop.Delivered())
			}
			heal(hop)
			hop.Forget()
			if at != "dot" {
				c.cmd("RSET", "250")
			}
			if at, reply := c.step(hello, "y@example.com"); at != "dot" || !strings.HasPrefix(reply, "250") {
				t.Errorf("the next mail: %s got %q", at, reply)
			}
			if m := hop.Messages(); len(m) != 1 || withoutTrace(t, m[0].Content) != hello {
				t.Errorf("the next mail arrived as %+v", m)
			}
		})
	}
}

func TestOffersFollowTheNextHop(t *testing.T) {
	t.Run("B14_size_shrinks_with_a_restart", func(t *testing.T) {
		hop := hoptest.Start(t, hoptest.Options{Caps: []string{"SIZE 500000", "8BITMIME"}})
		d := start(t, behind(hop, relay.SMTP))
		c := d.dial()
		c.want("220")
		if got := c.cmd("EHLO client.example.org", "250"); !strings.Contains(got, "SIZE 500000") || !strings.Contains(got, "8BITMIME") {
			t.Errorf("offered %q", got)
		}
		c.mail(hello, "x@example.com")
		hop.Restart([]string{"SIZE 1000"})
		eventually(t, "the new offers are passed on", func() bool {
			c := d.dial()
			defer c.Close()
			c.want("220")
			got := c.cmd("EHLO client.example.org", "250")
			return strings.Contains(got, "SIZE 1000") && !strings.Contains(got, "8BITMIME")
		})
		// A session from before keeps to what it was told, and hears the truth when it matters.
		c.write("MAIL FROM:<sender@example.org> SIZE=400000\r\n")
		reply := c.reply()
		if reply[0] == '2' {
			c.write("RCPT TO:<x@example.com>\r\n")
			reply = c.reply()
		}
		if !strings.HasPrefix(reply, "552") {
			t.Errorf("a mail that has become too large got %q", reply)
		}
	})
}

// TestLMTPTable goes through every mix of answers for three recipients. Where one is put off the client comes again, and then the
// hop takes it. Each recipient who was ever taken has exactly one copy, the others none, and whoever is refused for good
// while others have the mail is told of to the sender.
func TestLMTPTable(t *testing.T) {
	rcpts := []string{"a@example.com", "b@example.com", "c@example.com"}
	codes := []string{"250", "450", "550"}
	for i := range 27 {
		mix := []string{codes[i/9], codes[i/3%3], codes[i%3]}
		t.Run("B09_"+strings.Join(mix, "_"), func(t *testing.T) {
			hop := hoptest.Start(t, hoptest.Options{LMTP: true})
			ledger, err := relay.OpenLedger(filepath.Join(t.TempDir(), "ledger"), func(err error) { t.Error(err) })
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { ledger.Close() })
			d := start(t, behind(hop, relay.LMTP), func(p *plan) { p.opts.Ledger = ledger })
			c := d.hello()
			for j, rcpt := range rcpts {
				hop.On("DOT "+rcpt, hoptest.Reply(mix[j]+" "+mix[j][:1]+".2.0 so it is"))
			}
			first := c.mail(hello, rcpts...)
			for _, rcpt := range rcpts {
				if slices.Contains(mix, "450") && mix[slices.Index(rcpts, rcpt)] == "450" {
					hop.On("DOT " + rcpt)
				}
			}
			again := "none"
			if first[0] == '4' {
				again = d.hello().mail(hello, rcpts...)
			}
			compare(t, mix, first, again)
			copiesOf(t, hop, rcpts, mix)
		})
	}
}

// compare checks what the client heard.
func compare(t *testing.T, mix []string, first, again string) {
	t.Helper()
	want := "2"
	switch {
	case slices.Contains(mix, "450"):
		want = "4"
	case !slices.Contains(mix, "250"):
		want = "5"
	}
	if first[:1] != want || want == "4" && again[:1] != "2" {
		t.Errorf("%v: told %q, then %q; want %sxx", mix, first, again, want)
	}
}

// copiesOf checks what the hop took.
func copiesOf(t *testing.T, hop *hoptest.Server, rcpts, mix []string) {
	t.Helper()
	copies, notices := map[string]int{}, 0
	for _, m := range hop.Messages() {
		if m.From == "" && slices.Equal(m.Rcpts, []string{"sender@example.org"}) {
			notices++
			continue
		}
		for _, r := range m.Accepted {
			copies[r]++
		}
	}
	refused, taken := false, false
	for i, r := range rcpts {
		want := 1
		if mix[i] == "550" {
			want, refused = 0, true
		} else {
			taken = true
		}
		if copies[r] != want {
			t.Errorf("%v: %s has %d copies, want %d", mix, r, copies[r], want)
		}
	}
	if wanted := refused && taken; (notices > 0) != wanted || notices > 1 {
		t.Errorf("%v: %d notices to the sender, wanted %v", mix, notices, wanted)
	}
}

func TestLedgerOutlivesARestart(t *testing.T) {
	hop := hoptest.Start(t, hoptest.Options{LMTP: true})
	path := filepath.Join(t.TempDir(), "ledger")
	for try, want := range []string{"45", "250"} {
		t.Run(fmt.Sprintf("try %d", try+1), func(t *testing.T) {
			ledger, err := relay.OpenLedger(path, func(err error) { t.Error(err) })
			if err != nil {
				t.Fatal(err)
			}
			defer ledger.Close()
			if try == 0 {
				hop.On("DOT b@example.com", hoptest.Reply("452 4.2.2 full"), hoptest.OK())
			}
			d := start(t, behind(hop, relay.LMTP), func(p *plan) { p.opts.Ledger = ledger })
			if got := d.hello().mail(hello, "a@example.com", "b@example.com"); !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %s", got, want)
			}
		})
	}
	if n := hop.Delivered(); n != 2 {
		t.Errorf("%d copies for two recipients", n)
	}
}
