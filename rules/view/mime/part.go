package mime

import (
	"strings"

	"weir/rules/ascii"
	"weir/rules/view/charset"
	"weir/rules/view/field"
)

// Part is a part of a message.
type Part struct {
	Type       string // media type in lower case, text/plain where none is declared
	Charset    string // as declared, "" none
	HasCharset bool   // false: none is declared, and US-ASCII is meant
	Name       string // of the file, from Content-Disposition or Content-Type
	Fields     []Field
	Children   []*Part
	Cut        bool // the end of a long text was not decoded

	parent    bool // it is a multipart or holds a message: it has no text of its own
	body      []byte
	decoded   []byte
	isDecoded bool
	content   *Content
}

// IsLeaf tells whether the part has content of its own.
func (p *Part) IsLeaf() bool { return !p.parent }

// Raw is the body as it came, in lines that end in LF; nil for a part with children.
func (p *Part) Raw() []byte { return p.body }

// Effective is the type by which a part is shown: HTML too where only the file's name says so.
func (p *Part) Effective() string {
	name := ascii.ToLower(strings.TrimSuffix(p.Name, "\n"))
	for _, end := range []string{".htm", ".html", ".shtm", ".shtml"} {
		if strings.HasSuffix(name, end) {
			return "text/html"
		}
	}
	return p.Type
}

// settle ends the reading of a part that is not split: type, charset and name.
func (p *Part) settle(j job) {
	ct := p.contentType()
	if !ct.Missing {
		p.Type = ct.Type
		if hasPrefix(ct.Type, "multipart/") && !j.bounded {
			p.Type = "text/plain"
		}
	}
	p.Charset, p.HasCharset = ct.Charset, ct.HasCharset
	if p.Name = dispositionName(p.Value("content-disposition")); p.Name == "" && ct.Name != "0" {
		p.Name = ct.Name
	}
	if p.body = j.body; j.lead { // the line that was thought in front stays
		p.body = append([]byte{'\n'}, j.body...)
	}
}

// dispositionName gives the file's name in a Content-Disposition field.
func dispositionName(value string) string {
	low := ascii.ToLower(value)
	for at := 0; ; {
		i := strings.Index(low[at:], "name=")
		if i < 0 {
			return ""
		}
		at += i + len("name=")
		s := value[skipSpace(value, at):]
		s = strings.TrimPrefix(s, `"`)
		if j := strings.IndexAny(s, `";`); j > 0 {
			return s[:j]
		} else if j < 0 && s != "" {
			return s
		}
	}
}

// contentType reads the part's Content-Type, the last one where there are several.
func (p *Part) contentType() *Content {
	if p.content == nil || p.content.Missing {
		c := ParseContent(p.Value("content-type"))
		p.content = &c
	}
	return p.content
}

// Content is what the part's Content-Type says.
func (p *Part) Content() Content { return *p.contentType() }

// Value gives the decoded value of the last field of a name, which is in lower case; "" where there is none.
func (p *Part) Value(name string) string {
	for i := len(p.Fields) - 1; i >= 0; i-- {
		if len(p.Fields[i].Name) == len(name) && ascii.ToLower(p.Fields[i].Name) == name {
			return p.Fields[i].Value()
		}
	}
	return ""
}

// Value is the field's value: unfolded, without white space around it, decoded.
func (f *Field) Value() string { return string(field.Decode(f.Name, f.Raw)) }

// Text gives a leaf's text in UTF-8; wide tells that it was decoded from octets beyond ASCII.
func (p *Part) Text() (text []byte, wide bool) {
	label := p.Charset
	if !p.HasCharset {
		label = "us-ascii"
	}
	return charset.UTF8(p.Decoded(), label)
}
