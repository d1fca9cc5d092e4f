package field

import (
	"bytes"
	"strings"

	"weir/rules/ascii"
	"weir/rules/view/alias"
	"weir/rules/view/relay"
)

// Append writes what a target looks at, and tells whether it is there. Several values follow each other, with a line end
// between them unless they end in one.
func (h *Header) Append(dst []byte, t *Target) (value []byte, there bool) {
	if t.source == plain && t.forms == 0 {
		return h.appendPlain(dst, t)
	}
	return h.appendEach(dst, t)
}

// appendEach is Append for targets whose values must be made.
func (h *Header) appendEach(dst []byte, t *Target) (value []byte, there bool) {
	start, ended := len(dst), false
	h.each(t, func(v []byte) {
		switch {
		case !there:
			ended = bytes.HasSuffix(v, newline)
		case !ended:
			dst = append(dst, '\n')
		}
		dst, there = append(dst, v...), true
	})
	if !there {
		return dst[:start], false
	}
	return dst, true
}

var newline = []byte{'\n'}

// appendPlain is Append for fields as they are, which most targets are.
func (h *Header) appendPlain(dst []byte, t *Target) (value []byte, there bool) {
	start := len(dst)
	from, to := h.span(t)
	for i := from; i < to; i++ {
		if f := h.at(t, i); f != nil {
			if t.which == last {
				dst = dst[:start]
			}
			dst, there = append(append(dst, h.decoded(f)...), '\n'), true
			if t.which == first {
				break
			}
		}
	}
	return dst, there
}

// List gives all values of a target. They must not be changed.
func (h *Header) List(t *Target) []string {
	if v, ok := h.memo[t.text]; ok {
		return v
	}
	if t.source == plain && !h.has(t) {
		return nil
	}
	var list []string
	h.each(t, func(v []byte) { list = append(list, string(v)) })
	if h.memo == nil {
		h.memo = make(map[string][]string, usualTargets)
	}
	h.memo[t.text] = list
	return list
}

// usualTargets is how many lists are asked for of most mail.
const usualTargets = 24

// has tells whether there is a field of the name.
func (h *Header) has(t *Target) bool {
	from, to := h.span(t)
	for i := from; i < to; i++ {
		if h.at(t, i) != nil {
			return true
		}
	}
	return false
}

// Get gives the value of a target as eval functions take it: the first of addresses, hosts and the like, all fields of a
// name together. There is false if there is none.
func (h *Header) Get(t *Target) (value string, there bool) {
	list := h.List(t)
	if len(list) == 0 {
		return "", false
	}
	if t.forms&^raw != 0 || t.source == envelopeFrom {
		return strings.TrimSuffix(list[0], "\n"), true
	}
	if len(list) == 1 {
		return list[0], true
	}
	return strings.Join(list, ""), true
}

// each calls yield with each value of a target. What it is given stands only during the call.
func (h *Header) each(t *Target, yield func(v []byte)) {
	switch {
	case t.source == all || t.source == section:
		h.eachLine(t, yield)
	case t.forms&(addr|phrase) != 0:
		h.selected(t, func(v []byte) { h.people(t, v, yield) })
	case t.forms&(host|number) != 0:
		h.selected(t, func(v []byte) { h.place(t, v, yield) })
	default:
		h.selected(t, yield)
	}
}

// selected calls yield with the values that a target's modifiers work on: all, or only the first or the last.
func (h *Header) selected(t *Target, yield func(v []byte)) {
	if t.which == every {
		h.sources(t, yield)
		return
	}
	var got []byte
	there := false
	h.sources(t, func(v []byte) {
		if t.which == last || !there {
			got, there = append(got[:0], v...), true
		}
	})
	if there {
		yield(got)
	}
}

// sources calls yield with all values of the name.
func (h *Header) sources(t *Target, yield func(v []byte)) {
	switch t.source {
	case relays:
		if path := h.path(); path != nil {
			yield(alias.Bytes(path.Text(kinds[t.name])))
		}
	case envelopeFrom:
		if sender, ok := h.Sender(); ok {
			yield(alias.Bytes(sender))
		}
	case toCc:
		h.joined(&toTarget, t.forms&raw != 0, yield)
		h.joined(&ccTarget, t.forms&raw != 0, yield)
	case messageID:
		for _, id := range identifiers {
			h.joined(id, t.forms&raw != 0, yield)
		}
	default:
		h.named(t, yield)
	}
}

var (
	toTarget    = *MustParse("To")
	ccTarget    = *MustParse("Cc")
	identifiers = []*Target{MustParse("X-Message-Id"), MustParse("Resent-Message-Id"), MustParse("X-Original-Message-ID"), MustParse("Message-Id")}
	kinds       = map[string]relay.Kind{"x-spam-relays-trusted": relay.Trusted, "x-spam-relays-untrusted": relay.Untrusted, "x-spam-relays-internal": relay.Internal,
		"x-spam-relays-external": relay.External, "ALL-TRUSTED": relay.Trusted, "ALL-UNTRUSTED": relay.Untrusted, "ALL-INTERNAL": relay.Internal, "ALL-EXTERNAL": relay.External}
)

// named calls yield with the fields of a name: as they came if addresses or the raw value are asked for.
func (h *Header) named(t *Target, yield func(v []byte)) {
	asIs, there := t.forms&(raw|addr|phrase) != 0, false
	var buf []byte
	from, to := h.span(t)
	for i := from; i < to; i++ {
		f := h.at(t, i)
		if f == nil {
			continue
		}
		if asIs {
			buf = h.appendRaw(buf[:0], f)
		} else {
			buf = append(append(buf[:0], h.decoded(f)...), '\n')
		}
		yield(buf)
		there = true
	}
	if !there && t.source == derived {
		h.derive(t, yield)
	}
}

// joined calls yield with the fields of a name: with asIs each on one line, but not decoded.
func (h *Header) joined(t *Target, asIs bool, yield func(v []byte)) {
	from, to := h.span(t)
	for i := from; i < to; i++ {
		f := h.at(t, i)
		switch {
		case f == nil:
		case asIs:
			yield(oneLine(h.appendRaw(nil, f)))
		default:
			yield(append(append([]byte(nil), h.decoded(f)...), '\n'))
		}
	}
}

// oneLine puts a blank in place of each line end and the white space behind it.
func oneLine(v []byte) []byte {
	out := v[:0]
	for i := 0; i < len(v); i++ {
		n := i
		if v[n] == '\r' && n+1 < len(v) {
			n++
		}
		if v[n] == '\n' && n+1 < len(v) && ascii.Space(v[n+1]) {
			for n++; n < len(v) && ascii.Space(v[n]); n++ {
			}
			out, i = append(out, ' '), n-1
			continue
		}
		out = append(out, v[i])
	}
	return out
}

// span gives the numbers to try with at: all fields, or those that the index has for the name.
func (h *Header) span(t *Target) (from, to int) {
	if h.index != nil {
		return 0, len(h.index[t.name])
	}
	return 0, len(h.fields)
}

// at gives the field with a number out of span, nil if it has another name.
func (h *Header) at(t *Target, i int) *Field {
	if h.index != nil {
		return &h.fields[h.index[t.name][i]]
	}
	if f := &h.fields[i]; f.hash == t.hash && ascii.EqualFold(f.Name, t.name) {
		return f
	}
	return nil
}

// decoded gives a field's value in UTF-8 on one line.
func (h *Header) decoded(f *Field) []byte {
	if !f.done {
		f.text, f.done = decode(f.Name, f.raw, h.crlf), true
	}
	return f.text
}

// appendRaw writes a field's value as it came, but for its line ends.
func (h *Header) appendRaw(dst []byte, f *Field) []byte {
	if h.crlf {
		return appendUnix(dst, f.raw)
	}
	return append(dst, f.raw...)
}

func (h *Header) path() *relay.Path {
	if h.opts.Relays == nil {
		return nil
	}
	return h.opts.Relays()
}
