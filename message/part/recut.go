package part

import (
	"bytes"
	"strings"

	"weir/message/anomaly"
)

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
