package relay

// form is a kind of line and what to make of it.
type form struct {
	mark  string // what the line must hold for the form to be tried; "" nothing
	shape string // see pattern
	note  note
	check func(l *line) bool    // whether it is this form after all; it may mend what was found. nil: it is
	read  func(l *line) outcome // in place of shape

	pattern pattern
}

// note says what is known of a server that writes a form.
type note uint8

const (
	looks   note = 1 << iota // it looks names up: one that is missing does not exist
	same                     // HELO name and reverse name are the same, if not told otherwise
	details                  // the remark has helo= and ident=
	skip                     // the line says nothing of use
	mailbox                  // somebody fetched the mail
)

// family is a kind of server whose lines are tried by its own forms before those of all.
type family struct {
	mark  string             // what its lines hold
	when  func(l *line) bool // in place of mark
	forms []form
}

// families: the first one that a line is of counts.
var families = []family{
	{mark: " SMTPSVC", forms: []form{
		{shape: "%*h ([%i]%4) by %b with Microsoft SMTPSVC"},
		{shape: "mail pickup service by %w with Microsoft SMTPSVC%$", note: skip},
	}},
	{when: isExchange, forms: []form{
		{shape: "%h (%([%)%i%(%%%*w%)%(]%)) by %b ", check: (*line).fromExchange},
	}},
	{mark: "[XMail ", forms: []form{
		{shape: "%h (%([%)%i%(]%):%#) by %b%( (%w)%) with [XMail", check: (*line).fromXMail},
	}},
	{mark: "(ecelerity", forms: []form{
		{shape: "([%i:%#] helo=%h) by %b "},
		{shape: "%w ([%i:%#]) by %b "},
	}},
	{mark: "Exim", forms: []form{
		{mark: "with local", read: (*line).withinExim},
		{shape: "[%i] (%z) by %b ", note: details},
		{shape: "%r ([%i]%z) by %b ", note: details | same},
		{shape: "%r [%i]%(:%#%) by %b ", note: same},
		{read: (*line).fromExim},
	}},
	{mark: " (Postfix) with", forms: []form{
		{shape: "%h (%r [%i]) by %b ", note: looks},
		{shape: "%h (%r[%i]) by %b ", note: looks},
	}},
	{mark: "(Scalix SMTP Relay", forms: []form{{shape: "%h (%( %)%i) by %b"}}},
	{mark: " (Lotus Domino ", forms: []form{{shape: "%h ([%i]) by %b (Lotus"}}},
}

// common are the forms of all other servers, in the order in which they are tried.
var common = []form{
	{mark: "with HTTP", shape: "%i ([%I]) by %b", check: (*line).overHTTP},
	{shape: "%h (%r [%i]%~) by %b (", note: looks, check: (*line).fromSendmail},
	{shape: "%h (%r [%i]) by %b with %w (", note: looks},
	{shape: "%r ([%i] helo=%h) by %b with "},
	{shape: "%h (<unknown%*w>[%i]) by %b "},
	{shape: "%h (%r[%i]) by %b ", note: looks, check: (*line).dotted},
	{shape: "%h (%*n@[%i]%~) by %b (", note: looks},
	{mark: ".hotmail.msn.com ", read: (*line).fromHotmail},
	{shape: "%r (%H %*h) (%i) by %b (qpsmtpd/%w) with %S"},
	{shape: "%r (LHLO %*h) (%i) by %b with LMTP"},
	{shape: "%r (%H %*h) [%i] by %b (%p) with %S"},
	{shape: "%h ([%i]) by %b via smtpd (for %w) with SMTP("},
	{mark: " with ", read: (*line).fromQmail},
	{shape: "%w ( [%i])%. by %b "},
	{shape: "(%h [%i]) by %b "},
	{shape: "[%i] by %b "},
	{shape: "(%([%)%i%(]%)) by %b "},
	{shape: "%h [%i] by %b [%I] with ", note: looks},
	{shape: "%h [(%i)] by %b (%I) "},
	{shape: "%h ([%i]) by %b (", note: looks},
	{shape: "%h (softdnserr [%i])%. by %B"},
	{shape: "%h (%r [%i])%. by %B", note: looks},
	{shape: "%h ([%i%(.%#%)%(:%#%)])%. by %b ", note: looks},
	{mark: "with POP3", note: mailbox},
	{mark: "with IMAP", note: mailbox},
	{shape: "%r (%H %Q) (%(%*n@%)%([%)%i%(]%))%~ by %b ", note: looks},
	{shape: "%r (%(%*n@%)%([%)%i%(]%))%~ by %b ", note: looks | same},
	{shape: "%r(%i) by %b via smap ", note: looks},
	{shape: "%r(%i, %H %*h) by %b via smap ", note: looks},
	{shape: "%i by %b (SMTPL"},
	{shape: "%i by %b (InterScan"},
	{shape: "%w by %w with BSMTP", note: skip},
	{shape: "%r (%H %*h) (%(%n@%)%i%.) by %b with ", note: looks},
	{shape: "[%i] (%(account %w %)%H %*h) by %b ("},
	{mark: " (CommuniGate Pro", shape: "%r ([%i] verified) by %b (", note: looks | same},
	{shape: "%w (%w) by %w (Content Technologies ", note: skip},
	{shape: "%h ([%i] [%w]) by %b with "},
	{shape: "%i by %b with "},
	{shape: "%h (%r[%i]) by %b ", note: looks},
	{shape: "[%i]%w (%H %*h) by %b "},
	{shape: "%i (%H %*h) by %b "},
	{shape: "%h [%i] by %b "},
	{shape: "%r(%i) by %b "},
	{shape: "%i (%P) by %b with ", check: (*line).remarked},
	{shape: "[%i] (%P) by %b ", note: details},
	{shape: `%r(%i)%(, claiming to be "%h"%) via %w by %b,`, check: (*line).fromObtuse},
	{shape: "%h (%w@%i with login) by %b with SMTP", check: (*line).byYahoo},
	{shape: "X-Originating-IP: %i%$"},
}

// silent are the lines that are known to say nothing of use.
var silent = []form{
	{shape: "%w (%w@%L) by %w ("},
	{shape: "%w %w by %w with local-smtp "},
	{shape: "%w %w by %w with local-esmtp "},
	{shape: "127.0.0.1 (AVG SMTP %w [%w])"},
	{shape: "%w@%w by %w "},
	{shape: "Unknown/Local ("},
	{shape: "%L (%(%w@%)%L)"},
	{shape: "%L (%(%w@%)%L["},
	{shape: "%w (%(%w@%)%L) "},
	{shape: "%w (%w@%w [%L]) "},
	{shape: "(AUTH: %w) by %w with "},
	{shape: "localhost (localhost [[UNIX: localhost]]) by "},
	{shape: "%w.amazon.com by %w.amazon.com with ESMTP (peer crosscheck: "},
	{shape: "no.name.available by %w via smtpd (for "},
	{mark: "qmail-scanner", read: (*line).fromScanner},
	{shape: "%w by %w with local"},
	{shape: "%w ([unix socket]) by %w (Cyrus v%#.%#.%#) with LMTPA"},
	{shape: "%w by %w with"},
	{shape: "%w by %w via"},
	{shape: "%w by %w for"},
	{shape: "%w by %w ("},
	{shape: "%w with %w by"},
	{shape: "%w via %w by"},
	{shape: "%w for %w by"},
	{shape: "%w (unverified) by"},
	{shape: "%w (unknown) by %w (SG) with "},
	{shape: "%w (%w [local]) by %w (OpenSMTPD) with "},
	{mark: "(LSMTP for"},
	{shape: "([%L]) with MailEnable "},
	{shape: "facebook.com (%p) by facebook.com with Thrift id %w%$"},
	{shape: "%w named %w by gmailapi.google.com with HTTPREST%$"},
	{shape: "%w id %w%$"},
	{shape: "[<%. (Jetsend"},
}

// shouted are forms that begin with FROM, enclosed those that begin with (from.
var (
	shouted  = []form{{shape: "%h (%r [%i]) BY %b %((%p) WITH SMTP %)ID %(<%)%d%(>%)%( FOR <%w>%)%$", note: looks, check: (*line).fromSimta}}
	enclosed = []form{
		{shape: "%*h [%i]) by %b (NAVGW %.) with "},
		{shape: "%w@localhost) by %w ", note: skip},
		{shape: "%w@%p) by %w(jqueuemail) id %w", note: skip},
	}
)

func init() {
	for i := range families {
		prepare(families[i].forms)
	}
	for _, forms := range [][]form{common, silent, shouted, enclosed} {
		prepare(forms)
	}
}

func prepare(forms []form) {
	for i := range forms {
		forms[i].pattern = compile(forms[i].shape)
	}
}
