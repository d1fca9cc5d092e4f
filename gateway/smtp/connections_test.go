package smtp

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestConnectionLimits(t *testing.T) {
	limited := with(func(c *Config) { c.Unlimited = nil; c.MaxConnectionsPerClient = 5; c.MaxRatePerClient = 0 })
	t.Run("A18_over_the_cap_is_421", func(t *testing.T) {
		d := start(t, limited)
		var open []*client
		for range 5 {
			open = append(open, d.hello())
		}
		for range 20 {
			c := d.dial()
			c.want("421 4.7.0")
			c.closed()
		}
		open[0].cmd("QUIT", "221")
		open[1].reset()
		eventually(t, "slots are free", func() bool {
			c := d.dial()
			return strings.HasPrefix(c.reply(), "220")
		})
	})
	t.Run("A18_half_open_after_DATA_frees_its_slot", func(t *testing.T) {
		d := start(t, limited, with(func(c *Config) { c.MaxConnectionsPerClient = 1; c.Timeouts.Data = ms(200) }))
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		c.write("Subject: x\r\n")
		c.want("421 4.4.2")
		c.closed()
		eventually(t, "the slot is free", func() bool {
			c := d.dial()
			return strings.HasPrefix(c.reply(), "220")
		})
	})
	t.Run("A18_all_connections_have_a_cap", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.MaxConnections = 3 }))
		for range 3 {
			d.hello()
		}
		for range 5 {
			d.dial().want("421 4.3.2")
		}
		if d.Sessions() != 3 || d.watched.count(TooMany) != 5 {
			t.Errorf("%d sessions, %d refused", d.Sessions(), d.watched.count(TooMany))
		}
	})
	t.Run("A18_5000_connects_from_one_address", func(t *testing.T) {
		d := start(t, limited)
		var wg sync.WaitGroup
		var mu sync.Mutex
		got := map[string]int{}
		for range 20 {
			wg.Go(func() {
				for range 250 {
					c, err := net.Dial("tcp", d.addr)
					if err != nil {
						continue
					}
					b := make([]byte, 3)
					_, _ = c.Read(b)
					mu.Lock()
					got[string(b)]++
					mu.Unlock()
					if t, ok := c.(*net.TCPConn); ok {
						_ = t.SetLinger(0)
					}
					c.Close()
				}
			})
		}
		wg.Wait()
		if got["220"] == 0 || got["421"] == 0 || got["220"]+got["421"] != 5000 {
			t.Errorf("replies: %v", got)
		}
		eventually(t, "all slots are free", func() bool { return d.Sessions() == 0 })
		d.hello()
	})
	t.Run("A18_rate", func(t *testing.T) {
		d := start(t, limited, with(func(c *Config) { c.MaxConnectionsPerClient = 0; c.MaxRatePerClient = 3 }))
		for range 3 {
			d.hello().cmd("QUIT", "221")
		}
		d.dial().want("421 4.7.0")
	})
}

// reset ends the connection with RST.
func (c *client) reset() {
	_ = c.Conn.(*net.TCPConn).SetLinger(0)
	c.Close()
}

func TestRateDrains(t *testing.T) {
	var l limits
	cfg := DefaultConfig()
	cfg.MaxRatePerClient, cfg.MaxConnectionsPerClient = 60, 0
	now := time.Now()
	key := clientKey(netip.MustParseAddr("2001:db8::1"))
	if same := clientKey(netip.MustParseAddr("2001:db8::ffff:1")); same != key {
		t.Errorf("one /64 counts as %v and %v", key, same)
	}
	for i := range 60 {
		if why := l.enterClient(key, &cfg, now); why != "" {
			t.Fatalf("connection %d: %s", i, why)
		}
	}
	if why := l.enterClient(key, &cfg, now); why != TooFast {
		t.Errorf("the 61st: %q", why)
	}
	if why := l.enterClient(key, &cfg, now.Add(2*time.Second)); why != "" {
		t.Errorf("two seconds later: %q", why)
	}
}

func TestClientTableIsBounded(t *testing.T) {
	var l limits
	cfg := DefaultConfig()
	now := time.Now()
	for i := range maxTallies + 500 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		l.enterClient(clientKey(a), &cfg, now)
		l.leaveClient(clientKey(a))
	}
	if n := len(l.clients); n > maxTallies {
		t.Errorf("%d clients are remembered", n)
	}
	l.enterClient(clientKey(netip.MustParseAddr("192.0.2.1")), &cfg, now.Add(3*time.Minute))
	if n := len(l.clients); n != 1 {
		t.Errorf("%d clients are remembered three minutes later", n)
	}
}

func TestErrorLimits(t *testing.T) {
	d := start(t)
	for _, row := range []struct{ name, line string }{
		{"A21_unknown_commands", "FROBNICATE"},
		{"A21_noop", "NOOP"},
		{"A21_rset", "RSET"},
		{"A21_vrfy", "VRFY bob"},
		{"A21_auth", "AUTH PLAIN AGFkbWluAGFkbWlu"},
		{"A21_bad_addresses", "MAIL FROM:<@@>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := d.hello()
			c.t = t
			go c.write(strings.Repeat(row.line+"\r\n", 101))
			n, last := 0, ""
			for r := c.reply(); r != ""; r = c.reply() {
				n, last = n+1, r
			}
			if n > 100 || !strings.HasPrefix(last, "421 4.7.0") {
				t.Errorf("after %d replies the last was %q", n, last)
			}
		})
	}
	t.Run("A21_counters_begin_anew_after_a_mail", func(t *testing.T) {
		c := d.hello()
		for range 4 {
			for range 15 {
				c.cmd("FROBNICATE", "500")
			}
			c.mail(hello, "bob@example.com")
		}
	})
}
