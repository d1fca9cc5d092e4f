package smtp

import (
	"slices"

	"weir/gateway/relay"
)

// rcptVerb adds a recipient (RFC 5321 section 4.1.1.3).
func (s *session) rcptVerb(arg string) {
	switch m := s.mail; {
	case m == nil:
		s.reply(local(503, "5.5.1", "Say MAIL first"))
	case m.chunks != nil:
		s.reply(local(503, "5.5.1", "The message has begun already"))
	case len(m.rcpts) >= s.cfg.MaxRecipients:
		s.note(NoRoom)
		s.reply(local(452, "4.5.3", "Too many recipients, send the rest in another transaction"))
	default:
		s.reply(s.recipient(arg))
	}
}

func (s *session) recipient(arg string) relay.Reply {
	to, ok := cutPrefix(arg, "TO:")
	if !ok {
		return local(501, "5.5.4", "Say RCPT TO:<address>")
	}
	p, rest, ok := cutPath(to)
	if !ok || p.addr == "" {
		return local(501, "5.1.3", "Recipient address not understood")
	}
	params, r := s.rcptParams(rest)
	switch {
	case !r.OK():
		return r
	case !p.ascii && !s.mail.params.SMTPUTF8:
		return local(553, "5.6.7", "A recipient address that is not ASCII needs SMTPUTF8")
	case slices.Contains(s.mail.rcpts, p.addr):
		return local(250, "2.1.5", "Ok, the same again")
	}
	return s.address(p, params)
}

// address asks everybody whether this recipient is fine: our list of domains, what is known of the recipient, the next
// hop, the gateway's filters.
func (s *session) address(p path, params relay.RcptParams) relay.Reply {
	m := s.mail
	route, ok := s.server.Router.Lookup(p.domain)
	switch {
	case !ok:
		s.note(NotRelayed)
		return s.turnDown(p, local(550, "5.7.1", "Relaying denied"), "this domain is not one of ours")
	case p.routed():
		s.note(NotRelayed)
		return s.turnDown(p, local(550, "5.7.1", "Relaying denied: the local part names another destination"), "the local part names another destination")
	case m.route != nil && route.Hop != m.route.Hop:
		return local(452, "4.5.3", "This recipient has another mail server, send it in another transaction")
	}
	if route.Recipients != nil {
		if r, known := route.Recipients.Known(p.addr); known && !r.OK() {
			return s.turnDown(p, r, "this recipient is known not to exist")
		}
	}
	if r := s.connect(route); !r.OK() {
		return s.turnDown(p, r, "the next hop can't take it")
	}
	r := s.ask(route, p.addr, params)
	if !r.OK() {
		return s.turnDown(p, r, "the next hop refuses this recipient")
	}
	if refusal := m.tx.Rcpt(s.ctx, p.addr); refusal != nil {
		return refused(refusal)
	}
	m.rcpts = append(m.rcpts, p.addr)
	return r
}

// turnDown gives a refused recipient a report of its own.
func (s *session) turnDown(p path, r relay.Reply, why string) relay.Reply {
	s.mail.tx.Refused(p.addr, r.Code, r.Enhanced, firstLine(r.Text), why)
	return r
}

// ask asks the next hop for a recipient.
func (s *session) ask(route *relay.Route, to string, params relay.RcptParams) relay.Reply {
	if route.Recipients == nil {
		return s.mail.delivery.Rcpt(s.ctx, to, params)
	}
	return route.Recipients.Ask(s.ctx, s.mail.delivery, to, params)
}

// connect begins the delivery at the first recipient, if the hop can take what MAIL announced.
func (s *session) connect(route *relay.Route) relay.Reply {
	m := s.mail
	if m.delivery != nil {
		return fine
	}
	caps, err := route.Hop.Caps(s.ctx)
	if err != nil {
		return local(451, "4.4.1", "The mail server for this address does not answer, try again later")
	}
	if r := suits(caps, &m.params); !r.OK() {
		return r
	}
	d, r := route.Hop.Begin(s.ctx, m.tx.Envelope(), m.params)
	if r.OK() {
		m.route, m.delivery = route, d
	}
	return r
}

// suits tells whether a hop can take the mail: EHLO offered what all hops could do at that time.
func suits(caps relay.Caps, p *relay.MailParams) relay.Reply {
	switch {
	case caps.Size > 0 && p.Size > caps.Size:
		return tooBig
	case p.SMTPUTF8 && !caps.SMTPUTF8:
		return local(553, "5.6.7", "The mail server for this address can't take SMTPUTF8")
	case p.Body == "8BITMIME" && !caps.EightBit:
		return local(554, "5.6.3", "The mail server for this address can't take 8BITMIME")
	}
	return fine
}
