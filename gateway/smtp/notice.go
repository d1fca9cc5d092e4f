package smtp

import (
	"fmt"
	"strings"
	"time"

	"weir/gateway/relay"
	"weir/message"
)

// notify tells the sender, by a delivery status notification (RFC 3464), which recipients were refused after others had
// the mail. It goes to the next hop of the sender's domain, or the one that refused, and says whether it was taken.
func (t *settlement) notify(never []fate) bool {
	env := t.m.tx.Envelope()
	p, rest, ok := cutPath("<" + env.From + ">")
	if !ok || rest != "" {
		return false
	}
	route, ok := t.s.server.Router.Lookup(p.domain)
	if !ok {
		route = t.m.route
	}
	note := &message.Envelope{ID: env.ID, Time: env.Time, Hostname: env.Hostname, Helo: env.Hostname, HasFrom: true}
	d, r := route.Hop.Begin(t.s.ctx, note, relay.MailParams{SMTPUTF8: !p.ascii})
	if !r.OK() {
		return false
	}
	defer d.Abort()
	if !d.Rcpt(t.s.ctx, p.addr, relay.RcptParams{}).OK() {
		return false
	}
	replies := d.Send(t.s.ctx, []string{p.addr}, [][]byte{t.notice(never)}, func() error { return nil })
	return len(replies) == 1 && replies[0].OK()
}

// notice is the text of the notification, with the header of the mail it is about.
func (t *settlement) notice(never []fate) []byte {
	env := t.m.tx.Envelope()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("From: Mail Delivery System <MAILER-DAEMON@%s>", env.Hostname)
	line("To: <%s>", env.From)
	line("Subject: Undelivered mail returned to sender")
	line("Date: %s", env.Time.Format(time.RFC1123Z))
	line("Message-ID: <%s.notice@%s>", t.id, env.Hostname)
	line("Auto-Submitted: auto-replied")
	line("MIME-Version: 1.0")
	line("Content-Type: multipart/report; report-type=delivery-status; boundary=\"=%s\"\r\n", t.id)
	line("--=%s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", t.id)
	line("Your mail was delivered to some of its recipients, but not to these:\r\n")
	for _, f := range never {
		line("<%s>: %s", f.rcpt, oneLine(f.reply))
	}
	line("\r\n--=%s\r\nContent-Type: message/delivery-status\r\n", t.id)
	line("Reporting-MTA: dns; %s", env.Hostname)
	for _, f := range never {
		line("\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: %s\r\nDiagnostic-Code: smtp; %s", f.rcpt, status(f.reply), oneLine(f.reply))
	}
	line("\r\n--=%s\r\nContent-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n", t.id)
	b.Write(headerOf(t.o.Message.Raw))
	line("\r\n--=%s--", t.id)
	return []byte(b.String())
}

func oneLine(r relay.Reply) string {
	r.Text = firstLine(r.Text)
	return strings.TrimRight(string(appendReply(nil, r)), "\r\n")
}

func status(r relay.Reply) string {
	if r.Enhanced == "" {
		return "5.0.0"
	}
	return r.Enhanced
}

// headerOf is the header of a message, at most 16 kB of it, without the empty line that ends it.
func headerOf(raw []byte) []byte {
	rest := raw
	for len(rest) > 0 && rest[0] != '\r' && rest[0] != '\n' {
		field := firstField(rest)
		if len(raw)-len(rest)+len(field) > 16<<10 {
			break
		}
		rest = rest[len(field):]
	}
	return raw[:len(raw)-len(rest)]
}
