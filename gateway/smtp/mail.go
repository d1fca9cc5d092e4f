package smtp

import (
	"weir/gateway/relay"
	"weir/gateway/spool"
)

// mail is one open transaction.
type mail struct {
	tx       transaction
	params   relay.MailParams
	route    *relay.Route   // of the first recipient; nil before
	delivery relay.Delivery // nil before the first recipient
	rcpts    []string       // accepted
	buf      *spool.Buffer  // the content as far as it came in; nil before
	chunks   *content       // BDAT in progress; nil: none
}

// mailVerb begins a transaction (RFC 5321 section 4.1.1.2).
func (s *session) mailVerb(arg string) {
	if r := s.mayMail(); !r.OK() {
		s.reply(r)
		return
	}
	from, ok := cutPrefix(arg, "FROM:")
	if !ok {
		s.reply(local(501, "5.5.4", "Say MAIL FROM:<address>"))
		return
	}
	p, rest, ok := cutPath(from)
	if !ok {
		s.reply(local(501, "5.1.7", "Sender address not understood"))
		return
	}
	params, r := s.mailParams(rest)
	switch {
	case !r.OK():
	case !p.ascii && !params.SMTPUTF8:
		r = local(553, "5.6.7", "A sender address that is not ASCII needs SMTPUTF8")
	default:
		r = s.begin(p.addr, params)
	}
	s.reply(r)
}

// mayMail tells whether a transaction may begin now.
func (s *session) mayMail() relay.Reply {
	switch {
	case s.ending():
		s.over = true
		return local(421, "4.3.2", s.hostname+" is shutting down, try again later")
	case s.cfg.TLS.Mode == TLSRequired && s.conn.Conn == s.conn.tcp:
		return local(530, "5.7.0", "Say STARTTLS first")
	case s.who.noMail:
		return local(550, "5.7.1", "The proxy did not say who the client is")
	case s.helo == "":
		return local(503, "5.5.1", "Say EHLO or HELO first")
	case s.mail != nil:
		return local(503, "5.5.1", "A transaction is open already")
	}
	return fine
}

// begin opens the transaction with the gateway.
func (s *session) begin(from string, params relay.MailParams) relay.Reply {
	if refusal := s.introduce(); refusal != nil {
		return refused(refusal)
	}
	tx, refusal := s.visit.Mail(s.ctx, from)
	if refusal != nil {
		return refused(refusal)
	}
	s.mail = &mail{tx: tx, params: params}
	return local(250, "2.1.0", "Ok")
}

// reset ends the open transaction, if there is one, and forgets what was said for it.
func (s *session) reset() {
	s.who.xforward = attributes{}
	m := s.mail
	if m == nil {
		return
	}
	s.mail = nil
	if m.delivery != nil {
		m.delivery.Abort()
	}
	m.tx.Close()
	if m.buf != nil {
		_ = m.buf.Close()
	}
}
