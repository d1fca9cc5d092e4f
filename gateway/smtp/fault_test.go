package smtp

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"weir/gateway"
	"weir/message"
)

// TestAFaultOfOursEndsOneSessionOnly: a panic while a mail is judged must not take the other sessions down, nor lose
// the mail.
func TestAFaultOfOursEndsOneSessionOnly(t *testing.T) {
	var log bytes.Buffer
	d := start(t, func(p *plan) {
		p.opts.Log = slog.New(slog.NewTextHandler(&log, nil))
		p.court.decide = func(env *message.Envelope) []gateway.Group {
			if env.From == "fault@example.org" {
				panic("a fault for the test")
			}
			return []gateway.Group{{Rcpts: env.Rcpts}}
		}
	})
	other := d.hello()
	other.envelope("bob@example.com")
	c := d.hello()
	c.cmd("MAIL FROM:<fault@example.org>", "250")
	c.cmd("RCPT TO:<bob@example.com>", "250")
	c.cmd("DATA", "354")
	c.write(hello + ".\r\n")
	c.want("421 4.3.0")
	c.closed()
	other.cmd("DATA", "354")
	other.write(hello + ".\r\n")
	other.want("250")
	if n := d.hop.Delivered(); n != 1 {
		t.Errorf("%d mails were delivered, want that of the other session", n)
	}
	if d.Close(); !strings.Contains(log.String(), "a fault for the test") {
		t.Errorf("the fault is not in the log: %s", log.String())
	}
}
