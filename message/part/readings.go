package part

import (
	"bytes"
	"strings"
	"unsafe"

	"weir/message/anomaly"
	"weir/message/header"
)

// alternative is a way in which another program may read a part.
type alternative struct {
	of    *Part                  // the part as read so far
	build func(*splitter, *Part) // makes the other reading's parts
}

// identity tells leaves apart: the same bytes, read as the same type.
type identity struct {
	data     *byte
	size     int
	kind     string
	encoding string
	charset  string
	mode     mode
}

func identify(p *Part) identity {
	return identity{unsafe.SliceData(p.Raw), len(p.Raw), p.Type, p.Encoding, p.Charset, p.mode}
}

// later keeps an alternative until the canonical tree is done.
func (s *splitter) later(p *Part, build func(*splitter, *Part)) {
	if len(s.pending) >= maxReadings {
		s.notes.Add(anomaly.ReadingsLimit, "")
		return
	}
	s.pending = append(s.pending, alternative{p, build})
}

// follow builds the alternatives. They may be ambiguous in turn; the number of readings, the parts and the work on
// them bound it all.
func (s *splitter) follow() {
	if len(s.pending) == 0 {
		return
	}
	s.seen = make(map[identity]struct{}, len(s.parts))
	for _, p := range s.parts {
		s.seen[identify(p)] = struct{}{}
	}
	for i := 0; i < len(s.pending); i++ {
		a := s.pending[i]
		if s.work -= len(a.of.Raw); s.work < 0 {
			s.notes.Add(anomaly.ReadingsLimit, "")
			return
		}
		s.reading++
		s.attempt(a)
	}
}

// attempt builds one alternative and keeps those of its leaves that are new.
func (s *splitter) attempt(a alternative) {
	from := len(s.parts)
	a.build(s, a.of)
	kept := s.parts[:from]
	for _, p := range s.parts[from:] {
		id := identify(p)
		if _, have := s.seen[id]; have && !hasChildren(p) {
			drop(p)
			continue
		}
		s.seen[id] = struct{}{}
		kept = append(kept, p)
	}
	s.parts = s.withoutEmpty(kept, from)
}

func hasChildren(p *Part) bool { return len(p.Children) > 0 }

// drop takes a part from its parent.
func drop(p *Part) {
	if p.Parent == nil {
		return
	}
	for i, c := range p.Parent.Children {
		if c == p {
			p.Parent.Children = append(p.Parent.Children[:i:i], p.Parent.Children[i+1:]...)
			return
		}
	}
}

// withoutEmpty leaves out multiparts that lost all their children, from the last to the first.
func (s *splitter) withoutEmpty(parts []*Part, from int) []*Part {
	for i := len(parts) - 1; i >= from; i-- {
		if p := parts[i]; !p.IsLeaf() && !hasChildren(p) {
			drop(p)
			parts = append(parts[:i], parts[i+1:]...)
		}
	}
	return parts
}

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

// again adds another reading of p, changed by edit, with all below it.
func (s *splitter) again(p *Part, edit func(q *Part)) {
	q := &Part{Parent: p.Parent, Depth: p.Depth, Reading: s.reading, Header: p.Header, Raw: p.Raw, Type: p.Type,
		Charset: p.Charset, Encoding: p.Encoding, Disposition: p.Disposition, FileName: p.FileName,
		ContentID: p.ContentID, Embedded: p.Embedded, Media: p.Media}
	q.limit = noLimit
	edit(q)
	if parent := q.Parent; parent != nil {
		q.Parent = nil // the canonical parent keeps its canonical children
		defer func() { q.Parent = parent }()
	}
	if s.add(q) {
		s.expand(q)
	}
}

// types looks at further Content-Type fields (CVE-2024-28054).
func (s *splitter) types(p *Part) {
	first := true
	var values []string
	for _, f := range p.Header.All("Content-Type") {
		v := f.Value()
		if first {
			values, first = append(values, v), false
			continue
		}
		if len(values) >= 8 {
			s.notes.Add(anomaly.ReadingsLimit, "Content-Type")
			return
		}
		if n := len(values); len(addName(values, v)) == n {
			continue
		}
		values = append(values, v)
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

// boundaries looks at all readings of a multipart's boundary.
func (s *splitter) boundaries(p *Part) {
	isMultipart := p.IsMultipart()
	if !isMultipart && (p.Media.Value == "" || p.Media.Value == p.Type) {
		return
	}
	all := p.Media.Readings("boundary")
	if isMultipart && len(all) > 0 {
		all = all[1:]
	}
	for _, b := range all {
		if b == "" {
			continue
		}
		s.notes.Add(anomaly.ParamTwice, "boundary: "+b)
		s.later(p, func(s *splitter, p *Part) { s.recut(p, p.Raw, cutter{boundary: b}) })
	}
}

// recut cuts a body at another boundary, or by another rule, and keeps the parts that are new.
func (s *splitter) recut(p *Part, body []byte, c cutter) {
	c.body, c.max = body, s.lim.Parts
	var buf [8]span
	cut := c.cut(buf[:0])
	if len(cut.parts) == 0 {
		return
	}
	if !c.loose && !c.afterEnd && !c.quiet {
		s.notes.Add(anomaly.BoundaryTwice, c.boundary)
	}
	q := &Part{Depth: p.Depth, Reading: s.reading, Header: p.Header, Raw: body, Type: "multipart/mixed", Encoding: "7bit", Media: p.Media}
	if p.IsMultipart() {
		q.Type = p.Type
	}
	q.limit = noLimit
	if s.add(q) {
		s.children(q, body, cut)
	}
	q.Parent = p.Parent
}

// guessBoundary looks for a delimiter that the header does not name: a line with two hyphens before a MIME field.
func (s *splitter) guessBoundary(p *Part) {
	c := cutter{body: p.Raw}
	for i := c.first(); i < len(p.Raw); i = c.next(i) {
		line, rest, _ := bytes.Cut(p.Raw[i+2:], []byte("\n"))
		if len(line) < 200 && len(rest) > 8 && strings.EqualFold(string(rest[:8]), "Content-") {
			b := strings.TrimRight(string(line), " \t\r")
			s.later(p, func(s *splitter, p *Part) { s.recut(p, p.Raw, cutter{boundary: b, quiet: true}) })
			return
		}
	}
}

// checkBoundary notes boundaries that RFC 2046 section 5.1.1 forbids.
func (s *splitter) checkBoundary(b string) {
	if b == "" {
		s.notes.Add(anomaly.BoundaryEmpty, "")
	}
	if len(b) > 70 {
		s.notes.Add(anomaly.BoundaryOdd, b)
	}
	for i := 0; i < len(b); i++ {
		if b[i] < ' ' || b[i] >= 0x7f {
			s.notes.Add(anomaly.BoundaryOdd, b)
		}
	}
}

// maxPreamble is how much text before the first delimiter is usual, in bytes.
const maxPreamble = 400

// judge notes what other programs may read differently in a cut body.
func (s *splitter) judge(p *Part, c cutter, cut cutting) {
	if len(cut.parts) > 0 && cut.end < 0 && !cut.more {
		s.notes.Add(anomaly.NoFinal, c.boundary)
	}
	if cut.prefix {
		s.notes.Add(anomaly.BoundaryPrefix, c.boundary)
		s.later(p, func(s *splitter, p *Part) { s.recut(p, p.Raw, cutter{boundary: c.boundary, loose: true}) })
	}
	if cut.end >= 0 {
		s.epilogue(p, c, cut)
	}
	if len(cut.parts) > 0 && cut.preamble > maxPreamble && !isBlank(p.Raw[:cut.preamble]) {
		s.notes.Add(anomaly.PreambleLong, "")
		text := p.Raw[:cut.preamble]
		s.later(p, func(s *splitter, p *Part) { s.plain(p, text) })
	}
}

// epilogue looks at what follows the final delimiter: programs ignore it, show it, or go on cutting.
func (s *splitter) epilogue(p *Part, c cutter, cut cutting) {
	rest := p.Raw[cut.end:]
	if isBlank(rest) {
		return
	}
	s.notes.AddBytes(anomaly.AfterEnd, rest)
	if cut.again {
		s.notes.Add(anomaly.PartsAfterEnd, c.boundary)
		s.later(p, func(s *splitter, p *Part) {
			s.recut(p, rest, cutter{boundary: c.boundary, afterEnd: true})
		})
	}
	s.later(p, func(s *splitter, p *Part) { s.plain(p, rest) })
}

// plain adds text that belongs to no part.
func (s *splitter) plain(p *Part, text []byte) {
	q := &Part{Depth: p.Depth + 1, Reading: s.reading, Raw: text, Type: "text/plain", Encoding: "7bit"}
	q.limit = noLimit
	if s.add(q) {
		s.expand(q)
	}
	q.Parent = p
}

// checkMultipart looks at a transfer encoding that a multipart must not have (RFC 2045 section 6.4).
func (s *splitter) checkMultipart(p *Part) {
	if !encoded(p.Encoding) {
		return
	}
	s.notes.Add(anomaly.EncodingOnMultipart, p.Encoding)
	s.later(p, func(s *splitter, p *Part) {
		s.reserve(p)
		if boundary, ok := p.Media.Param("boundary"); ok {
			s.recut(p, p.Body(), cutter{boundary: boundary, quiet: true})
		}
	})
}
