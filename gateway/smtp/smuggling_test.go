package smtp

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"weir/gateway/spool"
)

// smuggling are ends of data that some servers take for the end, and we must not.
var smuggling = []struct{ name, end string }{
	{"bare_lf_dot", "\n.\n"},
	{"bare_lf_dot_crlf", "\n.\r\n"},
	{"bare_cr_dot", "\r.\r"},
	{"crlf_dot_cr", "\r\n.\r"},
	{"crlf_dot_lf", "\r\n.\n"},
	{"cr_crlf_dot_crlf", "\r\r\n.\r\n"},
	{"crlf_dot_cr_crlf", "\r\n.\r\r\n"},
	{"lf_cr_dot_crlf", "\n\r.\r\n"},
	{"cr_dot_crlf", "\r.\r\n"},
	{"bare_lf_dot_cr_crlf", "\n.\r\r\n"},
	{"nul_before_dot", "\r\n\x00.\r\n"},
}

const smuggled = "MAIL FROM:<evil@example.org>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\nQUIT\r\n"

// smuggle sends a message with a false end and commands behind it, in one piece or byte by byte.
func smuggle(t *testing.T, d *door, end string, bytewise bool) {
	t.Helper()
	c := d.hello()
	c.t = t
	c.envelope("bob@example.com")
	c.cmd("DATA", "354")
	text := "Subject: first\r\n\r\nbody" + end + smuggled
	if !bytewise {
		c.write(text)
	}
	for i := range text {
		if bytewise {
			c.write(text[i : i+1])
			time.Sleep(100 * time.Microsecond)
		}
	}
	for c.reply() != "" {
	}
}

func TestSmuggling(t *testing.T) {
	for _, mode := range []string{Normalize, RejectBare} {
		d := start(t, with(func(c *Config) { c.BareLF = mode; c.MaxErrors = 1000 }))
		for _, row := range smuggling {
			for _, bytewise := range []bool{false, true} {
				t.Run("A01_"+row.name+"_"+mode, func(t *testing.T) {
					d.hop.Forget()
					smuggle(t, d, row.end, bytewise)
					m := d.hop.Messages()
					if len(m) > 1 || d.hop.Said("MAIL FROM:<evil") != 0 {
						t.Fatalf("the next hop got %d messages", len(m))
					}
					if mode == Normalize && len(m) != 1 {
						t.Errorf("%q: %d messages, want exactly one", row.end, len(m))
					}
					if mode == Normalize && !bytes.Contains(m[0].Content, []byte("evil@example.org")) {
						t.Errorf("what followed the false end is not in the message: %q", m[0].Content)
					}
				})
				t.Run("A02_"+row.name+"_"+mode, func(t *testing.T) {
					d.hop.Forget()
					smuggle(t, d, row.end, bytewise)
					sent := d.hop.Bytes()
					if mode == Normalize && !bytes.Contains(sent, []byte("Subject: first\r\n")) {
						t.Error("nothing was sent on")
					}
					noBareEnds(t, sent)
				})
			}
		}
	}
}

// noBareEnds looks at all that the next hop was sent.
func noBareEnds(t *testing.T, sent []byte) {
	t.Helper()
	rest := bytes.ReplaceAll(sent, crlf, nil)
	if i := bytes.IndexAny(rest, "\r\n"); i >= 0 {
		t.Errorf("a bare CR or LF went to the next hop near %q", rest[max(0, i-20):min(len(rest), i+20)])
	}
}

// A02 for content itself: whatever comes in, what is spooled has only CRLFs.
func TestSpooledContent(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"A02_plain", "a\r\nb\r\n.\r\n", "a\r\nb\r\n"},
		{"A02_dots_are_taken_off", "..\r\n.a\r\n...\r\n.\r\n", ".\r\na\r\n..\r\n"},
		{"A02_no_content", ".\r\n", ""},
		{"A03_bare_lf_becomes_crlf", "a\nb\n\nc\r\n.\r\n", "a\r\nb\r\n\r\nc\r\n"},
		{"A03_dot_after_bare_lf_stays", "a\n.\nb\n..c\r\n.\r\n", "a\r\n.\r\nb\r\n..c\r\n"},
		{"A03_bare_cr_becomes_space", "a\rb\r\rc\r\n.\r\n", "a b c\r\n"},
		{"A03_crs_before_lf_are_one_end", "a\r\r\nb\r\r\r\nc\r\n.\r\n", "a\r\nb\r\nc\r\n"},
		{"A03_dot_after_doubtful_end_stays", "a\r\r\n.\r\nb\r\n.\r\n", "a\r\n.\r\nb\r\n"},
		{"A03_dot_cr_is_content", ".\rX\r\n.\r\n", " X\r\n"},
		{"A03_dot_lf_is_content", "a\r\n.\nb\r\n.\r\n", "a\r\n.\r\nb\r\n"},
		{"A03_leading_cr", "\ra\r\n.\r\n", " a\r\n"},
		{"A03_only_crs", "\r\r\r\r\r\n\r\n.\r\n", "\r\n\r\n"},
		{"A14_nul_stays", "a\x00b\r\n.\r\n", "a\x00b\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for step := 1; step <= len(row.in); step++ {
				got, done, _ := scanAll(t, row.in, step, false)
				if got != row.want || !done {
					t.Fatalf("in pieces of %d: got %q (end seen: %v), want %q", step, got, done, row.want)
				}
			}
		})
	}
}

// scanAll runs the reader over in, which arrives step bytes at a time.
func scanAll(t testing.TB, in string, step int, reject bool) (string, bool, error) {
	t.Helper()
	c := &content{buf: spool.NewPool(t.TempDir(), 1<<20).Get(0), dots: true, start: afterOK, reject: reject}
	defer c.buf.Close()
	var b []byte
	done := false
	for rest := in; rest != "" && !done; {
		n := min(step, len(rest))
		b = append(b, rest[:n]...)
		rest = rest[n:]
		n, done = c.scan(b)
		if b = b[n:]; !done && len(b) > 3 {
			t.Fatalf("%d bytes were left", len(b))
		}
	}
	got, err := c.buf.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return string(got), done, c.err
}

// A03 in mode reject: 550 and the end of the session, since nobody knows what the rest would be.
func TestBareLineEndsRejected(t *testing.T) {
	d := start(t, with(func(c *Config) { c.BareLF = RejectBare }))
	for _, row := range []struct{ name, text string }{
		{"A03_reject_bare_lf", "a\nb\r\n.\r\n"},
		{"A03_reject_bare_cr", "a\rb\r\n.\r\n"},
		{"A03_reject_double_cr", "a\r\r\n.\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := d.watched.count(BareLineEnd)
			c := d.hello()
			c.t = t
			c.envelope("bob@example.com")
			c.cmd("DATA", "354")
			c.write(row.text + "NOOP\r\n")
			c.want("550 5.5.2")
			c.closed()
			if n := len(d.hop.Messages()); n != 0 {
				t.Errorf("%d messages were delivered", n)
			}
			if d.watched.count(BareLineEnd) != before+1 {
				t.Error("not counted")
			}
		})
	}
	t.Run("A03_reject_bare_lf_in_command", func(t *testing.T) {
		c := d.dial()
		c.want("220")
		c.write("NOOP\n")
		c.want("500 5.5.2")
	})
}

func TestBareLFNormalized(t *testing.T) {
	d := start(t)
	t.Run("A03_normalize_takes_the_message", func(t *testing.T) {
		c := d.hello()
		if r := c.mail("Subject: x\n\nbody\n.\nmore\r\n", "bob@example.com"); !strings.HasPrefix(r, "250") {
			t.Fatal(r)
		}
		m := d.hop.Messages()
		if got := withoutTrace(t, m[0].Content); got != "Subject: x\r\n\r\nbody\r\n.\r\nmore\r\n" {
			t.Errorf("got %q", got)
		}
		if raw := d.court.messages()[0].raw; raw != "Subject: x\r\n\r\nbody\r\n.\r\nmore\r\n" {
			t.Errorf("judged %q: not what was sent on", raw)
		}
	})
	t.Run("A03_normalize_takes_bare_lf_commands", func(t *testing.T) {
		c := d.dial()
		c.want("220")
		c.write("NOOP\n")
		c.want("250")
	})
}

// A client that ends its message the wrong way and waits is told so, long before the timeout.
func TestLoneDotIsAnswered(t *testing.T) {
	d := start(t)
	c := d.hello()
	c.envelope("bob@example.com")
	c.cmd("DATA", "354")
	c.write("Subject: x\n\nbody\n.\n")
	c.want("550 5.5.2")
	c.closed()
	if n := len(d.hop.Messages()); n != 0 {
		t.Errorf("%d messages were delivered", n)
	}
}
