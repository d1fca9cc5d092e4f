package smtp

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

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
