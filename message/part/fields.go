package part

import (
	"strings"

	"weir/message/anomaly"
	"weir/message/header"
)

// describe fills the fields that a part's header declares. The first Content-Type and the first
// Content-Transfer-Encoding are the canonical ones; splitter.alternatives looks at the others.
func (s *splitter) describe(p *Part, defaultType string) {
	p.Type, p.Encoding, p.limit = defaultType, "7bit", noLimit
	for i := range p.Header.Fields {
		f := &p.Header.Fields[i]
		switch {
		case len(f.Name) < 10 || lower(f.Name[0]) != 'c': // all of them begin with "Content-"
		case p.Media.Value == "" && f.Is("Content-Type"):
			s.setType(p, header.ParseMedia(f.Value(), s.notes))
		case p.Disposition == "" && f.Is("Content-Disposition"):
			s.setDisposition(p, header.ParseMedia(f.Value(), s.notes))
		case p.ContentID == "" && f.Is("Content-ID"):
			p.ContentID = strings.Trim(f.Value(), "<> \t")
		}
	}
	if f := p.Header.Get("Content-Transfer-Encoding"); f != nil {
		p.Encoding = encodingOf(f.Value())
	}
	s.checkName(p)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// setType takes over a Content-Type. An unusable one leaves the default (RFC 2045 section 5.2).
func (s *splitter) setType(p *Part, m header.Media) {
	p.Media = m
	major, minor, ok := strings.Cut(m.Value, "/")
	if !ok || major == "" || minor == "" {
		s.notes.Add(anomaly.TypeBad, m.Value)
	} else {
		p.Type = m.Value
	}
	charset, _ := m.Param("charset")
	p.Charset = strings.ToLower(strings.Trim(charset, "\"' "))
	if p.FileName == "" {
		p.FileName = m.Name("name")
	}
}

func (s *splitter) setDisposition(p *Part, m header.Media) {
	p.Disposition = m.Value
	name := m.Name("filename")
	if name == "" {
		return
	}
	if p.FileName != "" && extension(p.FileName) != extension(name) {
		s.notes.Add(anomaly.FileNameTwice, p.FileName+" | "+name)
	}
	p.FileName = name
}

// FileNames lists every name that some program may give the part, the canonical one (FileName) first.
func (p *Part) FileNames() []string {
	if p.FileName == "" {
		return nil
	}
	names := []string{p.FileName}
	add := func(field, param string) {
		for _, f := range p.Header.All(field) {
			m := header.ParseMedia(f.Value(), nil)
			for _, n := range m.Readings(param) {
				if cut, _, ok := strings.Cut(n, "\x00"); ok { // programs in C see no more of it
					names = addName(names, header.DecodeWords(cut))
				}
				names = addName(names, header.DecodeWords(n))
			}
		}
	}
	add("Content-Disposition", "filename")
	add("Content-Type", "name")
	return names
}

func addName(names []string, n string) []string {
	for _, have := range names {
		if have == n || n == "" {
			return names
		}
	}
	return append(names, n)
}

// checkName notes what tricks a file name plays on its reader.
func (s *splitter) checkName(p *Part) {
	for _, r := range p.FileName {
		switch {
		case r < ' ' || r == 0x7f:
			s.notes.Add(anomaly.FileNameControl, p.FileName)
			return
		case (r >= 0x200b && r <= 0x200f) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069):
			s.notes.Add(anomaly.FileNameBidi, p.FileName)
			return
		}
	}
}

func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	return strings.ToLower(name[i+1:])
}

// encodingOf gives a transfer encoding in lower case, without what stands around it.
func encodingOf(value string) string {
	value = strings.Trim(value, " \t\"';")
	if i := strings.IndexAny(value, " \t;("); i > 0 {
		value = value[:i]
	}
	if value == "" {
		return "7bit"
	}
	return strings.ToLower(value)
}

// encodingsIn lists the encodings that a value of several words names besides the first: "8bit base64".
func encodingsIn(value string) (more []string) {
	words := strings.FieldsFunc(value, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"';,()", r) })
	for _, w := range words[min(1, len(words)):] {
		if w = strings.ToLower(w); known(w) {
			more = addName(more, w)
		}
	}
	return more
}

// known tells whether an encoding is one that some program decodes.
func known(encoding string) bool {
	switch encoding {
	case "7bit", "8bit", "binary", "base64", "quoted-printable":
		return true
	}
	return isUUEncoding(encoding)
}

func isUUEncoding(e string) bool {
	return e == "x-uuencode" || e == "uuencode" || e == "x-uue" || e == "uue"
}
