package relay

import (
	"strconv"
	"unicode/utf8"
)

// checkMail looks at what would go on the MAIL line (CASES A20). The front door has parsed it already; that nothing
// gets through is made sure of here, where lines are written. The zero Reply means it is fine.
func checkMail(from string, p MailParams) Reply {
	if !safeAddress(from) {
		return refuse(553, "5.1.7", "The sender's address has characters that are not passed on")
	}
	if !p.SMTPUTF8 && !ascii(from) {
		return refuse(553, "5.6.7", "The sender's address needs SMTPUTF8")
	}
	if !safeParam(p.EnvID) || !oneWord(p.Ret, "FULL", "HDRS") || !oneWord(p.Body, "7BIT", "8BITMIME") || p.Size < 0 {
		return refuse(501, "5.5.4", "The parameters of MAIL are not understood")
	}
	return Reply{}
}

// checkRcpt does the same for RCPT.
func checkRcpt(to string, p RcptParams, utf8 bool) Reply {
	if to == "" || !safeAddress(to) {
		return refuse(553, "5.1.3", "The address has characters that are not passed on")
	}
	if !utf8 && !ascii(to) {
		return refuse(553, "5.6.7", "The address needs SMTPUTF8")
	}
	if !safeParam(p.Notify) || !safeParam(p.ORcpt) {
		return refuse(501, "5.5.4", "The parameters of RCPT are not understood")
	}
	return Reply{}
}

// maxPath bounds an address on a command line: 64 + @ + 255 bytes (RFC 5321 section 4.5.3.1).
const maxPath = 320

// safeAddress tells whether an address can stand between < and >. QUIRK: RFC 5321 allows space, < and > in a quoted
// local part; no mailbox has them, and servers differ in where they think that such a path ends.
func safeAddress(s string) bool {
	if len(s) > maxPath || !utf8.ValidString(s) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == 0x7f || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

// safeParam tells whether a parameter's value is one word of printable ASCII.
func safeParam(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return len(s) <= 500
}

func oneWord(s string, allowed ...string) bool {
	for _, a := range allowed {
		if s == a {
			return true
		}
	}
	return s == ""
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mail adds MAIL with the parameters that the hop offers; size 0 is unknown.
func (c *conn) mail(from string, p MailParams, size int64) {
	c.out = append(append(append(c.out, "MAIL FROM:<"...), from...), '>')
	if c.offers.Sized && size > 0 {
		c.out = strconv.AppendInt(append(c.out, " SIZE="...), size, 10)
	}
	if c.offers.EightBit && p.Body != "" {
		c.param(" BODY=", p.Body)
	}
	if c.offers.SMTPUTF8 && p.SMTPUTF8 {
		c.param(" SMTPUTF8", "")
	}
	if c.offers.DSN && p.Ret != "" {
		c.param(" RET=", p.Ret)
	}
	if c.offers.DSN && p.EnvID != "" {
		c.param(" ENVID=", p.EnvID)
	}
	c.end()
}

// rcpt adds RCPT with the parameters that the hop offers.
func (c *conn) rcpt(to string, p RcptParams) {
	c.out = append(append(append(c.out, "RCPT TO:<"...), to...), '>')
	if c.offers.DSN && p.Notify != "" {
		c.param(" NOTIFY=", p.Notify)
	}
	if c.offers.DSN && p.ORcpt != "" {
		c.param(" ORCPT=", p.ORcpt)
	}
	c.end()
}

func (c *conn) param(name, value string) { c.out = append(append(c.out, name...), value...) }

// fits tells whether the hop takes a mail with these parameters. They were promised to the client from what the hop
// offered when it was last asked; a hop that has changed since makes the client try again, and it is told the truth then
// (CASES B14). The zero Reply means yes.
func (c *conn) fits(p MailParams, size int64) Reply {
	switch {
	case p.SMTPUTF8 && !c.offers.SMTPUTF8:
		return refuse(451, "4.6.7", "The mail server behind this gateway takes no SMTPUTF8 now, try again later")
	case c.offers.Size > 0 && size > c.offers.Size:
		return refuse(552, "5.3.4", "The mail is larger than the mail server behind this gateway takes: "+strconv.FormatInt(c.offers.Size, 10)+" bytes")
	}
	return Reply{}
}
