package doors

import (
	"fmt"
	"net/textproto"
	"strings"
	"testing"

	"weir/gateway/relay"
	"weir/gateway/smtp"
)

// proxy is a client of the SMTP door that says with XCLIENT who it stands for.
type proxy struct{ addr string }

func openSMTP(t *testing.T, h *house) entrance {
	router, err := relay.New(relay.Config{Hops: []relay.HopConfig{{Address: []string{maildir(t)}, Protocol: relay.Maildir, Domains: []string{"*"}}}}, relay.Options{Hostname: "mx.example.net"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := smtp.New(h.config.SMTP, h.Gateway, smtp.Options{Router: router})
	if err != nil {
		t.Fatal(err)
	}
	l, ended := listen(t), make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ended; err != smtp.ErrServerClosed {
			t.Error(err)
		}
		router.Close()
	})
	return proxy{l.Addr().String()}
}

func (p proxy) send(m *mail) error {
	conn, err := dial(p.addr)
	if err != nil {
		return err
	}
	c := textproto.NewConn(conn)
	defer c.Close()
	lines := []string{"", "EHLO proxy.example.net", "XCLIENT " + xclient(m), "EHLO " + m.env.Helo, "MAIL FROM:<" + m.env.From + "> SMTPUTF8"}
	for _, to := range m.env.Rcpts {
		lines = append(lines, "RCPT TO:<"+to+">")
	}
	for _, line := range append(lines, "DATA") {
		code, text, err := say(c, line)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", line, err)
		case code >= 400 && strings.Contains(text, "reference"): // refused before the content: there is a report
			return nil
		case code >= 400:
			return fmt.Errorf("%s: %d %s", line, code, text)
		}
	}
	if _, err := c.W.WriteString(stuffed(string(m.raw))); err != nil {
		return err
	}
	_, _, err = say(c, ".")
	return err
}

// say sends a line (none for "") and reads the answer.
func say(c *textproto.Conn, line string) (code int, text string, err error) {
	if line != "" {
		if _, err := c.W.WriteString(line + "\r\n"); err != nil {
			return 0, "", err
		}
		if err := c.W.Flush(); err != nil {
			return 0, "", err
		}
	}
	code, text, err = c.ReadResponse(0)
	if _, isAnswer := err.(*textproto.Error); isAnswer {
		err = nil
	}
	return code, text, err
}

// xclient says who the client is, in xtext.
func xclient(m *mail) string {
	value := func(s string) string {
		if s == "" {
			return "[UNAVAILABLE]"
		}
		var b strings.Builder
		for i := range len(s) {
			if c := s[i]; c > ' ' && c < 0x7f && c != '+' && c != '=' {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "+%02X", c)
			}
		}
		return b.String()
	}
	addr := m.env.Client.Addr.String()
	if m.env.Client.Addr.Is6() {
		addr = "IPV6:" + addr
	}
	return fmt.Sprintf("NAME=%s ADDR=%s LOGIN=%s", value(m.env.Client.Name), addr, value(m.env.Client.Auth))
}

// stuffed doubles dots behind CRLF (RFC 5321 section 4.5.2): other line ends are none to who speaks SMTP.
func stuffed(text string) string {
	if strings.HasPrefix(text, ".") {
		text = "." + text
	}
	return strings.ReplaceAll(text, "\r\n.", "\r\n..")
}
