package milter

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emersion/go-milter"

	"weir/gateway"
	"weir/gateway/spool"
	"weir/message"
)

// mail is one open message.
type mail struct {
	tx      *gateway.Transaction
	rcpts   []recipient
	buf     *spool.Buffer
	text    ends
	skipped bool // the mail server was told to send no more of the body
}

// recipient is one that was not refused.
type recipient struct {
	addr string // without <>
	told string // as the mail server wrote it, which is how it wants to hear it again
}

// connect begins an SMTP session (SMFIC_CONNECT). The macros in front of it are the new session's.
func (s *session) connect(data []byte) {
	s.endMail()
	own := s.macros[0]
	s.macros[0] = nil
	s.endVisit()
	s.macros[0] = own
	s.client = parseConnect(data)
	s.open()
	if !s.cfg.Early {
		s.goOn(milter.OptNoConnReply)
		return
	}
	ctx, cancel := s.stage()
	defer cancel()
	s.answer(s.visit.Connected(ctx), milter.OptNoConnReply)
}

// open shows the gateway the client.
func (s *session) open() {
	s.shown = s.known()
	s.visit = s.server.gateway.Open(s.ctx, s.shown)
}

// parseConnect reads name, family, port and address. A client that has no address (a pipe, a unix socket, one that the
// server can't tell) is the zero Client.
func parseConnect(data []byte) (c message.Client) {
	name, rest := cString(data)
	if len(rest) < 3 || rest[0] != byte(milter.FamilyInet) && rest[0] != byte(milter.FamilyInet6) {
		return c
	}
	text, _ := cString(rest[3:])
	// QUIRK: Sendmail writes an IPv6 address with the tag that it has in SMTP (RFC 5321 section 4.1.3).
	if len(text) > 5 && bytes.EqualFold(text[:5], []byte("IPv6:")) {
		text = text[5:]
	}
	addr, err := netip.ParseAddr(string(text))
	if err != nil {
		return c
	}
	c.Addr, c.Port = addr.Unmap().WithZone(""), binary.BigEndian.Uint16(rest[1:])
	if n := string(name); n != "unknown" && !strings.HasPrefix(n, "[") { // what they say where there is no name
		c.Name = n
	}
	return c
}

// hello takes the client's name (SMFIC_HELO). It may come again, after STARTTLS.
func (s *session) hello(data []byte) {
	name, _ := cString(data)
	s.helo = string(name)
	if !s.cfg.Early {
		s.goOn(milter.OptNoHeloReply)
		return
	}
	s.answer(s.introduce(), milter.OptNoHeloReply)
}

// introduce tells the gateway who the client is, as far as that has changed.
func (s *session) introduce() *gateway.Refusal {
	if s.visit == nil {
		s.open()
	}
	if c := s.known(); c != s.shown {
		if c.Auth != s.shown.Auth {
			s.shownHelo = ""
		}
		s.shown = c
		s.visit.Replace(c)
	}
	if s.helo == s.shownHelo {
		return nil
	}
	s.shownHelo = s.helo
	ctx, cancel := s.stage()
	defer cancel()
	return s.visit.Helo(ctx, s.helo)
}

// known puts together what CONNECT and the macros say of the client.
func (s *session) known() message.Client {
	c := s.client
	c.Auth, c.TLS, c.Cipher = s.macros.get("auth_authen"), s.macros.get("tls_version"), s.macros.get("cipher")
	return c
}

// stage bounds the time of one stage before the message.
func (s *session) stage() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, stageTime)
}

// mailFrom begins a message (SMFIC_MAIL). One that is still open was given up.
func (s *session) mailFrom(data []byte) {
	s.closeMail()
	if refusal := s.introduce(); refusal != nil {
		s.answer(refusal, 0)
		return
	}
	from, params := cString(data)
	ctx, cancel := s.stage()
	defer cancel()
	tx, refusal := s.visit.Mail(ctx, path(from))
	if refusal == nil {
		s.begin(tx, sizeParam(params))
	}
	s.answer(refusal, 0)
}

// begin opens a message of about size bytes.
func (s *session) begin(tx *gateway.Transaction, size int64) {
	m := &mail{tx: tx, buf: s.server.Spool.Get(size)}
	m.text = ends{to: m.buf, limit: s.server.MaxSize()}
	s.mail = m
}

// path takes the <> off an address. It is otherwise as the mail server has it.
func path(b []byte) string {
	if n := len(b); n >= 2 && b[0] == '<' && b[n-1] == '>' {
		b = b[1 : n-1]
	}
	return string(b)
}

// sizeParam is the SIZE that the client announced (RFC 1870); 0: none.
func sizeParam(params []byte) int64 {
	for len(params) > 0 {
		var p []byte
		p, params = cString(params)
		if len(p) > 5 && bytes.EqualFold(p[:5], []byte("SIZE=")) {
			n, _ := strconv.ParseInt(string(p[5:]), 10, 64)
			return max(n, 0)
		}
	}
	return 0
}

// Bounds on what a mail server may have us remember of one mail. Postfix takes 1000 recipients by default, and lines of 2 kB.
const (
	maxRcpts   = 10_000
	maxAddress = 8 << 10
)

// rcptTo takes a recipient (SMFIC_RCPT).
func (s *session) rcptTo(data []byte) {
	m := s.mail
	if m == nil {
		s.putOff(0)
		return
	}
	told, _ := cString(data)
	switch {
	case len(m.rcpts) >= maxRcpts:
		s.reply(gateway.Reply{Code: 452, Enhanced: "4.5.3", Text: "Too many recipients, send the others apart"})
		return
	case len(told) > maxAddress:
		s.reply(gateway.Reply{Code: 553, Enhanced: "5.1.3", Text: "The address is too long"})
		return
	}
	r := recipient{addr: path(told), told: string(told)}
	ctx, cancel := s.stage()
	defer cancel()
	refusal := m.tx.Rcpt(ctx, r.addr)
	if refusal == nil {
		m.rcpts = append(m.rcpts, r)
	}
	s.answer(refusal, 0)
}

// answer tells a refusal, or lets the mail server go on.
func (s *session) answer(r *gateway.Refusal, silent milter.OptProtocol) {
	if r == nil {
		s.goOn(silent)
		return
	}
	s.reply(gateway.Reply{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text})
}

// endMail gives up the open message, if there is one, and what was told of it.
func (s *session) endMail() {
	s.closeMail()
	s.macros.forget(false)
}

func (s *session) closeMail() {
	m := s.mail
	if m == nil {
		return
	}
	s.mail = nil
	m.tx.Close()
	if m.buf != nil {
		_ = m.buf.Close()
	}
}
