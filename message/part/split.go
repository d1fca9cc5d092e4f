package part

import (
	"weir/message/anomaly"
	"weir/message/header"
)

// noLimit: the whole of a part's raw body may be decoded.
const noLimit = int(^uint(0) >> 1)

// Source is a message to be split: its header is parsed already, with header.ParseAll.
type Source struct {
	Raw    []byte
	Header header.Header
	Body   int // index of the body in Raw
	Other  int // where the body begins for other programs, -1 nowhere else
}

// Split gives the root of the canonical part tree, and all parts of all readings: the canonical ones first, in the
// order of the message, a multipart before its children; then the alternatives. It never fails; what is odd is added to
// notes. Decoding notes more: see Part.Notes.
func Split(src Source, lim Limits, notes *anomaly.Set) (root *Part, all []*Part) {
	s := newSplitter(len(src.Raw), lim.orDefaults(), notes)
	root = s.entity(entity{source: src, defaultType: "text/plain", whole: true})
	s.follow()
	return root, s.parts
}

// splitter builds the parts of one message.
type splitter struct {
	lim    Limits
	notes  *anomaly.Set
	parts  []*Part
	budget int64 // decoded bytes that may still be made

	// What is ambiguous is gathered while the canonical tree is built, and followed afterwards.
	pending []alternative
	reading int // number of the reading that is being built; 0 canonical
	seen    map[identity]struct{}
	work    int // bytes that alternatives may still look at
}

// The bounds of alternative readings.
const (
	maxReadings = 64 // alternatives of one message that are followed
	workFactor  = 16 // alternatives look at this many times the message's bytes in all
)

// decodedFactor bounds what is decoded by the size of what came: nested encodings shrink, so no honest mail gets there.
const decodedFactor = 12

func newSplitter(size int, lim Limits, notes *anomaly.Set) *splitter {
	return &splitter{
		lim: lim, notes: notes,
		budget: min(lim.Decoded, int64(size)*decodedFactor+1<<20),
		work:   size*workFactor + 1<<16,
	}
}

// entity is what is to become a part: a header block and a body.
type entity struct {
	source      Source
	parent      *Part
	defaultType string
	embedded    string
	whole       bool // source stands in the message as it is, from start on
	start       int
}

// entity adds a part and all below it. It returns nil where the limit of parts is reached.
func (s *splitter) entity(e entity) *Part {
	p := &Part{Parent: e.parent, Reading: s.reading, Header: e.source.Header, Raw: e.source.Raw[e.source.Body:], Embedded: e.embedded}
	if e.parent != nil {
		p.Depth = e.parent.Depth + 1
	}
	if e.whole {
		p.Start, p.End = e.start, e.start+len(e.source.Raw)
	}
	s.describe(p, e.defaultType)
	e.source = s.delimiterInHeader(p, e)
	if !s.add(p) {
		return nil
	}
	s.ambiguities(p, e)
	s.expand(p)
	return p
}

// add puts a part into the list and under its parent, unless the limit of parts is reached.
func (s *splitter) add(p *Part) bool {
	if len(s.parts) >= s.lim.Parts {
		s.notes.Add(anomaly.PartsLimit, "")
		if p.Parent != nil {
			p.Parent.Unscanned = true
		}
		return false
	}
	p.noted = new(anomaly.Set)
	s.parts = append(s.parts, p)
	if p.Parent != nil {
		p.Parent.Children = append(p.Parent.Children, p)
	}
	return true
}

// expand splits what is inside of a part.
func (s *splitter) expand(p *Part) {
	inner := p.IsMultipart() || p.IsMessage()
	if inner && p.Depth >= s.lim.Depth {
		s.notes.Add(anomaly.DepthLimit, p.Type)
		p.Unscanned = true
		return
	}
	switch {
	case p.IsMultipart():
		s.multipart(p)
	case p.IsMessage():
		s.reserve(p)
		s.message(p, p.Body())
	default:
		s.leaf(p)
	}
}

// multipart cuts the body at its canonical boundary.
func (s *splitter) multipart(p *Part) {
	s.checkMultipart(p)
	if p.Type == "multipart/encrypted" {
		s.notes.Add(anomaly.Encrypted, "PGP/MIME")
	}
	if !s.mayWork(p) {
		return
	}
	boundary, ok := p.Media.Param("boundary")
	if !ok {
		s.notes.Add(anomaly.BoundaryMissing, p.Type)
		s.withoutDelimiters(p)
		return
	}
	s.checkBoundary(boundary)
	var buf [8]span
	c := cutter{body: p.Raw, boundary: boundary, max: s.lim.Parts}
	cut := c.cut(buf[:0])
	s.judge(p, c, cut)
	if len(cut.parts) == 0 && cut.prefix {
		c.loose = true // the delimiter never stands alone: take it as RFC 2046 allows
		cut = c.cut(buf[:0])
	}
	if len(cut.parts) == 0 {
		s.notes.Add(anomaly.NoParts, boundary)
		s.withoutDelimiters(p)
		return
	}
	s.children(p, p.Raw, cut)
}

// mayWork charges a multipart's bytes to the alternatives' budget of work. The canonical tree needs none: it is bounded
// by the depth.
func (s *splitter) mayWork(p *Part) bool {
	if s.reading == 0 {
		return true
	}
	if s.work -= len(p.Raw); s.work >= 0 {
		return true
	}
	s.notes.Add(anomaly.ReadingsLimit, "")
	p.Unscanned = true
	return false
}

// withoutDelimiters reads a multipart that can't be cut as the plain text that mail programs show then.
func (s *splitter) withoutDelimiters(p *Part) {
	s.guessBoundary(p)
	child := &Part{Parent: p, Depth: p.Depth + 1, Reading: s.reading, Raw: p.Raw}
	child.Type, child.Encoding, child.limit = "text/plain", p.Encoding, noLimit
	if s.add(child) {
		s.expand(child)
	}
}

// children makes parts of what was cut out of body.
func (s *splitter) children(p *Part, body []byte, cut cutting) {
	defaultType := "text/plain"
	if p.Type == "multipart/digest" {
		defaultType = "message/rfc822" // RFC 2046 section 5.1.5
	}
	for _, at := range cut.parts {
		src := s.source(body[at.start:at.end:at.end])
		e := entity{source: src, parent: p, defaultType: defaultType, whole: p.stands(body), start: p.End - len(p.Raw) + at.start}
		if s.entity(e) == nil && len(s.parts) >= s.lim.Parts {
			return
		}
	}
	if cut.more {
		s.notes.Add(anomaly.PartsLimit, "")
		p.Unscanned = true
	}
}

// source parses the header of a part or nested message.
func (s *splitter) source(raw []byte) Source {
	h, body, other := header.ParseAll(raw, s.lim.HeaderBytes, s.notes)
	return Source{Raw: raw, Header: h, Body: body, Other: other}
}

// message makes a child of a nested message (RFC 2046 section 5.2.1).
//
// QUIRK: the RFC allows no encoding here but 7bit, 8bit and binary; mail has base64, so it is decoded.
func (s *splitter) message(p *Part, body []byte) {
	raw := skipBlankLines(header.Lines(body, s.notes))
	s.entity(entity{source: s.source(raw), parent: p, defaultType: "text/plain", whole: p.stands(body), start: p.End - len(raw)})
}

// stands tells whether body, of this part, stands in the message as it is. Decoding makes a copy.
func (p *Part) stands(body []byte) bool {
	return p.End > 0 && len(body) == len(p.Raw) && (len(body) == 0 || &body[0] == &p.Raw[0])
}

// skipBlankLines: some programs put an empty line in front of a nested message.
func skipBlankLines(b []byte) []byte {
	for len(b) > 0 && (b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// reserve takes what decoding a part may cost from the budget; what exceeds it will not be decoded. Doing this while
// splitting makes it independent of the order in which filters ask.
func (s *splitter) reserve(p *Part) {
	cost := int64(0)
	if encoded(p.Encoding) {
		cost = int64(len(p.Raw))
	}
	if p.IsText() && !cheapCharset(p.Charset) {
		cost += 2 * int64(len(p.Raw))
	}
	if cost <= s.budget {
		s.budget -= cost
		return
	}
	share := float64(s.budget) / float64(cost)
	p.limit = int(share * float64(len(p.Raw)))
	p.Unscanned = true
	s.budget = 0
	s.notes.Add(anomaly.BudgetLimit, p.Type)
}

// encoded tells whether decoding makes a copy.
func encoded(encoding string) bool {
	return encoding == "base64" || encoding == "quoted-printable" || isUUEncoding(encoding)
}

func cheapCharset(label string) bool { return label == "utf-8" || label == "us-ascii" }
