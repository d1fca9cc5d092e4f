package rules

import (
	"weir/rules/pattern"
	"weir/rules/view/alias"
)

// notes are what is known of a group's texts.
type notes struct {
	pattern.Notes
	looked  bool // the group has looked at them
	there   bool // a header's field is there
	subject bool // the first one is the Subject
}

// mostArena is how much memory for header fields is kept from one message to the next.
const mostArena = 256 << 10

// look hands the texts that a group looks at to its matcher, once.
func (r *run) look(g *group) *notes {
	n := &r.notes[g.number]
	if n.looked {
		return n
	}
	n.looked, r.group = true, g
	r.show(g, n, func(text []byte) {
		if g.matcher != nil {
			g.matcher.Look(text, &n.Notes, &r.scratch, r)
		}
	})
	return n
}

// show shows the texts that a group looks at, until the context ends.
func (r *run) show(g *group, n *notes, to func(text []byte)) {
	switch g.kind {
	case Header:
		r.header(g, n, to)
	case MIMEHeader:
		r.parts(g, to)
	case Full:
		to(r.mail.Full())
	case RawBody:
		r.each(r.mail.RawBody(), to)
	case URI:
		r.each(r.mail.URIs(), to)
	default:
		texts := r.mail.Body()
		n.subject = len(texts) > 0 && texts[0] != ""
		r.each(texts, to)
	}
}

// each shows texts that are not empty.
func (r *run) each(texts []string, to func(text []byte)) {
	for _, text := range texts {
		if text != "" && r.ctx.Err() == nil {
			to(alias.Bytes(text))
		}
	}
}

// header shows what a target names.
func (r *run) header(g *group, n *notes, to func(text []byte)) {
	from := len(r.arena)
	r.arena, n.there = r.mail.Header().Append(r.arena, g.target)
	if !n.there {
		r.arena = append(r.arena[:from], g.unset...)
	}
	to(r.arena[from:])
}
