package smtp

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"weir/gateway/relay"
	"weir/gateway/relay/hoptest"
)

func TestDrain(t *testing.T) {
	t.Run("B15_200_transfers_are_finished", func(t *testing.T) {
		p, slow := patient()
		d := start(t, slow)
		idle := d.hello()
		busy := make([]*client, 200)
		for i := range busy {
			c := d.hello()
			c.envelope("bob@example.com")
			c.cmd("DATA", "354")
			if i%2 == 0 {
				c.write(hello + ".\r\n")
			}
			busy[i] = c
		}
		for range 100 {
			<-p.judging
		}
		done := make(chan error, 1)
		go func() { done <- d.Shutdown(t.Context()) }()
		idle.want("421 4.3.2")
		idle.closed()
		if c, err := net.Dial("tcp", d.addr); err == nil {
			c.Close()
			t.Error("a new connection was taken")
		}
		close(p.goOn)
		for i, c := range busy {
			if i%2 == 1 {
				c.write(hello + ".\r\nMAIL FROM:<one@more.example>\r\n")
			}
			c.want("250")
			c.want("421 4.3.2")
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if n := d.hop.Delivered(); n != 200 {
			t.Errorf("delivered %d", n)
		}
	})
	t.Run("B15_slow_client_is_told_421_when_time_is_up", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.Timeouts.Drain = ms(200) }))
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		c.write("Subject: half\r\n")
		open := d.hello()
		open.cmd("MAIL FROM:<a@example.org>", "250")
		if err := d.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		c.want("421 4.3.2")
		open.want("421 4.3.2")
		if n := d.hop.Count(); n != 0 {
			t.Errorf("%d delivered", n)
		}
	})
	t.Run("B15_shutdown_gives_up_with_its_context", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.Timeouts.Drain = ms(10) }))
		d.hop.On("DOT", hoptest.OK().After(500*time.Millisecond))
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		c.write(hello + ".\r\n")
		eventually(t, "the dot is out", func() bool { return strings.HasSuffix(string(d.hop.Bytes()), "\r\n.\r\n") })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := d.Shutdown(ctx); err != context.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
		c.want("250")
	})
}

func TestLoops(t *testing.T) {
	field := "Received: from a.example ([192.0.2.1])\r\n\tby b.example with ESMTP id 1;\r\n\tMon, 1 Jan 2024 00:00:00 +0000\r\n"
	own := strings.ReplaceAll(field, "b.example", "WEIR.example.net")
	rest := "Subject: x\r\n\r\n" + strings.Repeat(field, 200)
	for _, row := range []struct{ name, text, want string }{
		{"B22_100_hops", strings.Repeat(field, 100) + rest, "250"},
		{"B22_101_hops", strings.Repeat(field, 101) + rest, "554 5.4.6"},
		{"B22_9_times_through_us", strings.Repeat(own, 9) + rest, "250"},
		{"B22_10_times_through_us", strings.Repeat(own, 10) + rest, "554 5.4.6"},
		{"B22_capitals", strings.Repeat(strings.ToUpper(field[:9])+field[9:], 101) + rest, "554 5.4.6"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := start(t)
			if got := d.hello().mail(row.text, "bob@example.com"); !strings.HasPrefix(got, row.want) {
				t.Errorf("told %q", got)
			}
		})
	}
}

// The next hop is the gateway itself: the mail goes round until it is found out, and the client is told.
func TestNextHopIsTheGatewayItself(t *testing.T) {
	t.Run("B22_next_hop_is_the_gateway", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		d := start(t, func(p *plan) {
			p.hops = []relay.HopConfig{{Address: []string{l.Addr().String()}, Domains: []string{"example.com"}}}
		})
		go func() { _ = d.Serve(l) }()
		c := d.dial()
		c.want("220")
		c.cmd("HELO client.example.org", "250")
		c.cmd("MAIL FROM:<sender@example.org>", "250")
		reply := ""
		if c.write("RCPT TO:<bob@example.com>\r\n"); strings.HasPrefix(c.reply(), "250") {
			c.cmd("DATA", "354")
			c.write(hello + ".\r\n")
			reply = c.reply()
			if !strings.HasPrefix(reply, "554 5.4.6") && !strings.HasPrefix(reply, "4") {
				t.Errorf("told %q", reply)
			}
		}
		if n := d.Sessions(); n > 20 {
			t.Errorf("%d sessions", n)
		}
	})
}
