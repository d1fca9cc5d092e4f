package bayes

import (
	"strings"

	"weir/message/header"
	"weir/scoring/bayes"
)

// date takes the way a date is written, "Aaa, 0 Aaa 0000 00:00:00 +0000 (AAA)". What time it tells, and the zone, are no
// tokens: where people live is not what they write.
func (r *reader) date(name hash, f *header.Field) {
	v := f.Value()
	h := name
	for i := range min(len(v), 60) {
		h = h.byte(classOf(v[i]))
	}
	r.add(bayes.Value, h, "form of the Date field", "")
}

// messageID takes the pattern of a message id, runs of like characters as one, and the way its right side is written.
func (r *reader) messageID(name hash, f *header.Field) {
	left, right, _ := strings.Cut(strings.Trim(f.Value(), "<> \t"), "@")
	h := name
	var last byte
	run := 0
	for i := range min(len(left), 100) {
		if c := classOf(left[i]); c != last {
			h, last, run = h.number(min(run, 12)).byte(c), c, 0
		}
		run++
	}
	r.add(bayes.Value, h.number(min(run, 12)), "pattern of the message id", "")
	r.add(bayes.Value, name.number(magnitude(len(left))).byte('<'), "length of the message id", "")
	end := byte(0)
	if right != "" {
		end = classOf(right[len(right)-1])
	}
	r.add(bayes.Value, name.number(min(strings.Count(right, "."), 9)).byte(end).byte('@'), "form of the message id's host", "")
}

// classOf maps a character to a sign for its class; marks stand for themselves.
func classOf(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return '0'
	case 'A' <= c && c <= 'Z':
		return 'A'
	case 'a' <= c && c <= 'z':
		return 'a'
	}
	return c
}
