package doors

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/emersion/go-milter"

	door "weir/gateway/milter"
	"weir/gateway/spool"
	"weir/message/header"
)

// postfix is a mail server that asks a milter, as Postfix does it: one connection, one mail.
type postfix struct{ client *milter.Client }

func openMilter(t *testing.T, h *house) entrance {
	s, err := door.New(h.Gateway, door.Options{
		Config: func() *door.Config { return &h.config.Milter }, MaxSize: func() int64 { return 50 << 20 },
		Spool: spool.NewPool(t.TempDir(), 1<<20), Log: func() *slog.Logger { return slog.New(slog.DiscardHandler) },
	})
	if err != nil {
		t.Fatal(err)
	}
	l, ended := listen(t), make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return postfix{milter.NewClientWithOptions("tcp", l.Addr().String(), milter.ClientOptions{
		ActionMask:   milter.OptAddHeader | milter.OptChangeHeader | milter.OptChangeBody | milter.OptAddRcpt | milter.OptRemoveRcpt | milter.OptQuarantine,
		ProtocolMask: milter.OptHeaderLeadingSpace | milter.OptSkip, ReadTimeout: hang, WriteTimeout: hang,
	})}
}

func (p postfix) send(m *mail) error {
	s, err := p.client.Session()
	if err != nil {
		return err
	}
	defer s.Close()
	if err := p.envelope(s, m); err != nil {
		return err
	}
	fields, at := header.Parse(m.raw, 0, nil)
	for i := range fields.Fields {
		f := &fields.Fields[i]
		value := strings.ReplaceAll(string(bytes.TrimSuffix(f.Raw[f.Colon+1:], []byte("\r\n"))), "\r\n", "\n")
		if !s.ProtocolOption(milter.OptHeaderLeadingSpace) {
			value = strings.TrimPrefix(value, " ")
		}
		if _, err := s.HeaderField(f.Name, value); err != nil {
			return err
		}
	}
	if _, err := s.HeaderEnd(); err != nil {
		return err
	}
	_, _, err = s.BodyReadFrom(bytes.NewReader(m.raw[at:]))
	return err
}

func (postfix) envelope(s *milter.ClientSession, m *mail) error {
	c := &m.env.Client
	family, name := milter.FamilyInet, c.Name
	if c.Addr.Is6() {
		family = milter.FamilyInet6
	}
	if name == "" {
		name = "unknown"
	}
	if _, err := s.Conn(name, family, 40000, c.Addr.String()); err != nil {
		return err
	}
	if _, err := s.Helo(m.env.Helo); err != nil {
		return err
	}
	if c.Auth != "" {
		if err := s.Macros(milter.CodeMail, "{auth_authen}", c.Auth, "{auth_type}", "PLAIN"); err != nil {
			return err
		}
	}
	if _, err := s.Mail(m.env.From, nil); err != nil {
		return err
	}
	for _, to := range m.env.Rcpts {
		if _, err := s.Rcpt(to, nil); err != nil {
			return err
		}
	}
	return nil
}
