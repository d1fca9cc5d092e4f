package craft

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
	"time"
)

// draft is a mail in the making.
type draft struct {
	*rand.Rand
	maker *Maker

	received []string // newest first
	fields   []field
	text     []string // paragraphs of plain text
	markup   []string // pieces of HTML
	head     []string // pieces of HTML's head
	parts    []piece  // attached
	shape    shape
	charset  string
	coding   string // Content-Transfer-Encoding of text
	whole    string // stands at the very beginning of the body, as it is
}

type field struct{ name, value string }

// piece is an attached part.
type piece struct {
	fields []field
	body   string
}

// shape is how the text of a mail is sent.
type shape uint8

const (
	plainText shape = iota
	onlyHTML
	alternative
	mixed
)

var (
	givenNames = []string{"Anna", "Bogdan", "Chiara", "David Lee", "Erika M.", "\"Smith, Fred\"", "Gül", "support team", ""}
	mailHosts  = []string{"example.com", "mail.example.org", "gmail.com", "yahoo.com", "hotmail.com", "example.co.uk", "post.example.net", "aol.com"}
	boxNames   = []string{"anna", "b.dobbs", "info", "sales", "newsletter", "k1234567", "erika_m"}
	sentences  = []string{
		"The minutes of our last meeting are below.", "Please have a look before Thursday and tell me what is missing.",
		"We have moved the date to next week.", "Thank you for your order, it will be sent within two days.",
		"Our office is closed on Monday.", "Call me when you are back, or write to the list.",
		"Das Treffen findet im großen Saal statt.", "The new price list is valid from the first of next month.",
	}
)

// begin fills in a mail that nothing is wrong with, of one of several common shapes.
func (d *draft) begin() {
	d.shape = shape(d.IntN(4))
	d.charset = one(d, "us-ascii", "utf-8", "utf-8", "iso-8859-1", "windows-1252")
	d.coding = one(d, "7bit", "8bit", "quoted-printable", "base64", "quoted-printable")
	date := time.Date(2026, 11, 10+d.IntN(10), d.IntN(24), d.IntN(60), d.IntN(60), 0, time.UTC)
	host := one(d, mailHosts...)
	d.received = append(d.received, fmt.Sprintf("from %s (%s [%s])\n\tby mx.example.net (Postfix) with ESMTP id %X\n\tfor <you@example.net>; %s",
		"out."+host, one(d, "out."+host, "unknown", "dsl-"+d.digits(3)+".example.org"), d.address(), d.Uint32(), date.Format(time.RFC1123Z)))
	if d.IntN(2) == 0 {
		d.received = append(d.received, fmt.Sprintf("from [%s] (port=%d helo=desk)\n\tby out.%s with esmtpsa; %s", d.address(), d.IntN(60000), host, date.Add(-time.Minute).Format(time.RFC1123Z)))
	}
	sender := one(d, boxNames...) + "@" + host
	d.set("Return-Path", "<"+sender+">")
	d.set("From", strings.TrimSpace(one(d, givenNames...)+" <"+sender+">"))
	d.set("To", one(d, "you@example.net", "\"You\" <you@example.net>", "you@example.net, them@example.net"))
	d.set("Subject", one(d, "Minutes", "Re: your order 4711", "Invitation", "hello", "Next week's dates"))
	d.set("Date", date.Format(time.RFC1123Z))
	d.set("Message-ID", fmt.Sprintf("<%x.%d@%s>", d.Uint64(), d.IntN(1e6), host))
	d.set("MIME-Version", "1.0")
	for range 1 + d.IntN(3) {
		d.text = append(d.text, one(d, sentences...))
	}
}

func one(d *draft, of ...string) string { return of[d.IntN(len(of))] }

// digits gives n random digits.
func (d *draft) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + d.IntN(10))
	}
	return string(b)
}

// address gives an IPv4 address that is nobody's own network.
func (d *draft) address() string {
	return fmt.Sprintf("%d.%d.%d.%d", one8(d, 8, 62, 81, 93, 145, 193, 203, 217), d.IntN(256), d.IntN(256), 1+d.IntN(254))
}

func one8(d *draft, of ...int) int { return of[d.IntN(len(of))] }

// set writes a field in place of the one of its name, or behind all others.
func (d *draft) set(name, value string) {
	for i := range d.fields {
		if strings.EqualFold(d.fields[i].name, name) {
			d.fields[i].value = value
			return
		}
	}
	d.fields = append(d.fields, field{name, value})
}

// drop takes a field out.
func (d *draft) drop(name string) {
	kept := d.fields[:0]
	for _, f := range d.fields {
		if !strings.EqualFold(f.name, name) {
			kept = append(kept, f)
		}
	}
	d.fields = kept
}

// get reads a field.
func (d *draft) get(name string) string {
	for _, f := range d.fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// bytes writes the mail.
func (d *draft) bytes() []byte {
	var b strings.Builder
	content, body := d.content()
	for _, f := range d.fields {
		if strings.EqualFold(f.name, "Return-Path") {
			writeField(&b, f.name, f.value)
		}
	}
	for _, r := range d.received {
		writeField(&b, "Received", r)
	}
	own := false // Content-Type was set for itself
	for _, f := range d.fields {
		own = own || strings.EqualFold(f.name, "Content-Type")
		if !strings.EqualFold(f.name, "Return-Path") {
			writeField(&b, f.name, f.value)
		}
	}
	for _, f := range content {
		if !own || !strings.EqualFold(f.name, "Content-Type") {
			writeField(&b, f.name, f.value)
		}
	}
	b.WriteByte('\n')
	b.WriteString(d.whole)
	b.WriteString(body)
	return []byte(b.String())
}

// writeField writes a field; a line end within the value folds it.
func writeField(b *strings.Builder, name, value string) {
	value = strings.TrimRight(value, "\r\n")
	for i, line := range strings.Split(value, "\n") {
		switch {
		case i == 0:
			b.WriteString(name + ": ")
		case line == "" || line[0] != ' ' && line[0] != '\t':
			b.WriteByte(' ')
		}
		b.WriteString(line + "\n")
	}
}

// content gives the fields and the body that the text and the parts make.
func (d *draft) content() (fields []field, body string) {
	switch {
	case len(d.parts) > 0 || d.shape == mixed && len(d.markup) == 0:
		return d.multipart("mixed", append([]piece{d.textPart()}, d.parts...))
	case d.shape == alternative:
		return d.multipart("alternative", []piece{d.encoded("text/plain", strings.Join(d.text, "\n\n")), d.encoded("text/html", d.html())})
	}
	p := d.textPart()
	return p.fields, p.body
}

func (d *draft) textPart() piece {
	if d.shape == onlyHTML || len(d.markup) > 0 {
		return d.encoded("text/html", d.html())
	}
	return d.encoded("text/plain", strings.Join(d.text, "\n\n"))
}

var escape = strings.NewReplacer("<", "&lt;", ">", "&gt;", "&", "&amp;")

func (d *draft) html() string {
	var b strings.Builder
	b.WriteString("<html><head>" + strings.Join(d.head, "\n") + "</head>\n<body>\n")
	for _, p := range d.text {
		b.WriteString("<p>" + escape.Replace(p) + "</p>\n")
	}
	return b.String() + strings.Join(d.markup, "\n") + "\n</body></html>"
}

// encoded makes a text part.
func (d *draft) encoded(kind, text string) piece {
	p := piece{fields: []field{{"Content-Type", kind + "; charset=" + d.charset}, {"Content-Transfer-Encoding", d.coding}}, body: text + "\n"}
	switch d.coding {
	case "quoted-printable":
		var b strings.Builder
		w := quotedprintable.NewWriter(&b)
		w.Write([]byte(text)) // a strings.Builder takes everything
		w.Close()
		p.body = strings.ReplaceAll(b.String(), "\r\n", "\n") + "\n"
	case "base64":
		p.body = base64Lines(text)
	}
	return p
}

// base64Lines encodes in lines of 76 letters.
func base64Lines(text string) string {
	all := base64.StdEncoding.EncodeToString([]byte(text))
	var b strings.Builder
	for len(all) > 76 {
		b.WriteString(all[:76] + "\n")
		all = all[76:]
	}
	return b.String() + all + "\n"
}

// multipart puts parts together.
func (d *draft) multipart(kind string, parts []piece) (fields []field, body string) {
	border := fmt.Sprintf("=_%x", d.Uint64())
	var b strings.Builder
	b.WriteString("This is a message in MIME format.\n")
	for _, p := range parts {
		b.WriteString("\n--" + border + "\n")
		for _, f := range p.fields {
			writeField(&b, f.name, f.value)
		}
		b.WriteString("\n" + p.body)
	}
	b.WriteString("\n--" + border + "--\n")
	return []field{{"Content-Type", "multipart/" + kind + ";\n\tboundary=\"" + border + "\""}}, b.String()
}
