package smtp

import (
	"net/netip"
	"strconv"
	"strings"

	"weir/gateway/relay"
	"weir/message"
)

// What the two commands can tell us, as EHLO offers it (Postfix's XCLIENT_README and XFORWARD_README).
const (
	xclientOffer  = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"
	xforwardOffer = "NAME ADDR PORT PROTO HELO IDENT SOURCE"
)

// attributes are what XCLIENT or XFORWARD said. The zero value says nothing.
type attributes struct {
	has   uint8 // bits of the fields that were said, also where they were said to be unknown
	name  string
	addr  netip.Addr
	port  uint16
	proto string
	helo  string
	login string
	ident string
}

const (
	hasName uint8 = 1 << iota
	hasAddr
	hasPort
	hasProto
	hasHelo
	hasLogin
	hasIdent
)

func (s *session) mayXClient() bool  { return within(s.cfg.XClient, s.who.peer) }
func (s *session) mayXForward() bool { return within(s.cfg.XForward, s.who.peer) }

// xclientVerb takes another client's place: the session begins anew, with a greeting.
func (s *session) xclientVerb(arg string) {
	a := s.who.xclient
	switch {
	case !s.mayXClient():
		s.reply(local(550, "5.7.0", "You may not use XCLIENT"))
	case s.mail != nil:
		s.reply(local(503, "5.5.1", "A transaction is open"))
	case !a.parse(arg, xclientOffer):
		s.reply(local(501, "5.5.4", "XCLIENT attributes not understood"))
	default:
		s.who.xclient = a
		s.helo, s.esmtp, s.offer = "", false, offer{}
		s.reply(s.greeting())
	}
}

// xforwardVerb notes the client of the next transaction.
func (s *session) xforwardVerb(arg string) {
	a := s.who.xforward
	switch {
	case !s.mayXForward():
		s.reply(local(550, "5.7.0", "You may not use XFORWARD"))
	case s.mail != nil:
		s.reply(local(503, "5.5.1", "A transaction is open"))
	case !a.parse(arg, xforwardOffer):
		s.reply(local(501, "5.5.4", "XFORWARD attributes not understood"))
	default:
		s.who.xforward = a
		s.reply(fine)
	}
}

func (s *session) greeting() relay.Reply {
	return local(220, "", s.hostname+" "+s.cfg.Banner)
}

// parse reads "NAME=value …", all or nothing, onto what a holds already. Names not in allowed are refused.
func (a *attributes) parse(arg, allowed string) bool {
	next := *a
	for _, field := range strings.Fields(arg) {
		name, value, ok := strings.Cut(field, "=")
		name = strings.ToUpper(name)
		if !ok || !listed(allowed, name) || !next.set(name, value) {
			return false
		}
	}
	*a = next
	return arg != ""
}

func listed(allowed, name string) bool {
	for _, a := range strings.Fields(allowed) {
		if a == name {
			return true
		}
	}
	return false
}

func (a *attributes) set(name, value string) bool {
	value, ok := xtext(value)
	if !ok {
		return false
	}
	if strings.EqualFold(value, "[UNAVAILABLE]") || strings.EqualFold(value, "[TEMPUNAVAIL]") {
		value = ""
	}
	switch name {
	case "NAME":
		a.name, a.has = value, a.has|hasName
		return hostLike(value)
	case "HELO":
		a.helo, a.has = value, a.has|hasHelo
		return hostLike(value)
	case "LOGIN":
		a.login, a.has = value, a.has|hasLogin
		return len(value) <= 255
	case "IDENT":
		a.ident, a.has = value, a.has|hasIdent
		return len(value) <= 255
	case "ADDR":
		return a.setAddr(value)
	case "PORT":
		return a.setPort(value)
	case "PROTO":
		a.proto, a.has = strings.ToUpper(value), a.has|hasProto
		return value == "" || isAtom(value) && len(value) <= 20
	}
	return true // DESTADDR, DESTPORT, SOURCE: nothing here depends on them
}

func (a *attributes) setAddr(value string) bool {
	a.has |= hasAddr
	a.addr = netip.Addr{}
	if value == "" {
		return true
	}
	if v6, ok := cutPrefix(value, "IPV6:"); ok {
		value = v6
	}
	addr, err := netip.ParseAddr(value)
	a.addr = addr.Unmap()
	return err == nil && addr.Zone() == ""
}

func (a *attributes) setPort(value string) bool {
	a.has |= hasPort
	a.port = 0
	if value == "" {
		return true
	}
	n, err := strconv.ParseUint(value, 10, 16)
	a.port = uint16(n)
	return err == nil
}

// hostLike takes what a HELO or host name may be for us: printable, one word, not endless.
func hostLike(s string) bool {
	return len(s) <= 255 && !strings.ContainsAny(s, " \t") && printable(s)
}

// xtext decodes +XX (RFC 3461 section 4). Control characters are refused, however they are written.
func xtext(s string) (string, bool) {
	if !strings.Contains(s, "+") {
		return s, printable(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), printable(b.String())
}

// apply puts the attributes over what is known of the client. Who is told by others does not speak our TLS.
func (a *attributes) apply(c *message.Client, helo *string) {
	if a.has == 0 {
		return
	}
	c.TLS, c.Cipher = "", ""
	if a.has&hasAddr != 0 {
		c.Addr, c.Port, c.Name = a.addr, 0, ""
	}
	if a.has&hasName != 0 {
		c.Name = a.name
	}
	if a.has&hasPort != 0 {
		c.Port = a.port
	}
	if a.has&hasLogin != 0 {
		c.Auth = a.login
	}
	if a.has&hasHelo != 0 {
		*helo = a.helo
	}
}
