package relay

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"weir/message"
	names "weir/message/address"
)

// The next hop sees the real client through XCLIENT, which makes it treat our connection as the client's, or through
// XFORWARD, which is for its log only. Both are Postfix's (XCLIENT_README, XFORWARD_README).

const unavailable = "[UNAVAILABLE]"

// maxAttribute keeps lines of attributes below 512 bytes.
const maxAttribute = 120

// introduce brings the connection into the client's name by XCLIENT, where the hop offers it. fresh is false where that
// can't be done since the connection stands for another client for good.
func (c *conn) introduce(ctx context.Context, env *message.Envelope) (fresh bool, err error) {
	if c.hop.cfg.XCLIENT == Off || len(c.offers.XCLIENT) == 0 || c.noClient || !env.Client.Addr.IsValid() {
		return c.client == "", nil
	}
	line := attributesOf(env, "XCLIENT", c.offers.XCLIENT)
	if line == c.client {
		return true, nil
	}
	rep, err := c.one(ctx, c.hop.cfg.Timeouts.Command.D(), line)
	if err != nil {
		return false, err
	}
	if rep.Code == 421 {
		return false, errGone
	}
	if rep.Code != 220 {
		c.noClient = true // we are not authorised: the hop just does not learn of the client
		return c.client == "", nil
	}
	c.client = line
	return true, c.hello(ctx, c.nameFor(env))
}

// nameFor is the name for the EHLO after XCLIENT: the client's, since Postfix forgets the attribute HELO at EHLO and would
// judge and record our name as the client's. One that can't stand in a command stays ours.
func (c *conn) nameFor(env *message.Envelope) string {
	literal := strings.HasPrefix(env.Helo, "[") && !strings.ContainsFunc(env.Helo, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	if slices.Contains(c.offers.XCLIENT, "HELO") && len(env.Helo) <= maxAttribute && (literal || names.IsName(env.Helo)) {
		return env.Helo
	}
	return c.hop.helo
}

// forward adds XFORWARD commands to the batch and tells how many: for hops that offer it and were not told by XCLIENT.
func (c *conn) forward(env *message.Envelope) int {
	if c.hop.cfg.XFORWARD == Off || len(c.offers.XFORWARD) == 0 || c.client != "" || !env.Client.Addr.IsValid() {
		return 0
	}
	c.out = append(c.out, "XFORWARD"...)
	n := c.attributes(env, c.offers.XFORWARD)
	if n == 0 {
		c.out = c.out[:len(c.out)-len("XFORWARD")]
		return 0
	}
	c.end()
	return 1
}

// attributesOf writes a whole line; "" where the hop offers no attribute that we know.
func attributesOf(env *message.Envelope, verb string, offered []string) string {
	var b batch
	b.out = append(b.out, verb...)
	if b.attributes(env, offered) == 0 {
		return ""
	}
	return string(b.out)
}

// attributes appends " NAME=value" for all that the hop offers and we know of; their number is returned.
func (b *batch) attributes(env *message.Envelope, offered []string) int {
	n := 0
	for _, name := range offered {
		value, known := attribute(env, name)
		if !known {
			continue
		}
		b.out = append(append(append(b.out, ' '), name...), '=')
		b.out = appendXtext(b.out, value)
		n++
	}
	return n
}

// attribute gives the value of an attribute; known is false for those we don't have at all.
func attribute(env *message.Envelope, name string) (value string, known bool) {
	c := &env.Client
	switch name {
	case "ADDR":
		return addr(c.Addr), true
	case "NAME":
		return c.Name, true
	case "PORT":
		if c.Port == 0 {
			return "", true
		}
		return strconv.Itoa(int(c.Port)), true
	case "HELO":
		return env.Helo, true
	case "PROTO":
		return "ESMTP", true
	case "LOGIN":
		return c.Auth, true
	case "IDENT":
		return env.ID, true
	case "SOURCE":
		return "REMOTE", true
	}
	return "", false
}

func addr(a netip.Addr) string {
	if a = a.Unmap().WithZone(""); a.Is6() {
		return "IPV6:" + a.String()
	}
	return a.String()
}

// appendXtext writes a value in xtext (RFC 3461 section 4); an empty one, or one too long for the line, is unavailable.
func appendXtext(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	start := len(b)
	for i := 0; i < len(s) && len(b)-start <= maxAttribute; i++ {
		if c := s[i]; c > ' ' && c < 0x7f && c != '+' && c != '=' {
			b = append(b, c)
		} else {
			b = append(b, '+', hex[c>>4], hex[c&15])
		}
	}
	if n := len(b) - start; n == 0 || n > maxAttribute {
		return append(b[:start], unavailable...)
	}
	return b
}
