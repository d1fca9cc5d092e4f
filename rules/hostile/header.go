package hostile

import (
	"fmt"
	"strings"
)

var headers = []Mail{
	fields("30,000 fields", "X-A#: some value of a field\n"),
	fields("fields of one name", "X-Mailer: The Bat! (v2.00) # of some length\n"),
	fields("Subjects", "Subject: viagra for # dollars\n"),
	fields("From fields", "From: \"a#@b.example\" <c#@d.example>\n"),
	fields("To fields", "To: u#@b.example, \"x#\" <v#@c.example>\nCc: w#@d.example\n"),
	fields("Message-IDs", "Message-ID: <#.#$#@a.example>\n"),
	fields("Content-Types", "Content-Type: multipart/mixed; boundary=b#; charset=x#\n"),
	fields("Dates", "Date: Sun, # Nov 2026 11:00:00 +0000\n"),
	fields("Received fields", "Received: from a# (b#.example [192.0.2.1] (may be forged)) by c# (8.9/8.9) with SMTP id A#; Sun, 22 Nov 2026 11:00:00 +0000\n"),
	fields("awful Received fields", "Received: from ((((a [[[[[1.2.3. (by (HELO from unknown (with (id \"\\\"\\ via by from\n"),
	fields("Received fields of other shapes", "Received: (qmail # invoked by uid #); 22 Nov 2026\nReceived: from unknown (HELO x) (user@#@[1.2.3.4]) by 0 with SMTP\n"),
	fields("Received fields of many vendors", "Received: from [10.0.0.#] by web#.mail.example via HTTP; Sun\nReceived: from h (1.2.3.4:#) by g (x) with SMTP id <x>\nReceived: by p id #; Sun\n"),
	fields("signatures", "DKIM-Signature: v=1; a=rsa-sha256; d=h#.example; s=x; h=from:to; bh=AAAA; b=AAAA\n"),
	fields("list fields", "List-Unsubscribe: <http://h#.example/>, <mailto:a#@b.example>\n"),
	fields("authentication results", "Authentication-Results: h#.example; spf=pass smtp.mailfrom=a@b.example; dkim=pass header.d=c#.example\n"),
	fields("fields without a colon", "X-A#\n"),
	fields("folded lines", "X-A:\n a#\n b\n\tc\n"),
	field("a field of 900 kB", "X-Long", "", "a", ""),
	field("a field of commas", "X-Long", "", ",", ""),
	field("a From of 100,000 addresses", "From", "", "a@b.example, ", "c@d.example"),
	field("a From of quotes", "From", "", "\"a\\\"\" ", "<a@b.example>"),
	field("a From of open quotes", "From", "", "\"a\\", ""),
	field("a From of comments", "From", "", "(", ""),
	field("a From of closed comments", "From", "", "(a (b) \\) c) ", "<a@b.example>"),
	field("a From of brackets", "From", "", "<", ""),
	field("a From of at signs", "From", "", "@", ""),
	field("a From of groups", "From", "", "x:a@b.example;", ""),
	field("a To of 100,000 addresses", "To", "", "\"Ann\" <a@b.example>,\n ", "c@d.example"),
	field("a To of blanks", "To", "a", " ", "b@c.example"),
	field("a Subject of a megabyte", "Subject", "", "Free viagra ", ""),
	field("a Subject of capitals", "Subject", "", "A", ""),
	field("a Subject of blanks", "Subject", "a", " ", "b"),
	field("a Subject of encoded words", "Subject", "", "=?utf-8?b?dmlhZ3Jh?= ", ""),
	field("a Subject of open encoded words", "Subject", "", "=?utf-8?q?", ""),
	field("a Subject of 8-bit bytes", "Subject", "", "\xe9\xff", ""),
	field("a Message-ID of a megabyte", "Message-ID", "<", "a.", "@b.example>"),
	field("a Message-ID of digits", "Message-ID", "<", "0123456789abcdef", "$@x>"),
	field("a Received of a megabyte", "Received", "from a (", "[1.2.3.4] ", ") by b; Sun, 22 Nov 2026 11:00:00 +0000"),
	field("a Received of parentheses", "Received", "from ", "(", " by x"),
	field("a Received of froms", "Received", "", "from a by b with c id d for e ", ""),
	field("a Date of a megabyte", "Date", "Sun, ", "22 Nov 2026 ", "11:00:00 +0000"),
	field("a Content-Type of parameters", "Content-Type", "text/plain; ", "a=\"b\\\"\"; ", ""),
	field("a Content-Type of numbered pieces", "Content-Type", "multipart/mixed; ", "boundary*0*=utf-8''%41; ", ""),
	field("References", "References", "", "<a.b@c.example> ", ""),
	field("an X-Mailer of a megabyte", "X-Mailer", "", "Microsoft Outlook Express 6.00.", ""),
	field("a List-Unsubscribe of links", "List-Unsubscribe", "", "<http://a.example/b>, ", ""),
	field("a Reply-To of free mail", "Reply-To", "", "a@gmail.com ", ""),
	field("an X-Originating-IP", "X-Originating-IP", "[", "1.2.3.4 ", "]"),
	{"the Subject of 8 kB and the same as text", func(size int) []byte {
		subject := strings.Repeat("cheap viagra for sale ", 370)
		return fmt.Appendf(nil, "Subject: %s\n%s%s%s", subject, head, plain, again(subject+"\n", size))
	}},
}
