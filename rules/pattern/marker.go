package pattern

import (
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"
)

// marker is a piece of a pattern that RE2 has no equal of. In the translated text it is a named group, so that Go's parser
// carries it into the tree; the name says what it is. Nothing else in a translated pattern is a capturing group.
type marker struct {
	kind   string
	args   []int
	serial int // names must differ
}

// The kinds of markers.
const (
	markAhead     = "ahead"     // (?=…)
	markNotAhead  = "notahead"  // (?!…)
	markBehind    = "behind"    // (?<=…)
	markNotBehind = "notbehind" // (?<!…)
	markAtomic    = "atomic"    // (?>…) and what is possessive
	markGroup     = "group"     // a group that something refers to: its number
	markRef       = "ref"       // \1: the group's number, and 1 if case does not matter
	markRepeat    = "repeat"    // what is repeated more often than RE2 allows: least, most (-1: any), 1 if lazy
	markLine      = "line"      // ^ with m: a line's start, but not behind the last line end
	markDollar    = "dollar"    // $ and \Z: the end, or before a last line end
)

// name writes a marker as a group's name.
func (m marker) name() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s_%d", m.kind, m.serial)
	for _, n := range m.args {
		b.WriteByte('_')
		b.WriteString(strings.Replace(strconv.Itoa(n), "-", "m", 1))
	}
	return b.String()
}

// markerOf reads the marker of a group in a tree; ok is false for any other node.
func markerOf(re *syntax.Regexp) (m marker, ok bool) {
	if re.Op != syntax.OpCapture || re.Name == "" {
		return m, false
	}
	fields := strings.Split(re.Name, "_")
	m.kind = fields[0]
	for i, f := range fields[1:] {
		n, err := strconv.Atoi(strings.Replace(f, "m", "-", 1))
		if err != nil {
			return m, false
		}
		if i == 0 {
			m.serial = n
		} else {
			m.args = append(m.args, n)
		}
	}
	return m, true
}

// looks tells whether a marker takes no byte.
func (m marker) looks() bool {
	switch m.kind {
	case markAhead, markNotAhead, markBehind, markNotBehind:
		return true
	}
	return false
}
