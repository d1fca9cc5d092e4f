package gateway

import (
	"slices"

	"weir/filters"
	"weir/message"
	"weir/message/part"
	"weir/scoring"
)

// Cut takes bytes out of a message's body, and may put others there. All else stays byte-identical (invariant I4).
type Cut struct {
	From, To int    // of Message.Raw
	With     []byte // with the message's own line ends; nil: nothing
}

// objections are those of all filters.
func objections(found []finding) (list []filters.Objection) {
	for i := range found {
		list = append(list, found[i].result.Attached.Objections...)
	}
	return list
}

// badParts tells scoring whether there are parts that a filter objects to, and whether they can be taken out.
func badParts(m *message.Message, list []filters.Objection) scoring.Parts {
	switch {
	case len(list) == 0:
		return scoring.NoParts
	case len(removable(m, list)) == 0:
		return scoring.StuckParts
	}
	return scoring.BadParts
}

// removable gives the MIME parts that have to go, in the order of the message, none of them within another. It gives none
// where one of them can't be taken out for sure: a part that only some programs see has no place that all agree on.
func removable(m *message.Message, list []filters.Objection) (bad []*part.Part) {
	all := m.Parts()
	for _, o := range list {
		if o.Part < 0 || o.Part >= len(all) {
			return nil
		}
		p := standing(all[o.Part])
		if p == nil {
			return nil
		}
		bad = append(bad, p)
	}
	slices.SortFunc(bad, func(a, b *part.Part) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	end := -1
	return slices.DeleteFunc(bad, func(p *part.Part) bool {
		within := p.End <= end
		end = max(end, p.End)
		return within
	})
}

// standing is the part itself, or the one around it that stands in the message as it is: what was taken out of a text, or
// decoded first, goes with what holds it.
func standing(p *part.Part) *part.Part {
	for p != nil && (p.End == 0 || p.Embedded != "") {
		p = p.Parent
	}
	return p
}

// cut is what to change so that the bad parts are gone: in the body, and in the header where a part is the whole message.
func (s *Snapshot) cut(m *message.Message, list []filters.Objection, how scoring.PartsAction) (cuts []Cut, edits []Edit) {
	bad := removable(m, list)
	for _, p := range bad {
		n := newNotice(s.Settings.Hostname, m, p, list)
		switch {
		case p.Parent == nil:
			return []Cut{{From: p.End - len(p.Raw), To: p.End, With: n.body}}, n.header(m)
		case how == scoring.StripParts && others(p, bad):
			cuts = append(cuts, strip(p))
		default:
			cuts = append(cuts, Cut{From: p.Start, To: p.End, With: n.entity()})
		}
	}
	return merged(cuts), nil
}

// others tells whether a multipart keeps something when its bad parts are gone: one without parts is no multipart.
func others(p *part.Part, bad []*part.Part) bool {
	return p.Parent.IsMultipart() && slices.ContainsFunc(p.Parent.Children, func(c *part.Part) bool { return c.End > 0 && !slices.Contains(bad, c) })
}

// strip takes a part out together with the delimiter behind it, or, of the last part, the one in front.
func strip(p *part.Part) Cut {
	list := p.Parent.Children
	switch i := slices.Index(list, p); {
	case i+1 < len(list):
		return Cut{From: p.Start, To: list[i+1].Start}
	case i > 0:
		return Cut{From: list[i-1].End, To: p.End}
	}
	return Cut{From: p.Start, To: p.End}
}

// merged puts cuts that touch together: two neighbours that go share a delimiter.
func merged(cuts []Cut) []Cut {
	out := cuts[:0]
	for _, c := range cuts {
		if n := len(out); n > 0 && c.From < out[n-1].To {
			out[n-1].To = max(out[n-1].To, c.To)
			out[n-1].With = append(out[n-1].With, c.With...)
			continue
		}
		out = append(out, c)
	}
	return out
}

// spliced gives raw from a place on with the cuts made.
func spliced(raw []byte, from int, cuts []Cut) (chunks [][]byte) {
	for _, c := range cuts {
		chunks = append(chunks, raw[from:c.From])
		if len(c.With) > 0 {
			chunks = append(chunks, c.With)
		}
		from = c.To
	}
	return append(chunks, raw[from:])
}

// Uncut is for doors that can't change a body: a group whose mail would go on without some of its parts is quarantined.
func (o *Outcome) Uncut() {
	for i := range o.Groups {
		if g := &o.Groups[i]; len(g.Cuts) > 0 {
			g.Cuts, g.Decision.Action = nil, scoring.Quarantine
			g.Decision.Why += "; but this way a part can't be taken out of the mail"
		}
	}
}

// Body is the message's body with the cuts made, for a group whose mail goes on.
func (o *Outcome) Body(g *Group) [][]byte {
	return spliced(o.Message.Raw, len(o.Message.Raw)-len(o.Message.Root.Raw), g.Cuts)
}
