package headers

import (
	"strings"

	"weir/message/address"
	"weir/message/link"
)

// tricky are the ways to write From that no honest program uses and that make mail programs disagree.
const tricky = address.Route | address.QuotedPair | address.Encoded | address.ControlChar | address.Comment

// from reports a From field that leaves in doubt who wrote.
func (c *check) from() {
	if c.counts[from] == 0 {
		return
	}
	a := c.m.Author()
	c.doubt(&a)
	c.nameOfAnother(&a)
	for _, d := range a.Domains {
		if l, ok := link.Parse("http://" + d + "/"); ok && l.Flags&(link.MixedScript|link.LookAlike) != 0 {
			c.hit("HEADERS_FROM_LOOKALIKE", d)
			break
		}
	}
	if f := c.m.Field("From"); turned(c.m.Subject()) || f != nil && turned(f.Text()) {
		c.hit("HEADERS_TURNED_TEXT", "")
	}
}

func (c *check) doubt(a *address.Author) {
	several := len(a.Domains) > 1
	switch {
	case a.Odd&address.NoAuthor != 0:
		c.hit("HEADERS_FROM_NO_ADDRESS", "")
	case several && a.Odd&(tricky|address.BadSyntax) != 0, a.Odd&tricky&^address.Comment != 0:
		c.hit("HEADERS_FROM_TRICK", a.Why)
	case a.Odd&(address.BadSyntax|address.Group|address.Comment) != 0 && a.Odd&address.InName == 0:
		c.hit("HEADERS_FROM_SYNTAX", a.Why)
	case a.Odd&address.SeveralAddresses != 0:
		c.hit("HEADERS_FROM_SEVERAL", a.Why)
	}
}

// nameOfAnother reports a display name that is an address or a host of somebody else. Mailing lists do this for a living
// ("jo@example.com via list"), so their mail is left out.
func (c *check) nameOfAnother(a *address.Author) {
	if len(a.Addresses) == 0 || c.m.Field("List-Id") != nil || c.m.Field("List-Post") != nil {
		return
	}
	own := link.RegisteredDomain(a.Addresses[0].Domain)
	for _, n := range a.Named {
		if other := link.RegisteredDomain(n.Domain); other != "" && other != own && !c.isReplyTo(n) {
			c.hit("HEADERS_FROM_NAME_ADDRESS", n.String())
			return
		}
	}
	name := a.Addresses[0].Name
	if name = name[:min(len(name), maxShown)]; strings.IndexByte(name, '.') > 0 && len(a.Named) == 0 {
		for _, l := range link.ScanText(nil, name, link.Field) {
			if l.Domain != "" && l.Domain != own && !sameName(l.Domain, own) {
				c.hit("HEADERS_FROM_NAME_DOMAIN", l.Host)
				return
			}
		}
	}
}

// maxShown is how much of a display name is looked at, in bytes: more than any program shows. A name of a megabyte would
// else cost a third of a second.
const maxShown = 4096

// isReplyTo tells whether replies go to the address that is shown: contact forms and ticket systems write for others.
func (c *check) isReplyTo(a address.Address) bool {
	for _, r := range c.m.ReplyTo() {
		if r.Same(a) {
			return true
		}
	}
	return false
}

// sameName tells whether two domains differ in their suffix only: amazon.com and amazon.de.
func sameName(a, b string) bool {
	a, _, _ = strings.Cut(a, ".")
	b, _, _ = strings.Cut(b, ".")
	return a == b
}

// turned tells whether a text has a character that overrides its direction, as in "gpj.exe" for "exe.jpg". Marks and
// embeddings are in honest Arabic and Hebrew; overrides are not.
func turned(s string) bool {
	return strings.Contains(s, "\u202d") || strings.Contains(s, "\u202e")
}

func isOverride(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// replyTo reports replies that go to a mailbox anybody can have.
func (c *check) replyTo() {
	if c.counts[replyTo] == 0 || c.m.Outgoing {
		return
	}
	authors, replies := c.m.From(), c.m.ReplyTo()
	if len(authors) == 0 || len(replies) == 0 {
		return
	}
	author, reply := authors[0], replies[0]
	if !c.freeMail[reply.Domain] || reply.Same(author) {
		return
	}
	switch {
	case c.freeMail[author.Domain] && !strings.EqualFold(author.Local, reply.Local):
		c.hit("HEADERS_FREE_MAIL_SWITCH", author.Domain+" "+reply.Domain)
	case author.Domain != reply.Domain:
		c.hit("HEADERS_REPLY_TO_FREE_MAIL", reply.Domain)
	}
}
