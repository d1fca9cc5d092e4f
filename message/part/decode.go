package part

import (
	"bytes"
	"strings"
	"unsafe"

	"github.com/gabriel-vasile/mimetype"

	"weir/message/anomaly"
	"weir/message/charset"
	"weir/message/html"
)

// Body returns the body with its transfer encoding decoded. Where nothing needs decoding it is Raw itself.
// What the decoder budget forbade is missing; Unscanned tells so.
func (p *Part) Body() []byte {
	p.bodyDo.Do(func() { p.body = p.decode(p.Raw[:min(len(p.Raw), p.limit)]) })
	return p.body
}

func (p *Part) decode(raw []byte) []byte {
	switch {
	case p.mode == decoded:
		return raw
	case p.Encoding == "base64":
		return decodeBase64(raw, p.mode == ignorePads, p.noted)
	case p.Encoding == "quoted-printable":
		return decodeQuoted(raw, p.noted)
	case isUUEncoding(p.Encoding):
		return decodeUUBody(raw, p.noted)
	}
	return raw
}

// Text returns the body of a text part in UTF-8, whatever its charset; "" for other parts. Of HTML it is the source.
func (p *Part) Text() string {
	p.textDo.Do(func() {
		if !p.hasText() {
			return
		}
		label := p.Charset
		if label == "" && p.isHTML() {
			label = metaCharset(p.Body())
		}
		text, flags := charset.Decode(p.Body(), label)
		p.text = text
		p.noteCharset(flags)
	})
	return p.text
}

// hasText tells whether the part is made to be read: text, and the fields of notices.
func (p *Part) hasText() bool {
	switch p.Type {
	case "message/delivery-status", "message/disposition-notification", "message/feedback-report",
		"application/xhtml+xml", "application/ics":
		return true
	}
	return p.IsText()
}

func (p *Part) noteCharset(f charset.Flags) {
	if f&charset.Unknown != 0 {
		p.noted.Add(anomaly.CharsetUnknown, p.Charset)
	}
	if f&charset.Lying != 0 {
		p.noted.Add(anomaly.CharsetLying, p.Charset)
	}
	if f&charset.UTF7 != 0 {
		p.noted.Add(anomaly.CharsetUTF7, p.Charset)
	}
	if f&charset.NoBOM != 0 {
		p.noted.Add(anomaly.CharsetNoBOM, p.Charset)
	}
	if f&(charset.Undeclared|charset.Guessed) != 0 {
		p.noted.Add(anomaly.CharsetUndeclared, p.Charset)
	}
}

func (p *Part) isHTML() bool { return p.Type == "text/html" || p.Type == "application/xhtml+xml" }

// metaBytes is how far into HTML a charset is looked for, as in the WHATWG HTML standard.
const metaBytes = 1024

// metaCharset finds the charset that HTML names in a meta element, for a part whose header names none.
func metaCharset(body []byte) string {
	head := bytes.ToLower(body[:min(len(body), metaBytes)])
	_, rest, ok := bytes.Cut(head, []byte("charset="))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, " \t\r\n\"'")
	if i := bytes.IndexAny(rest, " \t\r\n\"'>;/"); i >= 0 {
		rest = rest[:i]
	}
	return string(rest)
}

// maxRendered bounds the text rendered from one HTML part, in bytes.
const maxRendered = 4 << 20

// HTML returns the rendered part, nil for a part that is no HTML. It must not be changed.
func (p *Part) HTML() *html.Document {
	p.htmlDo.Do(func() {
		if !p.isHTML() {
			return
		}
		p.doc = html.Render(p.Text(), maxRendered)
		if p.doc.Truncated {
			p.noted.Add(anomaly.HTMLTruncated, "")
		}
	})
	return p.doc
}

// Visible returns what a reader sees of a text part: rendered HTML, else the text itself.
func (p *Part) Visible() string {
	if doc := p.HTML(); doc != nil {
		return doc.Text
	}
	return p.Text()
}

// sniffBytes is how much of a body is looked at to find its true type.
const sniffBytes = 3072

// Detected returns the media type that the body's first bytes show, without parameters: "application/octet-stream"
// where they show none.
func (p *Part) Detected() string {
	p.typeDo.Do(func() {
		body := p.Body()
		m := mimetype.Detect(body[:min(len(body), sniffBytes)])
		p.detected, _, _ = strings.Cut(m.String(), ";")
	})
	return p.detected
}

// Notes decodes the part if nobody has yet, and returns what was odd about its encoding and charset.
func (p *Part) Notes() *anomaly.Set {
	p.Body()
	p.Text()
	p.HTML()
	return p.noted
}

// view gives bytes as a string without copying them. They never change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// looksBase64 tells whether raw may be base64: its first line has nothing else.
func looksBase64(raw []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(raw, " \t\r\n"), []byte("\n"))
	digits := 0
	for _, c := range line {
		if base64Values[c] < 64 {
			digits++
		}
	}
	return digits >= 8 && digits*10 >= len(line)*8 || digits > 0 && digits+4 >= len(line)
}
