package part

import (
	"bytes"
	"strings"

	"weir/message/anomaly"
	"weir/message/header"
)

// ambiguities notes what other programs may read differently in a part's own fields.
func (s *splitter) ambiguities(p *Part, e entity) {
	s.types(p)
	s.encodings(p)
	s.boundaries(p)
	if other := e.source.Other; other >= 0 && other != e.source.Body {
		s.elsewhere(p, e.source.Raw, other, e.defaultType)
	}
}

// elsewhere adds the reading of a program for which the body begins at another place. Before the canonical place that
// is where the header has a line that is no field, or one of white space only.
func (s *splitter) elsewhere(p *Part, raw []byte, at int, defaultType string) {
	s.later(p, func(s *splitter, p *Part) {
		h, _ := header.Parse(raw[:at:at], s.lim.HeaderBytes, nil)
		s.again(p, func(q *Part) {
			q.Header, q.Raw, q.Media = h, raw[at:], header.Media{}
			q.Charset, q.Disposition, q.FileName, q.ContentID = "", "", "", ""
			s.describe(q, defaultType)
		})
	})
}

// delimiterInHeader handles a missing empty line: the line in a header that is no field is the very delimiter that the
// header names, so its parts begin there for nearly every program. The other reading is kept.
func (s *splitter) delimiterInHeader(p *Part, e entity) Source {
	src := e.source
	if src.Other < 0 || src.Other >= src.Body || !bytes.HasPrefix(src.Raw[src.Other:], []byte("--")) {
		return src
	}
	q := &Part{}
	q.Header, _ = header.Parse(src.Raw[:src.Other:src.Other], s.lim.HeaderBytes, nil)
	(&splitter{}).describe(q, e.defaultType)
	boundary, ok := q.Media.Param("boundary")
	c := cutter{body: src.Raw, boundary: boundary}
	if kind, _ := c.classify(src.Other); !ok || !q.IsMultipart() || kind != delimiter {
		return src
	}
	src.Body, src.Other = src.Other, src.Body
	p.Header, p.Raw, p.Media = q.Header, src.Raw[src.Body:], q.Media
	p.Type, p.Encoding, p.Charset, p.Disposition, p.FileName, p.ContentID = q.Type, q.Encoding, q.Charset, q.Disposition, q.FileName, q.ContentID
	return src
}

// types looks at further Content-Type fields (CVE-2024-28054).
func (s *splitter) types(p *Part) {
	first, n := "", 0
	var known map[string]bool // the values so far, once there are two
	for _, f := range p.Header.All("Content-Type") {
		v := f.Value()
		if n++; n == 1 {
			first = v
			continue
		}
		if known == nil {
			known = map[string]bool{first: true, "": true}
		}
		if known[v] {
			continue
		}
		known[v] = true
		s.notes.Add(anomaly.TypeTwice, v)
		s.later(p, func(s *splitter, p *Part) {
			s.again(p, func(q *Part) {
				q.Type = "text/plain"
				s.setType(q, header.ParseMedia(v, nil))
			})
		})
	}
}

// encodings looks at further and at unknown Content-Transfer-Encoding fields.
func (s *splitter) encodings(p *Part) {
	n := 0
	for _, f := range p.Header.All("Content-Transfer-Encoding") {
		e := encodingOf(f.Value())
		if n++; n > 1 && e != p.Encoding {
			s.notes.Add(anomaly.EncodingTwice, p.Encoding+" | "+e)
			s.reencode(p, e)
		}
		if !known(e) {
			s.notes.Add(anomaly.EncodingUnknown, e)
			if n == 1 {
				s.reencode(p, "base64")
				s.reencode(p, "quoted-printable")
			}
		}
		for _, other := range encodingsIn(f.Value()) {
			if other != e {
				s.notes.Add(anomaly.EncodingTwice, e+" | "+other)
				s.reencode(p, other)
			}
		}
		if n >= 8 {
			return
		}
	}
	if p.Encoding == "base64" && len(p.Raw) > 0 && !looksBase64(p.Raw) {
		s.reencode(p, "7bit") // programs show it as it stands
	}
	if p.Encoding == "base64" && padInside(p.Raw) {
		s.notes.Add(anomaly.Base64EarlyPad, p.Type)
		s.later(p, func(s *splitter, p *Part) {
			s.again(p, func(q *Part) { q.mode = ignorePads })
		})
	}
}

func (s *splitter) reencode(p *Part, encoding string) {
	s.later(p, func(s *splitter, p *Part) {
		if decodesTo(p.Raw, encoding) {
			s.again(p, func(q *Part) { q.Encoding = encoding })
		}
	})
}

// decodesTo tells whether decoding changes the bytes at all.
func decodesTo(raw []byte, encoding string) bool {
	switch encoding {
	case "quoted-printable":
		return bytes.IndexByte(raw, '=') >= 0
	case "base64":
		return looksBase64(raw)
	}
	return true
}

// boundaryReadings lists every boundary that a program may come to, the canonical one first: besides the readings of
// the parameter those without quotes or blanks around them, and up to a NUL, where a program in C would stop.
func boundaryReadings(m header.Media) []string {
	all := m.Readings("boundary")
	for _, b := range all {
		trimmed := strings.Trim(b, " \t'\"")
		cut, _, _ := strings.Cut(b, "\x00")
		all = addName(addName(all, trimmed), cut)
	}
	return all
}

// boundaries looks at all readings of a multipart's boundary.
func (s *splitter) boundaries(p *Part) {
	isMultipart := p.IsMultipart()
	if !isMultipart && (p.Media.Value == "" || p.Media.Value == p.Type) {
		return
	}
	for i, b := range boundaryReadings(p.Media) {
		if b == "" || isMultipart && i == 0 {
			continue
		}
		s.notes.Add(anomaly.ParamTwice, "boundary: "+b)
		s.later(p, func(s *splitter, p *Part) { s.recut(p, p.Raw, cutter{boundary: b}) })
	}
}
