package mime

import (
	"bytes"

	"weir/rules/ascii"
)

// leadNeeded tells whether a multipart's body begins with text at once, and not with its boundary.
func leadNeeded(body []byte, ct Content) bool {
	line := lineAt(body, 0)
	if len(line) == len(body) || isBlank(line) {
		return false
	}
	rest, ok := bytes.CutPrefix(line, []byte("--"))
	return !ok || !ct.HasBoundary || !bytes.HasPrefix(rest, []byte(ct.Boundary))
}

// delimiter tells whether a line is the boundary, and whether it is the last one.
func delimiter(line []byte, boundary string) (is, last bool) {
	if len(line) < 2 || line[0] != '-' || line[1] != '-' || !bytes.HasPrefix(line[2:], []byte(boundary)) {
		return false, false
	}
	rest := line[2+len(boundary):]
	if isBlank(rest) {
		return true, false
	}
	rest, last = bytes.CutPrefix(rest, []byte("--"))
	return last && isBlank(rest), last
}

// splitter cuts one multipart.
type splitter struct {
	t      *Tree
	job    job
	pos    int  // of the line at hand
	nested bool // a part has the same boundary

	part   *Part
	field  []byte // the field at hand
	inBody bool
	start  int    // where the body begins
	long   []byte // the body, where lines were cut
	some   bool   // the body has a line
	done   int    // parts
}

// multipart cuts a body into parts.
func (t *Tree) multipart(j job) {
	s := splitter{t: t, job: j}
	j.part.parent = true
	s.skipPreamble()
	s.part = &Part{}
	s.inBody = s.job.lead
	for s.pos < len(j.body) {
		line := lineAt(j.body, s.pos)
		end := s.pos + len(line)
		if !s.take(line, end) {
			s.epilogue(end)
			return
		}
		s.pos = end
	}
}

// skipPreamble goes behind the first boundary, if there is one.
func (s *splitter) skipPreamble() {
	for pos := 0; pos < len(s.job.body); {
		line := lineAt(s.job.body, pos)
		pos += len(line)
		if is, last := delimiter(line, s.job.boundary); is && !last {
			s.t.mark(s.job.boundary, 1)
			s.checkNext(pos)
			s.pos, s.job.lead = pos, false
			return
		}
	}
}

// mark notes that a boundary was opened.
func (t *Tree) mark(boundary string, n int) {
	if t.open == nil {
		t.open = map[string]int{}
	}
	t.open[boundary] = n
}

// checkNext notes that what follows a boundary is no field.
func (s *splitter) checkNext(pos int) {
	if pos < len(s.job.body) && fieldName(lineAt(s.job.body, pos), false) < 0 {
		s.t.Flags |= NoPartHeader
	}
}

// take reads one line that ends at end. It returns false where the multipart ends.
func (s *splitter) take(line []byte, end int) bool {
	is, last := delimiter(line, s.job.boundary)
	if is && s.nested {
		is, s.nested = false, !last
	}
	if is || end == len(s.job.body) {
		return s.finish(line, end, is, last)
	}
	if !s.inBody && s.header(line) {
		return true
	}
	s.push(line, end)
	return true
}

// header reads a line of a part's header. It returns false where the line belongs to the body.
func (s *splitter) header(line []byte) bool {
	if fieldName(line, true) >= 0 {
		s.keep()
		s.field = line
		return true
	}
	if (line[0] == ' ' || line[0] == '\t') && s.field != nil {
		s.field = s.job.body[s.pos-len(s.field) : s.pos+len(line)]
		return true
	}
	s.keep()
	s.field, s.inBody = nil, true
	if len(line) == 1 && line[0] == '\n' || len(line) == 2 && line[0] == '\r' && line[1] == '\n' {
		return true
	}
	s.t.Flags |= NoPartSeparator
	return false
}

// keep adds the field at hand to the part.
func (s *splitter) keep() {
	if s.field == nil {
		return
	}
	i := bytes.IndexByte(s.field, ':')
	name := string(s.field[:i])
	s.part.Fields = append(s.part.Fields, Field{Name: name, Raw: bytes.TrimLeft(s.field[i+1:], " \t\n\v\f\r")})
	if ascii.ToLower(name) != "content-type" {
		return
	}
	s.part.content = nil // the last one counts
	if ct := s.part.contentType(); ct.HasBoundary && ct.Boundary == s.job.boundary {
		s.nested = true
	}
}

// push adds a line to the body, cut where it is too long.
func (s *splitter) push(line []byte, end int) {
	if !s.some {
		s.start = end - len(line)
	}
	s.some = true
	if len(line) <= maxLine && s.long == nil {
		return
	}
	if s.long == nil {
		s.long = append(make([]byte, 0, end-s.start+64), s.job.body[s.start:end-len(line)]...)
	}
	for len(line) > maxLine {
		s.long = append(append(s.long, line[:maxLine]...), '\n')
		line = line[maxLine:]
	}
	s.long = append(s.long, line...)
}

// body gives the part's body; upTo is where it ends.
//
// QUIRK: RFC 2046 section 5.1.1 counts the line end in front of a boundary to the boundary. It stays here: what rules hit
// was recorded with a reader that keeps it.
func (s *splitter) body(upTo int) []byte {
	if s.long == nil && s.some {
		return s.job.body[s.start:upTo]
	}
	return s.long
}

// finish ends a part, at a boundary or at the end. It returns false where the multipart ends.
func (s *splitter) finish(line []byte, end int, is, last bool) bool {
	upTo := end
	if is {
		upTo -= len(line)
	} else {
		s.push(line, end)
	}
	s.add(s.body(upTo))
	if last && is {
		s.t.mark(s.job.boundary, s.t.open[s.job.boundary]-1)
		return false
	}
	s.checkNext(end)
	if s.done++; s.done == maxParts || s.t.count >= maxMessageParts {
		s.t.Flags |= TooManyParts
		s.pos = len(s.job.body)
		return false
	}
	s.part = &Part{}
	s.inBody, s.some, s.field, s.long = false, false, nil, nil
	return true
}

// add puts the part into the tree, and its body in line to be read.
func (s *splitter) add(body []byte) {
	s.t.count++
	ct := s.part.contentType()
	s.part.Type = ct.Type
	if ct.Missing && s.job.part.Type == "multipart/digest" {
		s.part.Type = "message/rfc822"
	}
	b, ok := ct.Boundary, ct.HasBoundary
	if b == "" || b == "0" {
		b, ok = s.job.boundary, true
	}
	s.job.part.Children = append(s.job.part.Children, s.part)
	s.t.queue = append(s.t.queue, job{part: s.part, boundary: b, bounded: ok, body: body, depth: s.job.depth - 1})
}

// epilogue looks for text behind the last boundary.
func (s *splitter) epilogue(pos int) {
	if s.t.Flags&Epilogue != 0 || s.t.Flags&TooManyParts != 0 && s.pos == len(s.job.body) {
		return
	}
	for _, c := range s.job.body[pos:] {
		if c != '.' && !ascii.Space(c) {
			s.t.Flags |= Epilogue
			return
		}
	}
}
