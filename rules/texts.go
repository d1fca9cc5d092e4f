package rules

import "weir/rules/view/alias"

// texts hands each view that a rule looks at to its group.
func (r *run) texts() error {
	p := &r.set.plan
	for _, g := range p.headers {
		if r.at(g) {
			r.header(g)
		}
	}
	r.reach(atParts)
	for _, g := range p.mimes {
		if r.at(g) {
			r.parts(g)
		}
	}
	r.reach(atLinks)
	if r.at(p.uri) {
		r.each(r.mail.URIs())
	}
	r.reach(atFull)
	if r.at(p.full) {
		r.look(r.mail.Full())
	}
	r.reach(atRawBody)
	if r.at(p.rawBody) {
		r.each(r.mail.RawBody())
	}
	r.reach(atBody)
	if r.at(p.body) {
		r.body()
	}
	return r.ctx.Err()
}

// at goes on to another group, if some rule needs it.
func (r *run) at(g *group) bool {
	r.group, r.subject = g, false
	return g != nil && r.ctx.Err() == nil
}

// look hands a text to the group at hand. It tells whether to go on.
func (r *run) look(text []byte) bool {
	if len(text) > 0 {
		r.group.matcher.Match(text, &r.scratch, r)
	}
	return r.ctx.Err() == nil
}

// each looks at one text after the other.
func (r *run) each(texts []string) {
	for _, text := range texts {
		if !r.look(alias.Bytes(text)) {
			return
		}
	}
}

// body shows the Subject, which rules may leave out, and the paragraphs.
func (r *run) body() {
	texts := r.mail.Body()
	if len(texts) == 0 {
		return
	}
	r.subject = true
	more := r.look(alias.Bytes(texts[0]))
	r.subject = false
	if more {
		r.each(texts[1:])
	}
}

// header shows what a target names.
func (r *run) header(g *group) {
	text, there := r.mail.Header().Append(r.text[:0], g.target)
	for _, i := range g.exists {
		if there {
			r.touch(i)
			r.counts[i] = 1
		}
	}
	if g.matcher == nil {
		return
	}
	if !there {
		text = append(text[:0], g.unset...)
	}
	r.text = text
	g.matcher.Match(text, &r.scratch, r)
	r.negate(g)
}

// negate turns the rules around that hit where their pattern is not found. One that was not run to its end does not hit.
func (r *run) negate(g *group) {
	for _, i := range g.negated {
		r.touch(i)
		if r.counts[i] == 0 && !r.cut[i] {
			r.counts[i] = 1
		} else {
			r.counts[i] = 0
		}
	}
}
