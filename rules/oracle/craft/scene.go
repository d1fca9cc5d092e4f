package craft

import (
	"strconv"
	"strings"
	"time"
)

// scenes says by words in the name of a function what sort of mail it is about. The first that fits counts.
var scenes = []struct {
	word string
	play func(d *draft, args []string)
}{
	{"shifted_date", shiftedDate},
	{"html_range", manyTags}, {"html", markup}, {"https", links}, {"iframe", markup},
	{"uri", links}, {"url", links},
	{"pdf", pdf}, {"image", images}, {"pixel", images},
	{"multipart", oddParts}, {"mime", oddParts}, {"parse_flags", oddParts}, {"base64", oddParts}, {"non_text", oddParts},
	{"executable", oddParts}, {"ascii_text", illegal}, {"8bits", illegal}, {"illegal", illegal}, {"charset", illegal}, {"unicode", illegal},
	{"uppercase", caps}, {"caps", caps}, {"body_length", lengths}, {"blank_line", lengths}, {"vertical", lengths}, {"stock", caps},
	{"bounce", bounce}, {"spf", signed}, {"dkim", signed}, {"dmarc", signed}, {"arc", signed},
	{"recipients", people}, {"freemail", people}, {"from", people}, {"reply", people}, {"to_in", people}, {"subject_in", people}, {"suspect", people}, {"missing_to", people},
	{"received", relays}, {"relay", relays}, {"helo", relays}, {"trusted", relays}, {"mailfrom", relays}, {"header_count", relays},
	{"ratware", forgedMailer}, {"outlook", forgedMailer}, {"template", forgedMailer},
}

// scene makes a mail of the sort that a function is about. One that no scene is for gets some of everything.
func (d *draft) scene(function string, args []string) {
	for _, s := range scenes {
		if strings.Contains(function, s.word) {
			s.play(d, append(args, function))
			return
		}
	}
	scenes[d.IntN(len(scenes))].play(d, args)
}

// number reads an argument; fallback if it is none.
func number(args []string, i, fallback int) int {
	if i < len(args) {
		if n, err := strconv.Atoi(args[i]); err == nil {
			return n
		}
	}
	return fallback
}

// shiftedDate writes a Date some hours off, near the bounds that the arguments give.
func shiftedDate(d *draft, args []string) {
	low, high := number(args, 0, -200), number(args, 1, 200)
	at := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	hours := low + d.IntN(max(high-low, 1))
	if d.IntN(3) == 0 {
		hours = one8(d, low-1, low, high, high+1)
	}
	for i := range d.received {
		if before, _, ok := strings.Cut(d.received[i], ";"); ok {
			d.received[i] = before + "; " + at.Format(time.RFC1123Z)
		}
	}
	date := at.Add(time.Duration(hours)*time.Hour + time.Duration(d.IntN(3)-1)*time.Minute)
	layout := one(d, time.RFC1123Z, "2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 06 15:04:05 MST", time.RFC1123Z, "2006-01-02 15:04:05", "Mon, 2 Jan 2006 15:04:05 PM -0700")
	d.set("Date", date.Format(layout))
	if d.IntN(8) == 0 {
		d.set("Resent-Date", at.Format(time.RFC1123Z))
	}
}

// caps writes in capital letters.
func caps(d *draft, _ []string) {
	for i := range d.text {
		if d.IntN(3) > 0 {
			d.text[i] = strings.ToUpper(d.text[i])
		}
	}
	d.set("Subject", one(d, "BUY NOW", "RE: THE MINUTES OF OUR MEETING", "A", "=?utf-8?Q?GROSSE_NACHRICHT?=", "10 WAYS 4 YOU", "Mixed CASE"))
	for range d.IntN(6) {
		d.text = append(d.text, one(d, "SYMBOL: ABCD.PK\nPRICE: $1.25\nTARGET: $5.00", "Company: ABC Corp\nSymbol: ABCO\nCurrent Price: 0.12", "THIS IS A GREAT CHANCE FOR ALL OF YOU! "+strings.Repeat("ACT TODAY ", d.IntN(40))))
	}
}

// lengths writes very short, very long, and mostly empty texts.
func lengths(d *draft, args []string) {
	switch d.IntN(5) {
	case 0:
		d.text = []string{"x"}
	case 1:
		d.text = []string{strings.Repeat(sentences[0]+" ", d.IntN(60))}
	case 2:
		d.text = append(d.text, strings.Repeat("\n", d.IntN(60)), "end")
	case 3:
		d.text = nil
		for range 3 + d.IntN(30) {
			d.text = append(d.text, strings.Repeat(one(d, "V", "I", "A G", "r x", "lo ng"), 1+d.IntN(3)))
		}
	case 4:
		d.text = []string{strings.Repeat("a", max(number(args, 0, 256)-d.IntN(64), 0))}
	}
}

// illegal writes bytes and charsets that have no business where they stand.
func illegal(d *draft, args []string) {
	odd := one(d, "\x80\x81\x82\x83 \xe4\xf6\xfc", "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "\xc7\xd1\xb1\xb9\xbe\xee", "\xff\xfe\x00a", "\xe2\x98\x83\xe2\x98\x83", "\x01\x02")
	switch d.IntN(5) {
	case 0:
		d.set(one(d, "Subject", "From", "To"), strings.Repeat(odd, 1+d.IntN(5)))
	case 1:
		d.charset = one(d, "koi8-r", "gb2312", "euc-kr", "windows-1251", "big5", "us-ascii", "utf-7", "x-unknown", "iso-2022-jp")
		d.text = append(d.text, strings.Repeat(odd+" ", 1+d.IntN(30)))
	case 2:
		d.set("Subject", "=?"+one(d, "koi8-r", "gb2312", "windows-1251", "utf-8")+"?B?"+strings.TrimSpace(base64Lines(odd))+"?=")
	case 3:
		d.coding, d.charset = "8bit", "us-ascii"
		d.text = append(d.text, strings.Repeat(odd, 1+d.IntN(50)))
	case 4:
		d.head = append(d.head, `<meta http-equiv="Content-Type" content="text/html; charset=`+one(d, "gb2312", "koi8-r", "utf-8")+`">`)
		d.shape = onlyHTML
		d.text = append(d.text, odd)
	}
	if name := first(args); strings.Contains(name, "@") || len(name) > 2 && name[0] >= 'A' && name[0] <= 'Z' {
		d.set(name, strings.Repeat(odd, 1+d.IntN(3)))
	}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// bounce writes a delivery status notice.
func bounce(d *draft, _ []string) {
	d.set("From", one(d, "MAILER-DAEMON@mail.example.org", "Mail Delivery Subsystem <postmaster@example.com>"))
	d.set("Subject", one(d, "Undelivered Mail Returned to Sender", "failure notice", "Out of office: hello", "Delivery Status Notification (Failure)"))
	d.set("Return-Path", "<>")
	d.set("Auto-Submitted", one(d, "auto-replied", "no"))
	d.parts = append(d.parts,
		piece{fields: []field{{"Content-Type", "message/delivery-status"}}, body: "Reporting-MTA: dns; mail.example.org\n\nFinal-Recipient: rfc822; nobody@example.org\nAction: failed\nStatus: 5.1.1\n"},
		piece{fields: []field{{"Content-Type", one(d, "message/rfc822", "text/rfc822-headers")}}, body: "Received: from " + one(d, "mail.example.net", "unknown") + " ([" + d.address() + "])\n\tby mail.example.org; Wed, 18 Nov 2026 10:00:00 +0000\nFrom: you@example.net\nTo: nobody@example.org\nSubject: hello\n\nHello.\n"})
}

// signed writes what tells of authentication.
func signed(d *draft, _ []string) {
	domain := one(d, "example.com", "gmail.com", "mail.example.org")
	d.set("From", "Anna <anna@"+domain+">")
	if d.IntN(3) > 0 {
		d.set("DKIM-Signature", "v=1; a=rsa-sha256; c=relaxed/relaxed; d="+one(d, domain, "example.net")+"; s=s1; h=from:to:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b="+strings.TrimSpace(base64Lines(d.digits(90))))
	}
	if d.IntN(2) == 0 {
		d.set("Authentication-Results", "mx.example.net; dkim="+one(d, "pass", "fail")+" header.d="+domain+"; spf="+one(d, "pass", "softfail")+" smtp.mailfrom="+domain)
	}
	if d.IntN(2) == 0 {
		d.fields = append([]field{{"Received-SPF", one(d, "pass", "softfail", "none", "fail") + " (mx.example.net: domain of " + domain + ") client-ip=" + d.address() + "; envelope-from=anna@" + domain + ";"}}, d.fields...)
	}
}
