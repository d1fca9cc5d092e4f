package smtp

import (
	"net/netip"
	"runtime"
	"strings"
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
			for range 1600 { // 100 MB, so that what else happens in this process does not matter
				if _, err := c.Write([]byte(chunk)); err != nil {
					return
				}
			}
		}()
		c.want("500 5.5.2")
		c.closed()
		if grown := memory() - before; grown > 30<<20 {
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
