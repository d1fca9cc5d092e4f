package doors

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"regexp"
	"testing"

	"weir/gateway/spamd"
	"weir/gateway/spool"
)

// daemon is a client of spamd's protocol: as spamc, which knows the mail alone, or as Exim with variant=rspamd, which tells what it
// knows of the mail's way.
type daemon struct {
	addr string
	exim bool
}

func openSpamc(t *testing.T, h *house) entrance { return openSpamd(t, h, false) }
func openExim(t *testing.T, h *house) entrance  { return openSpamd(t, h, true) }

func openSpamd(t *testing.T, h *house, exim bool) entrance {
	s := spamd.New(h.Gateway, spamd.Options{
		Config: func() *spamd.Config { return &h.config.Spamd }, MaxSize: func() int64 { return 50 << 20 },
		Log: func() *slog.Logger { return slog.New(slog.DiscardHandler) }, Spool: spool.NewPool(t.TempDir(), 1<<20),
	})
	l, ended := listen(t), make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return daemon{l.Addr().String(), exim}
}

// answered matches the first line of a verdict; a mail that is put off is EX_TEMPFAIL to spamc.
var answered = regexp.MustCompile(`^(SPAMD|RSPAMD)/[0-9.]+ (0 EX_OK|75 EX_TEMPFAIL)`)

func (d daemon) send(m *mail) error {
	c, err := dial(d.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write(append(d.header(m), m.raw...)); err != nil {
		return err
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	answer, err := io.ReadAll(c)
	if first, _, _ := bytes.Cut(answer, []byte("\r\n")); err != nil || !answered.Match(first) {
		return fmt.Errorf("answer %.200q, %w", answer, err)
	}
	return nil
}

func (d daemon) header(m *mail) (b []byte) {
	if !d.exim {
		return fmt.Appendf(nil, "SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n", len(m.raw))
	}
	b = fmt.Appendf(b, "CHECK RSPAMC/1.3\r\nContent-length: %d\r\nQueue-Id: 1tEsT0-000000-00\r\nFrom: <%s>\r\nRecipient-Number: %d\r\n", len(m.raw), m.env.From, len(m.env.Rcpts))
	for _, to := range m.env.Rcpts {
		b = fmt.Appendf(b, "Rcpt: <%s>\r\n", to)
	}
	b = fmt.Appendf(b, "Helo: %s\r\n", m.env.Helo)
	if name := m.env.Client.Name; name != "" {
		b = fmt.Appendf(b, "Hostname: %s\r\n", name)
	}
	b = fmt.Appendf(b, "IP: %s\r\n", m.env.Client.Addr)
	if user := m.env.Client.Auth; user != "" {
		b = fmt.Appendf(b, "User: %s\r\n", user)
	}
	return append(b, "\r\n"...)
}
