package part

import (
	"unsafe"

	"weir/message/anomaly"
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
