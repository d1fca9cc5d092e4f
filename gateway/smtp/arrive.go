package smtp

import (
	"net/netip"
	"time"

	"weir/message"
)

// arrive finds out who the client is, whether there is room for it, and greets it.
func (s *session) arrive() bool {
	addr := addrOf(s.conn.tcp)
	s.who.peer = addr.Addr()
	s.who.base = message.Client{Addr: addr.Addr(), Port: addr.Port()}
	if within(s.cfg.ProxyProtocol, s.who.peer) && !s.proxied() {
		return false
	}
	if !s.admitted() || !s.quiet() {
		return false
	}
	s.who.shown = s.who.base
	s.visit = s.server.judge.Open(s.ctx, s.who.base)
	s.reply(s.greeting())
	return true
}

// proxied reads the PROXY header. Without one in time the connection is dropped, unanswered: the other end is no
// client that could read an answer.
func (s *session) proxied() bool {
	if s.await(time.Now().Add(s.cfg.Timeouts.Proxy.D()), false) != nil {
		return false
	}
	for {
		src, own, n, err := parseProxy(s.conn.pending())
		switch {
		case err == nil:
			s.conn.r += n
			s.proxyClient(src, own)
			return true
		case err != errMore || s.conn.fill() != nil:
			s.note(BadProxy)
			return false
		}
	}
}

// proxyClient takes the client's address over. The proxy's own connection is greeted, since it wants to see whether we
// live, but brings no mail: its address would stand for a client's that we don't know.
func (s *session) proxyClient(src netip.AddrPort, own bool) {
	if own {
		s.who.noMail = true
		return
	}
	s.who.base.Addr, s.who.base.Port = src.Addr(), src.Port()
	s.who.peer = src.Addr()
}

// admitted counts the client's connections. Those who speak for others have no limit of their own.
func (s *session) admitted() bool {
	a := s.who.base.Addr
	if !a.IsValid() || s.who.noMail || within(s.cfg.Unlimited, a) || s.mayXClient() || s.mayXForward() {
		return true
	}
	key := clientKey(a)
	why := s.server.limits.enterClient(key, &s.cfg.Config, time.Now())
	if why != "" {
		s.refuse(why, local(421, "4.7.0", s.hostname+" too many connections from your address, try again later"))
		return false
	}
	s.who.place, s.who.counted = key, true
	return true
}

// quiet tells whether the client waits for our greeting (RFC 5321 section 3.1). One that does not is a program that
// writes into many connections without reading.
func (s *session) quiet() bool {
	if d := s.cfg.GreetDelay.D(); d > 0 && !s.conn.talked() {
		if s.await(time.Now().Add(d), true) != nil {
			s.lost(errDraining)
			return false
		}
		if err := s.conn.fill(); err != nil && !isTimeout(err) {
			return false
		}
	}
	if s.turnedAway() {
		return false
	}
	if s.conn.talked() {
		s.refuse(EarlyTalker, local(554, "5.5.0", s.hostname+" you talk before you are greeted"))
		s.rude = true
		return false
	}
	return true
}

// turnedAway tells whether the server began to stop meanwhile.
func (s *session) turnedAway() bool {
	if !s.ending() {
		return false
	}
	s.lost(errDraining)
	return true
}
