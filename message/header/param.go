package header

import (
	"strings"

	"weir/message/anomaly"
	"weir/message/charset"
)

// maxParams bounds how many parameters of one field are read.
const maxParams = 200

// maxReadings bounds how many readings of one parameter are told.
const maxReadings = 8

// Media is a field of the form "value; name=value; …": Content-Type, Content-Disposition (RFC 2045 section 5.1, RFC
// 2183, RFC 2231). It keeps every reading of each parameter, since mail programs differ on broken ones.
type Media struct {
	Value  string // "text/plain", "attachment": lower case, without comments and white space; "" none
	params []param
}

// param is one parameter as it stands in the field.
type param struct {
	name    string // lower case, without RFC 2231's section and star
	value   string // unquoted
	alt     string // another reading of the same characters, where hasAlt
	hasAlt  bool
	section int  // RFC 2231 section 3; -1 none
	ext     bool // RFC 2231 section 4: charset'language'percent-encoded
}

// ParseMedia takes an unfolded value apart. It never fails: what is no parameter is skipped and noted.
// Time is linear in len(value).
func ParseMedia(value string, notes *anomaly.Set) Media {
	s := mediaScanner{in: value, notes: notes}
	m := Media{Value: s.value()}
	for s.next() {
		if len(m.params) >= maxParams {
			notes.Add(anomaly.ParamMany, "")
			break
		}
		if p, ok := s.param(); ok {
			m.params = append(m.params, p)
		}
	}
	return m
}

// Param returns the canonical reading of a parameter (name in lower case): the first plain one, else RFC 2231's.
// ok is false where it is absent.
func (m Media) Param(name string) (value string, ok bool) {
	for i := range m.params {
		if p := &m.params[i]; p.name == name && p.section < 0 && !p.ext {
			return p.value, true
		}
	}
	if all := m.Readings(name); len(all) > 0 {
		return all[0], true
	}
	return "", false
}

// Readings returns every reading of a parameter that some program may come to, distinct, the canonical one first, at
// most 8; nil where it is absent.
func (m Media) Readings(name string) []string {
	var out []string
	for i := range m.params {
		if p := &m.params[i]; p.name == name && p.section < 0 && !p.ext {
			out = addReading(out, p.value)
			if p.hasAlt {
				out = addReading(out, p.alt)
			}
		}
	}
	return m.extended(out, name)
}

func addReading(out []string, s string) []string {
	if len(out) >= maxReadings {
		return out
	}
	for _, o := range out {
		if o == s {
			return out
		}
	}
	return append(out, s)
}

// Name returns the canonical reading of a file name, decoded. RFC 2231's form wins over the plain one, which programs
// send beside it for old readers; in a plain one encoded words are decoded, though RFC 2047 section 5 forbids them.
func (m Media) Name(name string) string {
	if all := m.extended(nil, name); len(all) > 0 {
		return all[0]
	}
	v, _ := m.Param(name)
	return DecodeWords(v)
}

// extended adds the readings that RFC 2231 gives: the sections in order up to a gap, all of them in order, and as they
// stand; of sections given twice the first or the last.
func (m Media) extended(out []string, name string) []string {
	var sections []param
	for _, p := range m.params {
		switch {
		case p.name != name:
		case p.section >= 0:
			sections = append(sections, p)
		case p.ext:
			out = addReading(out, decodeExtended([]param{p}))
		}
	}
	if len(sections) == 0 {
		return out
	}
	first, last, gap := arrange(sections)
	out = addReading(out, decodeExtended(first[:gap]))
	out = addReading(out, decodeExtended(first))
	out = addReading(out, decodeExtended(last))
	return addReading(out, decodeExtended(sections))
}

// arrange sorts sections by number: of equal ones the first, and the last. gap is how many have no gap before them.
func arrange(sections []param) (first, last []param, gap int) {
	var byNumber [maxParams]struct{ first, last int }
	for i, p := range sections {
		n := min(p.section, maxParams-1)
		if byNumber[n].first == 0 {
			byNumber[n].first = i + 1
		}
		byNumber[n].last = i + 1
	}
	open := true
	for _, s := range byNumber {
		if s.first == 0 {
			open = false
			continue
		}
		first = append(first, sections[s.first-1])
		last = append(last, sections[s.last-1])
		if open {
			gap++
		}
	}
	return first, last, gap
}

// decodeExtended joins sections, and decodes percent signs and charset of those that are marked for it.
func decodeExtended(sections []param) string {
	var raw []byte
	label, marked := "", false
	for i, p := range sections {
		v := p.value
		if p.ext {
			if i == 0 {
				label, v = cutCharset(v)
			}
			marked = true
			raw = appendPercent(raw, v)
			continue
		}
		raw = append(raw, v...)
	}
	if !marked {
		return harmless(DecodeWords(string(raw)))
	}
	text, _ := charset.Decode(raw, label)
	return harmless(text)
}

// cutCharset takes charset'language' from the front of an extended value.
func cutCharset(v string) (label, rest string) {
	label, rest, ok := strings.Cut(v, "'")
	if !ok {
		return "", v
	}
	if _, after, ok := strings.Cut(rest, "'"); ok {
		return label, after
	}
	return label, rest
}

func appendPercent(out []byte, v string) []byte {
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) && unhex(v[i+1]) >= 0 && unhex(v[i+2]) >= 0 {
			out = append(out, byte(unhex(v[i+1])<<4|unhex(v[i+2])))
			i += 2
			continue
		}
		out = append(out, v[i])
	}
	return out
}
