package craft

import (
	"regexp"
	"strings"

	"weir/rules"
)

// maxNested bounds metas within metas.
const maxNested = 6

// aim puts into the mail what a rule looks for.
func (d *draft) aim(r *rules.Rule, depth int) {
	if name, args, ok := call(r.Text); ok {
		d.scene(name, args)
		return
	}
	switch r.Kind {
	case rules.Header:
		d.header(r)
	case rules.Body:
		d.paragraph(d.grow(r))
	case rules.RawBody:
		d.rawText(d.grow(r))
	case rules.Full:
		d.full(d.grow(r))
	case rules.URI:
		d.link(d.grow(r))
	case rules.Meta:
		d.meta(r, depth)
	case rules.MIMEHeader, rules.URIDetail:
		d.attached(r)
	}
}

func (d *draft) grow(r *rules.Rule) string {
	source := r.Source()
	if source == "" {
		source = r.Text
	}
	text, _ := grow(d.Rand, source)
	return text
}

// call takes apart eval:name(args).
func call(text string) (name string, args []string, ok bool) {
	_, rest, ok := strings.Cut(text, "eval:")
	if !ok {
		return "", nil, false
	}
	name, rest, _ = strings.Cut(rest, "(")
	rest, _, _ = strings.Cut(rest, ")")
	for arg := range strings.SplitSeq(rest, ",") {
		args = append(args, strings.Trim(arg, " '\""))
	}
	return strings.TrimSpace(name), args, true
}

// test is what a header rule says: a target, whether it must match, and a pattern.
var test = regexp.MustCompile(`(?s)^(\S+)\s*([=!]~)\s*(.*)$`)

func (d *draft) header(r *rules.Rule) {
	if name, ok := strings.CutPrefix(r.Text, "exists:"); ok {
		d.set(strings.TrimSpace(name), one(d, "1", "yes", "anna@example.com", "Wed, 18 Nov 2026 10:00:00 +0000"))
		return
	}
	parts := test.FindStringSubmatch(r.Text)
	if parts == nil {
		return
	}
	text := ""
	if parts[2] == "=~" {
		text = d.grow(r)
	} else {
		text = one(d, "something else", "x", sentences[0])
	}
	d.target(parts[1], text)
}

// target puts a text where a header rule looks.
func (d *draft) target(target, text string) {
	name, mods, _ := strings.Cut(target, ":")
	switch lower := strings.ToLower(name); {
	case strings.HasPrefix(lower, "all"):
		d.lines(text)
	case strings.HasPrefix(lower, "x-spam-relays"):
		d.relay(text)
	case lower == "tocc":
		d.set(one(d, "To", "Cc"), d.modified(mods, text))
	case lower == "messageid":
		d.set("Message-ID", text)
	case lower == "envelopefrom":
		d.set("Return-Path", "<"+text+">")
	case lower == "received":
		d.received = append([]string{text}, d.received...)
	default:
		d.set(name, d.modified(mods, text))
	}
}

// modified writes a value that a modifier takes the text out of again.
func (d *draft) modified(mods, text string) string {
	switch {
	case strings.Contains(mods, "addr"):
		switch _, host, ok := strings.Cut(text, "@"); {
		case ok && host == "":
			text += one(d, mailHosts...)
		case !ok && d.IntN(2) == 0:
			text = one(d, boxNames...) + "@" + text
		case !ok:
			text += "@" + one(d, mailHosts...)
		}
		return "\"A Name\" <" + text + ">"
	case strings.Contains(mods, "name"):
		return "\"" + text + "\" <anna@example.com>"
	}
	return text
}

// lines puts header lines in; text that is no field becomes one.
func (d *draft) lines(text string) {
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(name, " \t") || name == "" {
			name, value = "X-Note", line
		}
		d.fields = append(d.fields, field{name, strings.TrimSpace(value)})
	}
}

var relayWord = regexp.MustCompile(`\b(ip|rdns|helo|by|ident|id|auth)=(\S*)`)

// relay writes a Received field that gives the words of a line of relays.
func (d *draft) relay(text string) {
	word := map[string]string{}
	for _, m := range relayWord.FindAllStringSubmatch(text, -1) {
		if _, ok := word[m[1]]; !ok {
			word[m[1]] = strings.TrimRight(m[2], "]")
		}
	}
	if word["ip"] == "" || strings.Count(word["ip"], ".") != 3 {
		word["ip"] = d.address()
	}
	if word["helo"] == "" {
		word["helo"] = one(d, "mail.example.com", word["rdns"]+"x", "friend")
	}
	if word["by"] == "" {
		word["by"] = "mx.example.net"
	}
	rdns := word["rdns"]
	if rdns == "" {
		rdns = "unknown"
	}
	with := one(d, "ESMTP", "SMTP")
	if word["auth"] != "" {
		with = "ESMTPA"
	}
	d.received = append([]string{"from " + word["helo"] + " (" + rdns + " [" + word["ip"] + "])\n\tby " + word["by"] + " (Postfix) with " + with +
		" id " + word["id"] + "\n\tfor <you@example.net>; Wed, 18 Nov 2026 10:00:00 +0000"}, d.received...)
}

func (d *draft) paragraph(text string) {
	if d.IntN(3) == 0 {
		text = one(d, sentences...) + " " + text + " " + one(d, sentences...)
	}
	d.text = append(d.text, text)
}

// rawText puts a text in as it is: into a text part that is not encoded, or as markup.
func (d *draft) rawText(text string) {
	if strings.Contains(text, "<") || d.IntN(3) == 0 {
		d.markup = append(d.markup, text)
		if d.shape == plainText {
			d.shape = onlyHTML
		}
		return
	}
	d.text = append(d.text, text)
}

func (d *draft) full(text string) {
	if d.IntN(2) == 0 {
		d.coding = "7bit"
	}
	d.whole += text + "\n"
}

// link writes a link of which a uri rule sees the text.
func (d *draft) link(text string) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, ":") {
		host := one(d, "http://www.example.com", "https://example.org/a", "http://")
		if !strings.HasPrefix(text, "/") && host != "http://" {
			host += "/"
		}
		text = host + text
	}
	if d.IntN(2) == 0 {
		d.markup = append(d.markup, "<a href=\""+text+"\">"+one(d, "here", "click", text)+"</a>")
		return
	}
	d.text = append(d.text, "See "+text+" ")
}

// attached aims at a rule about the fields of parts.
func (d *draft) attached(r *rules.Rule) {
	parts := test.FindStringSubmatch(r.Text)
	if parts == nil {
		return
	}
	source := r.Source()
	if source == "" {
		source = parts[3]
	}
	text, _ := grow(d.Rand, source)
	name, _, _ := strings.Cut(parts[1], ":")
	p := piece{fields: []field{{"Content-Type", "application/octet-stream; name=\"note.bin\""}, {"Content-Transfer-Encoding", "base64"}}, body: base64Lines("just some bytes")}
	kept := p.fields[:0]
	for _, f := range p.fields {
		if !strings.EqualFold(f.name, name) {
			kept = append(kept, f)
		}
	}
	p.fields = append(kept, field{name, text})
	d.parts = append(d.parts, p)
}
