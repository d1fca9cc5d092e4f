package craft

import (
	"fmt"
	"strings"
)

// tags are elements that rules ask for.
var tags = []string{"b", "i", "font", "table", "tr", "td", "div", "span", "p", "br", "center", "h1", "a", "img", "form", "input", "iframe", "script", "style",
	"title", "big", "small", "strong", "u", "marquee", "blink", "object", "embed", "o:p", "xyz", "body", "html", "head", "meta", "link", "base", "area", "map"}

// tag writes an element with attributes that rules look at, closed or not.
func tag(d *draft, name string) string {
	attribute := one(d, "", ` color="#ffffff"`, ` style="color:#fefefe;background-color:white"`, ` size="`+one(d, "-2", "+3", "1", "7", "1px")+`"`, ` style="font-size:1px"`,
		` style="display:none"`, ` bgcolor="`+one(d, "red", "#ffffff", "#000", "yellow")+`"`, ` href="http://www.example.com/a"`, ` src="http://img.example.org/p.gif" width="`+d.digits(2)+`" height="1`+d.digits(2)+`"`,
		` onload="x()"`, ` action="mailto:a@example.com" method=post`, ` content="0;url=http://example.net/"`, ` face="Arial"`, ` src=cid:x1`, ` title="`+strings.Repeat("x", d.IntN(80))+`"`)
	s := "<" + name + attribute + ">" + one(d, "some text", sentences[d.IntN(len(sentences))], "V&#105;agra", "a&nbsp;b", "", "<!-- a comment "+d.digits(9)+" -->")
	if d.IntN(4) > 0 {
		s += "</" + name + ">"
	}
	return s
}

// markup writes HTML, with the element of the first argument among others.
func markup(d *draft, args []string) {
	if d.shape == plainText || d.shape == mixed {
		d.shape = onlyHTML
	}
	for range 1 + d.IntN(8) {
		d.markup = append(d.markup, tag(d, one(d, tags...)))
	}
	if name := first(args); name != "" && len(name) < 20 {
		d.markup = append(d.markup, tag(d, strings.ToLower(name)))
	}
	if d.IntN(3) == 0 {
		d.head = append(d.head, "<title>"+one(d, d.get("Subject"), "Untitled Document", "")+"</title>")
	}
	images(d, args)
}

// manyTags writes HTML that is more markup than text, in shares of all sizes.
func manyTags(d *draft, args []string) {
	d.shape = onlyHTML
	for range d.IntN(60) {
		d.markup = append(d.markup, "<font color=\"#"+d.digits(6)+"\" size=1>"+strings.Repeat("x", d.IntN(5))+"</font>")
	}
	if d.IntN(2) == 0 {
		d.text = nil
	}
	markup(d, args)
}

// images adds pictures of several sizes, attached or linked.
func images(d *draft, _ []string) {
	for range d.IntN(4) {
		w, h := 1+d.IntN(900), 1+d.IntN(700)
		if d.IntN(2) == 0 {
			d.markup = append(d.markup, fmt.Sprintf(`<img src="http://img.example.org/%d.gif" width=%d height="%d" alt="">`, d.IntN(1000), w, h))
			continue
		}
		name := one(d, "image001.gif", "x.png", "pic.jpg", "logo.GIF")
		kind := one(d, "image/gif", "image/png", "image/jpeg")
		body := "GIF89a" + string([]byte{byte(w), byte(w >> 8), byte(h), byte(h >> 8), 0x80, 0, 0}) + strings.Repeat("\x00", d.IntN(5000))
		if kind == "image/png" {
			body = "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + string([]byte{0, 0, byte(w >> 8), byte(w), 0, 0, byte(h >> 8), byte(h)}) + "\x08\x06\x00\x00\x00" + strings.Repeat("\x01", d.IntN(5000))
		}
		d.parts = append(d.parts, piece{fields: []field{{"Content-Type", kind + "; name=\"" + name + "\""}, {"Content-Transfer-Encoding", "base64"},
			{"Content-ID", "<x1>"}, {"Content-Disposition", one(d, "inline", "attachment") + "; filename=\"" + name + "\""}}, body: base64Lines(body)})
	}
}

// pdf attaches a document.
func pdf(d *draft, _ []string) {
	body := "%PDF-1.4\n1 0 obj\n<< /Type /Page /MediaBox [0 0 " + d.digits(3) + " " + d.digits(3) + "] /Width " + d.digits(3) + " /Height " + d.digits(3) +
		" >>\nendobj\ntrailer\n<< /Author (anna) /Producer (" + one(d, "GPL Ghostscript", "x") + ") " + one(d, "", "/Encrypt 2 0 R") + ">>\n%%EOF\n"
	d.parts = append(d.parts, piece{fields: []field{{"Content-Type", "application/pdf; name=\"" + one(d, "a.pdf", "INVOICE.pdf") + "\""}, {"Content-Transfer-Encoding", "base64"}}, body: base64Lines(body)})
	if d.IntN(2) == 0 {
		d.text = []string{""}
	}
}

// oddParts writes MIME structures of the less common sorts, some of them broken.
func oddParts(d *draft, _ []string) {
	switch d.IntN(8) {
	case 0:
		d.parts = append(d.parts, d.encoded("text/html", d.html()))
	case 1:
		d.parts = append(d.parts, piece{fields: []field{{"Content-Type", "application/octet-stream; name=\"" + one(d, "a.exe", "b.scr", "c.doc.pif") + "\""}, {"Content-Transfer-Encoding", "base64"}}, body: base64Lines("MZ" + strings.Repeat("\x00\x01", d.IntN(3000)))})
	case 2:
		d.set("Content-Type", one(d, "multipart/mixed", "multipart/mixed; boundary=\"gone\"", "multipart/alternative; boundary=", "text/html; charset=\"\"", "multipart/related; boundary=a b c"))
	case 3:
		d.coding = one(d, "x-unknown", "uuencode", "7BIT", "base64 ")
	case 4:
		d.shape, d.coding = plainText, "base64"
		d.whole = base64Lines(strings.Repeat(sentences[1], 1+d.IntN(9)))
	case 5:
		d.lines("X-Broken\nX Odd : 1\nX-Long: " + strings.Repeat("y", d.IntN(9000)))
	case 6:
		d.shape = alternative
		d.text = []string{sentences[0]}
		d.markup = append(d.markup, "<p>"+strings.Repeat("quite different words here ", d.IntN(60))+"</p>")
	case 7:
		d.drop(one(d, "MIME-Version", "Date", "Message-ID", "Subject", "To"))
		d.parts = append(d.parts, piece{fields: []field{{"Content-Type", "text/plain; charset=" + one(d, "us-ascii", "utf-16", "gb2312")}, {"Content-Transfer-Encoding", "quoted-printable"}}, body: "a=3Db=\n=4=zz " + strings.Repeat("long ", d.IntN(400)) + "\n"})
	}
}

// links writes links that show one thing and lead to another, and hosts of all sorts.
func links(d *draft, args []string) {
	for range 1 + d.IntN(4) {
		host := one(d, "www.example.com", "bit.ly", "tinyurl.com", "10.1.2.3", d.address(), "xn--e1afmkfd.example", "docs.google.com", "login.example.co.uk", "0x7f.1", "a.b.c.example.org:8080", "goo.gl")
		url := one(d, "http://", "https://", "hxxp://", "//") + host + one(d, "", "/", "/a.php?id="+d.digits(6), "/%61%62?u=http://example.org/x", "/"+strings.Repeat("p", d.IntN(9000)))
		show := one(d, "click here", "https://www.bank.example/login", "http://"+host+"/", "www.example.net", d.address())
		d.markup = append(d.markup, "<a href='"+url+"'>"+show+"</a>")
		if d.IntN(3) == 0 {
			d.text = append(d.text, "go to "+host+"/x or write to anna@"+one(d, mailHosts...))
		}
	}
	if d.shape == plainText {
		d.shape = onlyHTML
	}
}

// people writes senders and recipients in all constellations.
func people(d *draft, _ []string) {
	host := one(d, mailHosts...)
	local := one(d, boxNames...)
	d.set("From", one(d, "\""+local+"\" <"+local+"@"+host+">", local+"@"+host, "\"you@example.net\" <"+local+d.digits(5)+"@"+host+">", "<"+local+"@"+host+">, b@example.org", ""))
	if d.IntN(2) == 0 {
		d.set("Reply-To", one(d, local+"@"+host, "other"+d.digits(3)+"@"+one(d, mailHosts...), "\"A\" <a@gmail.com>"))
	}
	var to []string
	for i := range 1 + d.IntN(20) {
		to = append(to, fmt.Sprintf("%s%d@%s", one(d, "anna", "anne", "b", "you"), i*d.IntN(3), one(d, "example.net", host)))
	}
	switch d.IntN(4) {
	case 0:
		d.set("To", strings.Join(to, ", "))
	case 1:
		d.set("Cc", strings.Join(to, ",\n\t"))
	case 2:
		d.drop("To")
	case 3:
		d.set("Subject", "you, "+one(d, "you@example.net", "look at this", "YOU"))
		d.set("Sender", local+"@"+one(d, mailHosts...))
	}
	if d.IntN(3) == 0 {
		d.set("Return-Path", one(d, "<>", "<bounce@"+one(d, mailHosts...)+">", "<"+local+"@"+host+">"))
	}
	if d.IntN(4) == 0 {
		d.text = append(d.text, "Reply to "+local+"."+d.digits(2)+"@"+one(d, "gmail.com", "yahoo.co.uk", "outlook.com")+" only.")
	}
}

// relays writes Received fields in the words of many programs.
func relays(d *draft, args []string) {
	service := ""
	for _, s := range []string{"yahoo", "hotmail", "juno", "eudoramail", "gmail", "aol"} {
		if strings.Contains(args[len(args)-1], s) {
			service = s + ".com"
			d.set("From", "Anna <anna"+d.digits(2)+"@"+service+">")
		}
	}
	if d.IntN(6) == 0 {
		d.received = nil
	}
	for range d.IntN(4) {
		host := one(d, "mail.example.com", "web1."+service, "mx1."+service, "[10.0.0.1]", "localhost", "n1.bullet."+service)
		ip := one(d, d.address(), d.address(), "127.0.0.1", "192.168.1.4", "10.2.3.4", "2001:db8::1", "300.1.2.3")
		d.received = append([]string{one(d,
			"from "+host+" ("+host+" ["+ip+"]) by mx.example.net (8.12.1/8.12.1) with ESMTP id hA1; Wed, 18 Nov 2026 10:00:00 +0000",
			"from ["+ip+"] by web12."+service+" via HTTP; Wed, 18 Nov 2026 09:59:00 -0000",
			"(qmail 1234 invoked by uid 500); 18 Nov 2026 10:00:00 -0000",
			"from unknown (HELO "+host+") ("+ip+") by mx.example.net with SMTP; 18 Nov 2026 10:00:00 -0000",
			"by 10.1.1.1 with SMTP id a1mr; Wed, 18 Nov 2026 02:00:00 -0800 (PST)",
			"from "+host+" ([helo="+host+"] ["+ip+"]) by mx.example.net with smtp (Exim 4.94) id 1a-0002-00; Wed, 18 Nov 2026 10:00:00 +0000",
			"from mail pickup service by "+host+" with Microsoft SMTPSVC; Wed, 18 Nov 2026 10:00:00 +0000",
			"from "+host+" by "+host+" nonsense ("+ip+")",
		)}, d.received...)
	}
	for range d.IntN(3) {
		d.fields = append(d.fields, field{one(d, "X-Mailer", "Subject", "X-Originating-IP", "From", "Message-ID"), one(d, "["+d.address()+"]", "again", "<1@x>")})
	}
}

// forgedMailer writes the marks of mail programs in the wrong places.
func forgedMailer(d *draft, _ []string) {
	d.set("X-Mailer", one(d, "Microsoft Outlook Express 6.00.2600.0000", "Microsoft Outlook, Build 10.0.2616", "The Bat! (v1.52f) Business", "QUALCOMM Windows Eudora Version 5.1"))
	d.set("Message-ID", one(d, "<000001c1a2b3$8e9f0a10$0201a8c0@desk>", "<"+d.digits(12)+"$"+d.digits(8)+"$0201a8c0@anna>", "<anna@example.com>", "<%RND@example.com>", "<"+strings.Repeat("A", 32)+".abc@example.com>"))
	d.set("Subject", one(d, "hello %NAME", "$RANDOM", "{%SUBJECT%}", "hi"))
	if d.IntN(2) == 0 {
		d.set("Return-Path", "<anna"+d.digits(4)+"@example.com>")
	}
}
