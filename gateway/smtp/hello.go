package smtp

import (
	"context"
	"strconv"
	"strings"
	"time"

	"weir/gateway"
	"weir/gateway/relay"
	"weir/message"
)

// offer is what EHLO promised and MAIL and RCPT may use.
type offer struct {
	size     int64 // 0: SIZE is not offered
	eightBit bool
	utf8     bool
	dsn      bool
}

// capsWait bounds how long EHLO waits for a next hop that has not been asked before.
const capsWait = 5 * time.Second

func (s *session) heloVerb(arg string) {
	if !s.hello(arg) {
		return
	}
	s.esmtp, s.offer = false, offer{}
	if s.greeted() {
		s.reply(local(250, "", s.hostname))
	}
}

func (s *session) ehloVerb(arg string) {
	if !s.hello(arg) {
		return
	}
	o, known := s.server.offer(s.ctx, &s.cfg.Config)
	if !known {
		s.reply(local(421, "4.4.1", "The mail server behind "+s.hostname+" does not answer, try again later"))
		s.over = true
		return
	}
	s.esmtp, s.offer = true, o
	if s.greeted() {
		s.conn.out = s.appendEHLO(s.conn.out)
	}
}

// hello takes a name. It ends an open transaction, as RSET does (RFC 5321 section 4.1.4).
func (s *session) hello(name string) bool {
	s.reset()
	if name == "" || len(name) > 255 || strings.ContainsAny(name, " \t") {
		s.reply(local(501, "5.5.4", "Say your host name after HELO or EHLO"))
		return false
	}
	s.helo = name
	return true
}

// greeted tells the gateway the name, unless this client is one that speaks for others, whose names come later.
func (s *session) greeted() bool {
	if s.mayXForward() {
		return true
	}
	if refusal := s.introduce(); refusal != nil {
		s.helo = ""
		s.reply(refused(refusal))
		s.over = refusal.Code == 421
		return false
	}
	return true
}

// introduce tells the gateway who the client is, where that has changed.
func (s *session) introduce() *gateway.Refusal {
	c, helo := s.client()
	if c != s.who.shown {
		if c.Addr != s.who.shown.Addr || c.Auth != s.who.shown.Auth {
			s.who.helo = ""
		}
		s.who.shown = c
		s.visit.Replace(c)
	}
	if helo == s.who.helo {
		return nil
	}
	s.who.helo = helo
	return s.visit.Helo(s.ctx, helo)
}

// client puts together what socket, PROXY, XCLIENT and XFORWARD said.
func (s *session) client() (message.Client, string) {
	c, helo := s.who.base, s.helo
	s.who.xclient.apply(&c, &helo)
	s.who.xforward.apply(&c, &helo)
	return c, helo
}

func (s *session) appendEHLO(b []byte) []byte {
	b = append(append(append(b, "250-"...), s.hostname...), "\r\n250-PIPELINING\r\n250-CHUNKING\r\n"...)
	if s.offer.size > 0 {
		b = append(strconv.AppendInt(append(b, "250-SIZE "...), s.offer.size, 10), "\r\n"...)
	}
	for _, x := range []struct {
		on   bool
		line string
	}{
		{s.offer.eightBit, "250-8BITMIME\r\n"}, {s.offer.utf8, "250-SMTPUTF8\r\n"}, {s.offer.dsn, "250-DSN\r\n"},
		{s.mayStartTLS(), "250-STARTTLS\r\n"}, {s.mayXClient(), "250-XCLIENT " + xclientOffer + "\r\n"},
		{s.mayXForward(), "250-XFORWARD " + xforwardOffer + "\r\n"},
	} {
		if x.on {
			b = append(b, x.line...)
		}
	}
	return append(b, "250 ENHANCEDSTATUSCODES\r\n"...)
}

// offer is what all next hops can do. A hop that can't be asked is left out as long as another one can; where none
// can, known is false.
func (s *Server) offer(ctx context.Context, cfg *Config) (o offer, known bool) {
	ctx, cancel := context.WithTimeout(ctx, capsWait)
	defer cancel()
	o = offer{size: int64(cfg.MaxSize), eightBit: true, utf8: true, dsn: true}
	unlimited := cfg.MaxSize == 0
	for _, hop := range s.Router.Hops() {
		caps, err := hop.Caps(ctx)
		if err != nil {
			continue
		}
		known = true
		if !caps.Sized {
			o.size, unlimited = 0, false
		} else if caps.Size > 0 && (unlimited || caps.Size < o.size) {
			o.size, unlimited = caps.Size, false
		}
		o.narrow(caps)
	}
	return o, known
}

func (o *offer) narrow(caps relay.Caps) {
	o.eightBit = o.eightBit && caps.EightBit
	o.utf8 = o.utf8 && caps.SMTPUTF8
	o.dsn = o.dsn && caps.DSN
}
