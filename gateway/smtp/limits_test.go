package smtp

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var everybody = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestLongLines(t *testing.T) {
	t.Run("A09_command_of_10MB", func(t *testing.T) {
		d := start(t)
		c := d.dial()
		c.want("220")
		before := memory()
		go func() {
			chunk := strings.Repeat("A", 64<<10)
			for range 160 {
				if _, err := c.Write([]byte(chunk)); err != nil {
					return
				}
			}
		}()
		c.want("500 5.5.2")
		c.closed()
		if grown := memory() - before; grown > 5<<20 {
			t.Errorf("%d bytes of memory", grown)
		}
	})
	t.Run("A09_command_just_too_long", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.MaxCommand = 512 }))
		c := d.dial()
		c.want("220")
		c.cmd("NOOP "+strings.Repeat("x", 505), "250")
		c.cmd("NOOP "+strings.Repeat("x", 506), "500 5.5.2")
		c.closed()
	})
	line := strings.Repeat("x", 200_000) + "\r\n"
	t.Run("A09_data_line_of_200kB_is_taken", func(t *testing.T) {
		d := start(t)
		if r := d.hello().mail(line, "bob@example.com"); !strings.HasPrefix(r, "250") {
			t.Fatal(r)
		}
		if got := withoutTrace(t, d.hop.Messages()[0].Content); got != line {
			t.Errorf("%d bytes arrived", len(got))
		}
	})
	t.Run("A09_data_line_over_the_limit_is_500", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.MaxLine = 1000 }))
		c := d.hello()
		if r := c.mail(strings.Repeat("x", 998)+"\r\n", "bob@example.com"); !strings.HasPrefix(r, "250") {
			t.Errorf("a line of 1000 bytes: %s", r)
		}
		for _, bad := range []string{strings.Repeat("x", 999) + "\r\n", line, strings.Repeat("\r", 5000) + strings.Repeat("y", 1200) + "\r\n"} {
			if r := c.mail(bad, "bob@example.com"); !strings.HasPrefix(r, "500 5.6.0") {
				t.Errorf("%d bytes: %s", len(bad), r)
			}
		}
		if n := len(d.hop.Messages()); n != 1 {
			t.Errorf("%d messages were delivered", n)
		}
	})
}

// memory is the heap in use after a collection.
func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

func TestRecipientLimit(t *testing.T) {
	t.Run("A10_101_are_taken", func(t *testing.T) {
		d := start(t)
		c := d.hello()
		c.write("MAIL FROM:<>\r\n" + lines(101, "RCPT TO:<u%d@example.com>") + "DATA\r\n")
		for range 102 {
			c.want("250")
		}
		c.want("354")
		c.write("x\r\n.\r\n")
		c.want("250")
		if n := d.hop.Delivered(); n != 101 {
			t.Errorf("%d recipients have it", n)
		}
	})
	t.Run("A10_1001_and_100k", func(t *testing.T) {
		d := start(t)
		c := d.hello()
		c.cmd("MAIL FROM:<>", "250")
		go c.write(lines(1000, "RCPT TO:<u%d@example.com>"))
		for range 1000 {
			c.want("250")
		}
		c.cmd("RCPT TO:<more@example.com>", "452 4.5.3")
		before := memory()
		const n = 99_000
		go func() { _, _ = c.Write([]byte(lines(n, "RCPT TO:<v%d@example.com>"))) }()
		for i := range n {
			if r := c.reply(); !strings.HasPrefix(r, "452 4.5.3") {
				t.Fatalf("recipient %d: %q", i, r)
			}
		}
		if grown := memory() - before; grown > 8<<20 {
			t.Errorf("%d bytes of memory", grown)
		}
		c.cmd("DATA", "354")
		c.write("x\r\n.\r\n")
		c.want("250")
		if n := d.hop.Delivered(); n != 1000 {
			t.Errorf("%d recipients have it", n)
		}
	})
	t.Run("A10_limit_below_100_is_refused", func(t *testing.T) {
		cfg := DefaultConfig()
		cfg.MaxRecipients = 99
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "smtp.max_recipients") {
			t.Errorf("got %v", err)
		}
	})
}

func TestBDATMisuse(t *testing.T) {
	d := start(t, with(func(c *Config) { c.MaxSize = 1000; c.MaxErrors = 100 }))
	for _, row := range []struct {
		name, say string
		want      []string // replies; "" the end of the session
	}{
		{"A11_20_digits", "BDAT 99999999999999999999\r\nNOOP\r\n", []string{"501", ""}},
		{"A11_negative", "BDAT -1 LAST\r\nNOOP\r\n", []string{"501", ""}},
		{"A11_hex", "BDAT 0x10 LAST\r\nNOOP\r\n", []string{"501", ""}},
		{"A11_no_size", "BDAT\r\nNOOP\r\n", []string{"501", ""}},
		{"A11_odd_word", "BDAT 5 FIRST\r\nNOOP\r\n", []string{"501", ""}},
		{"A11_empty_last", "BDAT 0 LAST\r\nNOOP\r\n", []string{"501", "250"}},
		{"A11_no_mail", "RSET\r\nBDAT 6\r\nNOOP\r\nNOOP\r\n", []string{"250", "503", "250"}},
		{"A11_huge_chunk", "BDAT 99999999\r\nNOOP\r\n", []string{"552", ""}},
		{"A11_huge_chunk_without_mail", "RSET\r\nBDAT 99999999\r\nNOOP\r\n", []string{"250", "503", ""}},
		{"A13_data_after_bdat", "BDAT 4\r\nab\r\nDATA\r\nNOOP\r\n", []string{"250", "503", "250"}},
		{"A13_rcpt_after_bdat", "BDAT 4\r\nab\r\nRCPT TO:<eve@example.com>\r\n", []string{"250", "503"}},
		{"A13_rset_in_bdat", "BDAT 4\r\nab\r\nRSET\r\nBDAT 4 LAST\r\ncd\r\nNOOP\r\n", []string{"250", "250", "503", "250"}},
		{"A13_mail_in_bdat", "BDAT 4\r\nab\r\nMAIL FROM:<>\r\n", []string{"250", "503"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := d.hello()
			c.t = t
			c.envelope("bob@example.com")
			c.write(row.say)
			for _, w := range row.want {
				c.want(w)
			}
			if n := len(d.hop.Messages()); n != 0 {
				t.Errorf("%d messages were delivered", n)
			}
		})
	}
	t.Run("A11_short_chunk_then_close", func(t *testing.T) {
		c := d.hello()
		c.envelope("bob@example.com")
		c.write("BDAT 100 LAST\r\nshort")
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		c.closed()
		if n := len(d.hop.Messages()); n != 0 {
			t.Errorf("%d messages were delivered", n)
		}
	})
}

func TestBDAT(t *testing.T) {
	d := start(t, with(func(c *Config) { c.MaxSize = 1000 }))
	for _, row := range []struct {
		name   string
		chunks []string
		want   string
	}{
		{"one chunk", []string{"a\r\nb\r\n"}, "a\r\nb\r\n"},
		{"a line end in two chunks", []string{"a\r", "\nb\r\n"}, "a\r\nb\r\n"},
		{"dots are no matter", []string{".\r\n", "..\r\n.\r\n"}, ".\r\n..\r\n.\r\n"},
		{"an empty chunk", []string{"a", "", "b\r\n"}, "ab\r\n"},
		{"the last line gets its end", []string{"a\r\nb"}, "a\r\nb\r\n"},
		{"a bare LF is mended", []string{"a\nb\n"}, "a\r\nb\r\n"},
		{"a last CR is mended", []string{"a\r"}, "a \r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d.hop.Forget()
			c := d.hello()
			c.t = t
			c.envelope("bob@example.com")
			for i, chunk := range row.chunks {
				last := ""
				if i == len(row.chunks)-1 {
					last = " LAST"
				}
				c.write(fmt.Sprintf("BDAT %d%s\r\n%s", len(chunk), last, chunk))
			}
			for range row.chunks {
				c.want("250")
			}
			m := d.hop.Messages()
			if len(m) != 1 || withoutTrace(t, m[0].Content) != row.want {
				t.Errorf("got %+v, want %q", m, row.want)
			}
		})
	}
	t.Run("A13_no_fragment_in_the_next_mail", func(t *testing.T) {
		d.hop.Forget()
		c := d.hello()
		c.t = t
		c.envelope("bob@example.com")
		c.write("BDAT 10\r\nfragment\r\nRSET\r\n")
		c.want("250")
		c.want("250")
		if r := c.mail("clean\r\n", "bob@example.com"); !strings.HasPrefix(r, "250") {
			t.Fatal(r)
		}
		if got := withoutTrace(t, d.hop.Messages()[0].Content); got != "clean\r\n" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("A16_chunks_over_the_limit", func(t *testing.T) {
		c := d.hello()
		c.t = t
		c.envelope("bob@example.com")
		chunk := strings.Repeat("x", 700)
		c.write("BDAT 700\r\n" + chunk)
		c.want("250")
		c.write("BDAT 700\r\n" + chunk)
		c.want("552 5.3.4")
		c.write("BDAT 3 LAST\r\nabc")
		c.want("503")
		c.cmd("NOOP", "250")
	})
}

func TestNUL(t *testing.T) {
	d := start(t)
	t.Run("A14_in_commands", func(t *testing.T) {
		c := d.hello()
		c.cmd("MAIL FROM:<a\x00b@example.org>", "500 5.5.2")
		c.cmd("NOOP \x07", "500 5.5.2")
		c.cmd("NOOP \xff\xfe", "500 5.5.2")
		c.cmd("MAIL FROM:<a@example.org>", "250")
	})
	t.Run("A14_in_the_body", func(t *testing.T) {
		c := d.hello()
		text := "Subject: a\x00b\r\n\r\nc\x00d\r\n"
		if r := c.mail(text, "bob@example.com"); !strings.HasPrefix(r, "250") {
			t.Fatal(r)
		}
		if got := withoutTrace(t, d.hop.Messages()[0].Content); got != text {
			t.Errorf("got %q", got)
		}
	})
}

func TestSizeLimit(t *testing.T) {
	d := start(t, with(func(c *Config) { c.MaxSize = 100_000 }))
	for _, row := range []struct{ name, size, want string }{
		{"A16_zero_is_unknown", "0", "250"},
		{"A16_the_limit", "100000", "250"},
		{"A16_over_the_limit", "100001", "552 5.3.4"},
		{"A16_19_digits", "9999999999999999999", "552 5.3.4"},
		{"A16_20_digits", "99999999999999999999", "552 5.3.4"},
		{"A16_21_digits", "999999999999999999999", "501 5.5.4"},
		{"A16_negative", "-1", "501 5.5.4"},
		{"A16_hex", "0x10", "501 5.5.4"},
		{"A16_empty", "", "501 5.5.4"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := d.hello()
			c.t = t
			c.cmd("MAIL FROM:<a@example.org> SIZE="+row.size, row.want)
		})
	}
	t.Run("A16_lie_is_cut_and_drained", func(t *testing.T) {
		c := d.hello()
		c.cmd("MAIL FROM:<a@example.org> SIZE=1", "250")
		c.cmd("RCPT TO:<bob@example.com>", "250")
		c.cmd("DATA", "354")
		c.write(strings.Repeat(strings.Repeat("x", 98)+"\r\n", 1500) + ".\r\n")
		c.want("552 5.3.4")
		if r := c.mail(hello, "bob@example.com"); !strings.HasPrefix(r, "250") {
			t.Errorf("the next mail: %s", r)
		}
	})
	t.Run("A16_drain_is_bounded", func(t *testing.T) {
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		go func() {
			line := []byte(strings.Repeat(strings.Repeat("x", 98)+"\r\n", 600))
			for range 1000 { // 60 MB
				if _, err := c.Write(line); err != nil {
					return
				}
			}
		}()
		c.want("552 5.3.4")
		c.closed()
		if n := d.hop.Delivered(); n != 1 {
			t.Errorf("%d delivered, want only the one before", n)
		}
	})
}

func TestSlowClient(t *testing.T) {
	slow := with(func(c *Config) {
		c.Timeouts.Command, c.Timeouts.Data, c.MinRate = ms(400), ms(300), 1000
	})
	t.Run("A17_in_commands", func(t *testing.T) {
		d := start(t, slow)
		c := d.dial()
		c.want("220")
		stop := make(chan struct{})
		defer close(stop)
		go c.drip("NOOP and so on and on for ever", 50*time.Millisecond, stop)
		c.want("421 4.4.2")
		c.closed()
		if d.watched.count(TooSlow) != 1 {
			t.Error("not counted")
		}
	})
	t.Run("A17_in_data", func(t *testing.T) {
		d := start(t, slow)
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		stop := make(chan struct{})
		defer close(stop)
		go c.drip(strings.Repeat("slow\r\n", 100), 50*time.Millisecond, stop)
		c.want("421 4.4.2")
		c.closed()
		if n := len(d.hop.Messages()); n != 0 {
			t.Errorf("%d delivered", n)
		}
	})
	t.Run("A17_whole_message_has_a_limit", func(t *testing.T) {
		d := start(t, with(func(c *Config) { c.Timeouts.Message = ms(300); c.MinRate = 0 }))
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		stop := make(chan struct{})
		defer close(stop)
		go c.drip(strings.Repeat("slow\r\n", 1000), 10*time.Millisecond, stop)
		c.want("421 4.4.2")
	})
	t.Run("A17_steady_client_may_take_many_windows", func(t *testing.T) {
		d := start(t, slow)
		c := d.hello()
		c.envelope("bob@example.com")
		c.cmd("DATA", "354")
		for range 10 {
			c.write(strings.Repeat("x", 298) + "\r\n")
			time.Sleep(80 * time.Millisecond)
		}
		c.write(".\r\n")
		c.want("250")
	})
}

// drip writes byte by byte.
func (c *client) drip(s string, pause time.Duration, stop chan struct{}) {
	for i := range s {
		if _, err := c.Write([]byte{s[i]}); err != nil {
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(pause):
		}
	}
}

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

func TestShippedValues(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name      string
		got, want any
	}{
		{"A09_max_command", int64(cfg.MaxCommand), int64(4096)},
		{"A10_max_recipients", cfg.MaxRecipients, 1000},
		{"A16_max_size", int64(cfg.MaxSize), int64(50 << 20)},
		{"A17_command_timeout", cfg.Timeouts.Command.D(), 5 * time.Minute},
		{"A17_data_timeout", cfg.Timeouts.Data.D(), 5 * time.Minute},
		{"A17_min_rate", int64(cfg.MinRate), int64(100)},
		{"A18_per_client", cfg.MaxConnectionsPerClient, 50},
		{"A18_all", cfg.MaxConnections, 2000},
		{"A19_proxy_timeout", cfg.Timeouts.Proxy.D(), 5 * time.Second},
		{"A21_max_errors", cfg.MaxErrors, 20},
		{"A21_max_junk", cfg.MaxJunk, 50},
		{"A03_bare_lf", cfg.BareLF, Normalize},
		{"B15_drain", cfg.Timeouts.Drain.D(), 30 * time.Second},
		{"A19_nobody_is_trusted", len(cfg.XClient) + len(cfg.XForward) + len(cfg.ProxyProtocol), 0},
		{"spool memory", int64(cfg.SpoolMemory), int64(1 << 20)},
	} {
		if row.got != row.want {
			t.Errorf("%s: %v, want %v", row.name, row.got, row.want)
		}
	}
}

// Every key of [smtp] and every verb stands in docs/smtp.md or docs/config.md.
func TestDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/smtp.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(text)
	for verb := range verbs {
		if !strings.Contains(doc, "`"+verb+"`") && !strings.Contains(doc, verb+" ") {
			t.Errorf("the verb %s is not in docs/smtp.md", verb)
		}
	}
	skip := "listen banner tls bare_lf received proxy_protocol xclient xforward spool_dir timeouts"
	for _, typ := range []reflect.Type{reflect.TypeFor[Config](), reflect.TypeFor[Timeouts]()} {
		for f := range typ.Fields() {
			key := f.Tag.Get("toml")
			if typ == reflect.TypeFor[Timeouts]() {
				key = "timeouts." + key
			}
			if !strings.Contains(skip, key) && !strings.Contains(doc, "| `"+key+"` |") {
				t.Errorf("the key %s is not in the table of docs/smtp.md", key)
			}
		}
	}
}
