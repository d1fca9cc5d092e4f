package pattern

import (
	"fmt"
	"strings"

	"weir/rules/ascii"
)

// open takes what begins with a "(". Only groups that something refers to capture: the program stays smaller.
func (t *translator) open() error {
	rest := t.src[t.pos:]
	switch {
	case strings.HasPrefix(rest, "?#"):
		t.atom = -1
		return t.comment()
	case strings.HasPrefix(rest, "*"):
		return fmt.Errorf("verb (%s…): %w", rest[:1], ErrBacktracking)
	case !strings.HasPrefix(rest, "?"):
		return t.push(t.mode, t.group(""))
	}
	if err := unsupportedGroup(rest[1:]); err != nil {
		return err
	}
	for _, special := range specialGroups {
		if strings.HasPrefix(rest[1:], special.prefix) {
			t.pos += 1 + len(special.prefix)
			return t.push(t.mode, t.marked(special.kind))
		}
	}
	if name, n := groupName(rest[1:]); n > 0 {
		t.pos += 1 + n
		return t.push(t.mode, t.group(name))
	}
	return t.flags()
}

// specialGroups are those that RE2 does not have.
var specialGroups = []struct{ prefix, kind string }{
	{"=", markAhead}, {"!", markNotAhead}, {"<=", markBehind}, {"<!", markNotBehind}, {">", markAtomic},
}

// group gives the opening of a group that Perl captures.
func (t *translator) group(name string) string {
	t.groups++
	if _, ok := t.names[name]; name != "" && !ok {
		t.names[name] = t.groups
	}
	if t.all || t.refs[t.groups] {
		return t.marked(markGroup, t.groups)
	}
	return "(?:"
}

func (t *translator) comment() error {
	end := strings.IndexByte(t.src[t.pos:], ')')
	if end < 0 {
		return fmt.Errorf("comment (?#… at byte %d is not closed", t.pos)
	}
	t.pos += end + 1
	return nil
}

func (t *translator) push(inner modes, opening string) error {
	if len(t.outer) >= maxDepth {
		return fmt.Errorf("more than %d nested groups", maxDepth)
	}
	t.outer = append(t.outer, outer{t.mode, len(t.out.b)})
	t.mode, t.atom = inner, -1
	t.out.WriteString(opening)
	return nil
}

// unsupportedGroup refuses what follows "(?" where no engine here has an equal of it.
func unsupportedGroup(s string) error {
	for _, g := range []struct{ prefix, name string }{
		{"|", "branch reset (?|…)"}, {"(", "conditional (?(…)…)"},
		{"R", "recursion (?R)"}, {"&", "recursion (?&…)"}, {"P>", "recursion (?P>…)"},
	} {
		if strings.HasPrefix(s, g.prefix) {
			return fmt.Errorf("%s: %w", g.name, ErrBacktracking)
		}
	}
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "?{") {
		return fmt.Errorf("(?{…}) runs Perl code: refused")
	}
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		return fmt.Errorf("recursion (?%c): %w", s[0], ErrBacktracking)
	}
	return nil
}

// groupName gives the name in "<name>", "P<name>" or "'name'" behind "(?", and the length of it all; 0: it is something else.
func groupName(s string) (name string, n int) {
	start, end := 0, byte('>')
	switch {
	case strings.HasPrefix(s, "P<"):
		start = 2
	case strings.HasPrefix(s, "<"):
		start = 1
	case strings.HasPrefix(s, "'"):
		start, end = 1, '\''
	default:
		return "", 0
	}
	n = start
	for n < len(s) && ascii.Word(s[n]) {
		n++
	}
	if n == start || n == len(s) || s[n] != end {
		return "", 0
	}
	return s[start:n], n + 1
}

// flags takes (?i), (?i:…), (?^i-s:…) and (?:…).
func (t *translator) flags() error {
	if strings.HasPrefix(t.src[t.pos:], "?P=") {
		return t.namedReference("P=", ')', 1)
	}
	start, inner, on := t.pos, t.mode, true
	for t.pos++; t.pos < len(t.src); t.pos++ {
		switch c := t.src[t.pos]; {
		case c == ':':
			t.pos++
			return t.pushFlags(inner)
		case c == ')':
			t.pos++
			t.atom = -1
			t.switchTo(inner)
			return nil
		case c == '^' && t.pos == start+1:
			inner = modes{}
		case c == '-':
			on = false
		case !inner.set(c, on):
			return fmt.Errorf("unknown group (?%c at byte %d", c, start)
		}
	}
	return fmt.Errorf("group (?… at byte %d is not closed", start)
}

func (t *translator) pushFlags(inner modes) error {
	before := t.mode
	if err := t.push(inner, "(?:"); err != nil {
		return err
	}
	if before.i != inner.i {
		t.fold(inner.i)
	}
	return nil
}

func (t *translator) switchTo(inner modes) {
	if t.mode.i != inner.i {
		t.fold(inner.i)
	}
	t.mode = inner
}

func (t *translator) fold(on bool) {
	if on {
		t.out.WriteString("(?i)")
		return
	}
	t.out.WriteString("(?-i)")
}
