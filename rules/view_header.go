package rules

import (
	"bytes"
	"strings"

	"weir/message/address"
	"weir/message/header"
	"weir/message/link"
)

// headers shows each header field that rules look at.
func (r *run) headers() {
	groups := r.set.plan.headers
	if len(groups) == 0 {
		return
	}
	r.gather()
	for _, g := range groups {
		if !r.at(g) {
			return
		}
		r.headerGroup(g)
	}
}

// gather sorts the fields of the message by who wants them; forged ones are left out.
func (r *run) gather() {
	p := &r.set.plan
	if r.view.fields == nil {
		r.view.fields = make([][]int32, len(p.wanted))
	}
	var lower [64]byte
	for i := range r.m.Header.Fields {
		name := r.m.Header.Fields[i].Name
		if name == "" || len(name) > len(lower) && len(name) > 256 || r.m.IsStripped(i) {
			continue
		}
		for _, f := range p.fields[string(appendLower(lower[:0], name))] {
			r.view.fields[f.slot] = append(r.view.fields[f.slot], int32(i))
		}
	}
}

func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func (r *run) headerGroup(g *group) {
	text, there := r.headerValue(g)
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
		text = append(text[:0], g.target.unset...)
	}
	r.view.value = text
	g.matcher.Match(text, &r.scratch, r)
	for _, i := range g.negated {
		r.touch(i)
		if r.counts[i] == 0 && !r.cut[i] {
			r.counts[i] = 1
		} else {
			r.counts[i] = 0
		}
	}
}

// headerValue writes what a group looks at, and tells whether there is such a field.
func (r *run) headerValue(g *group) (text []byte, there bool) {
	text = r.view.value[:0]
	switch g.target.field {
	case allFields:
		for i := range r.m.Header.Fields {
			if f := &r.m.Header.Fields[i]; f.Name != "" && !r.m.IsStripped(i) {
				text = appendWhole(text, f, g.target.form)
			}
		}
		return text, len(text) > 0
	case envelopeFrom:
		if r.m.HasFrom {
			return append(text, r.m.Envelope.From...), true
		}
	}
	fields := pick(r.view.fields[g.field.slot], g.target.which)
	for _, i := range fields {
		text = appendField(text, &r.m.Header.Fields[i], g.target.form)
	}
	if g.target.field == envelopeFrom {
		text = []byte(strings.Trim(string(text), "<> \n"))
	}
	return text, len(fields) > 0 && (g.target.form == whole || g.target.form == rawly || len(text) > 0)
}

func pick(fields []int32, w which) []int32 {
	switch {
	case len(fields) < 2 || w == every:
		return fields
	case w == first:
		return fields[:1]
	}
	return fields[len(fields)-1:]
}

// appendField writes the part of a field that is looked at, with a line end behind it.
func appendField(text []byte, f *header.Field, form form) []byte {
	switch form {
	case rawly:
		raw := f.Raw[f.Colon+1:]
		for len(raw) > 0 && (raw[0] == ' ' || raw[0] == '\t') {
			raw = raw[1:]
		}
		text = appendUnix(text, raw[:min(len(raw), maxValue)])
		if n := len(text); n == 0 || text[n-1] != '\n' {
			text = append(text, '\n')
		}
		return text
	case whole:
		value := decoded(f)
		return append(append(text, value[:min(len(value), maxValue)]...), '\n')
	}
	return appendAddresses(text, f.Value(), form)
}

// appendAddresses writes addresses, names, hosts or domains with a line end between them.
func appendAddresses(text []byte, value string, form form) []byte {
	for _, a := range address.ParseList(value[:min(len(value), maxValue)]) {
		s := addressForm(a, form)
		if s == "" {
			continue
		}
		if len(text) > 0 {
			text = append(text, '\n')
		}
		text = append(text, s...)
	}
	return text
}

func addressForm(a address.Address, form form) string {
	switch form {
	case name:
		return a.Name
	case host:
		return a.Domain
	case domain:
		return link.RegisteredDomain(a.Domain)
	}
	if a.Domain == "" {
		return a.Local
	}
	return a.Local + "@" + a.Domain
}

// appendWhole writes a field with its name, for ALL.
func appendWhole(text []byte, f *header.Field, form form) []byte {
	if form == rawly {
		text = appendUnix(text, f.Raw[:min(len(f.Raw), maxValue)])
		if n := len(text); n > 0 && text[n-1] != '\n' {
			text = append(text, '\n')
		}
		return text
	}
	return appendField(append(append(text, f.Name...), ": "...), f, whole)
}

// decoded gives a field's value with each fold as one blank, and encoded words read.
func decoded(f *header.Field) string {
	value := f.Value()
	if strings.IndexByte(value, '\t') < 0 && !strings.Contains(value, "  ") {
		return header.DecodeWords(value)
	}
	raw := bytes.Trim(f.Raw[f.Colon+1:], " \t\r\n")
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		i := bytes.IndexAny(raw, "\r\n")
		if i < 0 {
			out = append(out, raw...)
			break
		}
		out = append(append(out, raw[:i]...), ' ')
		raw = bytes.TrimLeft(raw[i:], " \t\r\n")
	}
	return header.DecodeWords(string(out))
}
