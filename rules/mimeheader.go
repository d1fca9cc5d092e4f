package rules

import (
	"fmt"
	"strconv"
	"strings"

	"weir/rules/view/mime"
)

// mimeTarget is what a mimeheader rule looks at: a field of every part of the message.
type mimeTarget struct {
	field string // as written; ALL: the whole header of a part
	raw   bool
	unset string // what is looked at where a part has no such field

	from, to int  // tflags range=2-5: the parts that are looked at, from 1; to 0: all
	together bool // tflags concat: the values of all parts as one text
}

// mimeHeader takes the target of a mimeheader rule, whose only modifier is :raw.
func (p *parser) mimeHeader(r *Rule, name, unset string) {
	field, modifier, _ := strings.Cut(name, ":")
	if field == "" || strings.ContainsAny(name, " \t") || modifier != "" && modifier != "raw" {
		p.problem(Error, fmt.Sprintf("mimeheader %s: %q is no field of a part", r.Name, name), "write: "+examples[MIMEHeader]+", or Content-Type:raw")
		p.drop(r)
		return
	}
	r.mime = &mimeTarget{field: field, raw: modifier == "raw", unset: unset}
}

// withFlags reads the flags that belong to mimeheader rules.
func (t *mimeTarget) withFlags(flags []string) {
	for _, flag := range flags {
		if flag == "concat" {
			t.together = true
		}
		if text, ok := strings.CutPrefix(flag, "range="); ok {
			first, last, dash := strings.Cut(text, "-")
			t.from, _ = strconv.Atoi(first)
			if t.to, _ = strconv.Atoi(last); !dash {
				t.to = t.from
			}
		}
	}
}

// looksAt tells whether the n-th part is in the range, from 1.
func (t *mimeTarget) looksAt(n int) bool { return n >= t.from && (t.to == 0 || n <= t.to) }

// appendValue adds what a part has: the last field of the name, or the whole header.
func (t *mimeTarget) appendValue(dst []byte, p *mime.Part) []byte {
	if t.field == allFields {
		for i := range p.Fields {
			f := &p.Fields[i]
			dst = t.value(append(append(dst, f.Name...), ": "...), f)
			dst = withLineEnd(dst)
		}
		return dst
	}
	for i := len(p.Fields) - 1; i >= 0; i-- {
		if f := &p.Fields[i]; strings.EqualFold(f.Name, t.field) {
			return t.value(dst, f)
		}
	}
	return append(dst, t.unset...)
}

// allFields stands for the whole header.
const allFields = "ALL"

func (t *mimeTarget) value(dst []byte, f *mime.Field) []byte {
	if t.raw {
		return append(dst, f.Raw...)
	}
	return append(dst, f.Value()...)
}

// withLineEnd adds a line end where there is none.
func withLineEnd(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\n' {
		return text
	}
	return append(text, '\n')
}

// parts shows a field of each part of the message.
func (r *run) parts(g *group, to func(text []byte)) {
	from := len(r.arena)
	for i, p := range r.mail.Parts().Parts {
		if !g.mime.looksAt(i+1) || r.ctx.Err() != nil {
			continue
		}
		at := len(r.arena)
		r.arena = g.mime.appendValue(r.arena, p)
		if g.mime.together {
			r.arena = append(r.arena[:at], withLineEnd(r.arena[at:])...)
			continue
		}
		to(r.arena[from:])
		from = len(r.arena)
	}
	if g.mime.together {
		to(r.arena[from:])
	}
}

// elsewhere tells whether a mimeheader rule was found in another part already: it is found in one part at most.
func (r *run) elsewhere(rule int32, text int) bool {
	at, ok := r.foundIn[rule]
	return ok && at != text
}
