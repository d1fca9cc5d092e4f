// Package markup looks into attached HTML and SVG for scripts: those that put a file together in the browser (HTML
// smuggling), those that draw a login page, and those in pictures, where nobody needs any.
package markup

import (
	"bytes"
	"strings"

	"weir/message/charset"
	"weir/message/html"
	"weir/message/link"
)

// Report is what was found. The zero value: nothing.
type Report struct {
	Script    bool   // scripts, event handlers or javascript: addresses
	Smuggling string // how a file is put together out of the text; "" it is not
	Password  bool   // asks for a password
	Goto      bool   // leads elsewhere by itself
	Cut       bool   // longer than what is looked at
	Links     []link.Link
}

// The bounds.
const (
	maxText  = 4 << 20 // bytes that are looked at
	longData = 2000    // base64 digits in a row that are no picture
)

// plain is the text of a file, of a long one its beginning, in UTF-8 where a mark tells that it is in UTF-16, as browsers read it.
func plain(data []byte) string {
	data = data[:min(len(data), maxText)]
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		text, _ := charset.Decode(data, "")
		return text
	}
	return string(data)
}

// HTML looks at an HTML document.
func HTML(data []byte) (r Report) {
	r.Cut = len(data) > maxText
	text := plain(data)
	doc := html.Render(text, maxText)
	r.Script = doc.Scripts > 0
	r.Goto = doc.MetaGoto != ""
	for i := range doc.Forms {
		r.Password = r.Password || doc.Forms[i].Password
	}
	if !r.Password && r.Script {
		r.Password = strings.Contains(text, `type="password"`) || strings.Contains(text, `type=\"password\"`) || strings.Contains(text, "type='password'")
	}
	var found link.Finder
	found.HTML(doc)
	r.Links = found.Links
	if r.Script || strings.Contains(text, "data:") {
		r.Smuggling = smuggling(strings.ToLower(text))
	}
	return r
}

// makers are the calls by which a script makes a file out of text.
var makers = []string{"createobjecturl", "mssaveoropenblob", "mssaveblob", "showsavefilepicker", "new blob(", "new file("}

// decoders are the calls by which a script unpacks the text.
var decoders = []string{"atob(", "uint8array", "fromcharcode", "charcodeat", "unescape(", "decodeuricomponent(", "textdecoder"}

// smuggling tells how a document makes a file or a page that is not to be seen in its text.
func smuggling(text string) string {
	decoder := first(text, decoders)
	maker := first(text, makers)
	switch {
	case maker != "" && decoder != "":
		return strings.TrimRight(maker, "(") + " with " + strings.TrimRight(decoder, "(")
	case strings.Contains(text, " download") && dataLink(text):
		return "a link that downloads its own data"
	case decoder != "" && (strings.Contains(text, "document.write(") || strings.Contains(text, "eval(")) && longRun(text):
		return "a page unpacked with " + strings.TrimRight(decoder, "(")
	}
	return ""
}

func first(text string, words []string) string {
	for _, w := range words {
		if strings.Contains(text, w) {
			return w
		}
	}
	return ""
}

// dataLink tells whether there is a data: address that is no picture, font or sound.
func dataLink(text string) bool {
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "data:")
		if !ok {
			return false
		}
		for _, kind := range [...]string{"application/", "text/html", "text/xml", "octet/"} {
			if strings.HasPrefix(after, kind) && !strings.HasPrefix(after, "application/font") && !strings.HasPrefix(after, "application/x-font") {
				return true
			}
		}
		rest = after
	}
}

// longRun tells whether there is a long run of base64 or hexadecimal digits outside of data: addresses.
func longRun(text string) bool {
	run, picture := 0, false
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' || c == '%' || c == '\\' {
			if run++; run == longData && !picture {
				return true
			}
			continue
		}
		picture = c == ',' && strings.HasSuffix(text[:i], ";base64")
		run = 0
	}
	return false
}

// SVG looks at a picture in SVG.
func SVG(data []byte) (r Report) {
	r.Cut = len(data) > maxText
	data = []byte(plain(data))
	lower := bytes.ToLower(data)
	r.Script = bytes.Contains(lower, []byte("<script")) || bytes.Contains(lower, []byte(":script")) || bytes.Contains(lower, []byte("javascript:")) ||
		bytes.Contains(lower, []byte("data:text/html")) || handler(lower)
	r.Password = bytes.Contains(lower, []byte(`type="password"`))
	if r.Script {
		r.Smuggling = smuggling(string(lower))
	}
	var found link.Finder
	found.HTML(html.Render(string(data), maxText))
	for rest := string(data); len(found.Links) < 500; {
		_, after, ok := strings.Cut(rest, "href=")
		if !ok {
			break
		}
		if after != "" && (after[0] == '"' || after[0] == '\'') {
			value, _, _ := strings.Cut(after[1:], after[:1])
			if l, ok := link.Parse(value); ok && (l.Scheme == "http" || l.Scheme == "https") {
				l.Source = link.Href
				found.Add(l)
			}
		}
		rest = after
	}
	for _, l := range found.Links {
		if l.Domain != "w3.org" {
			r.Links = append(r.Links, l)
		}
	}
	return r
}

// handler tells whether an element has an on… attribute.
func handler(lower []byte) bool {
	for _, name := range [...]string{"onload", "onclick", "onerror", "onmouseover", "onbegin", "onfocus", "onactivate", "onend"} {
		rest := lower
		for {
			i := bytes.Index(rest, []byte(name))
			if i < 0 {
				break
			}
			rest = rest[i+len(name):]
			if after := bytes.TrimLeft(rest[:min(len(rest), 8)], " \t\r\n"); bytes.HasPrefix(after, []byte("=")) {
				return true
			}
		}
	}
	return false
}
