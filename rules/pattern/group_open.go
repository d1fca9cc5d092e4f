package pattern

import (
	"fmt"
	"strings"
)

// open takes what begins with a "(". No group captures: nothing reads the captures, and the program stays smaller.
func (t *translator) open() error {
	rest := t.src[t.pos:]
	switch {
	case strings.HasPrefix(rest, "?#"):
		return t.comment()
	case strings.HasPrefix(rest, "*"):
		return fmt.Errorf("verb (%s…): %w", rest[:1], ErrBacktracking)
	case !strings.HasPrefix(rest, "?"):
		return t.push(t.mode)
	}
	if err := unsupportedGroup(rest[1:]); err != nil {
		return err
	}
	if name := groupName(rest[1:]); name > 0 {
		t.pos += 1 + name
		return t.push(t.mode)
	}
	return t.flags()
}

func (t *translator) comment() error {
	end := strings.IndexByte(t.src[t.pos:], ')')
	if end < 0 {
		return fmt.Errorf("comment (?#… at byte %d is not closed", t.pos)
	}
	t.pos += end + 1
	return nil
}

func (t *translator) push(inner modes) error {
	if len(t.outer) >= maxDepth {
		return fmt.Errorf("more than %d nested groups", maxDepth)
	}
	t.outer = append(t.outer, t.mode)
	t.mode = inner
	t.out.WriteString("(?:")
	return nil
}

// unsupportedGroup refuses what follows "(?" where RE2 has no equal of it.
func unsupportedGroup(s string) error {
	for _, g := range []struct{ prefix, name string }{
		{"=", "lookahead (?=…)"}, {"!", "lookahead (?!…)"}, {"<=", "lookbehind (?<=…)"}, {"<!", "lookbehind (?<!…)"},
		{">", "atomic group (?>…)"}, {"|", "branch reset (?|…)"}, {"(", "conditional (?(…)…)"},
		{"R", "recursion (?R)"}, {"&", "recursion (?&…)"}, {"P>", "recursion (?P>…)"}, {"P=", "reference (?P=…)"},
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

// groupName gives the length of "<name>", "P<name>" or "'name'" behind "(?"; 0: it is something else.
func groupName(s string) int {
	start, end := 0, byte('>')
	switch {
	case strings.HasPrefix(s, "P<"):
		start = 2
	case strings.HasPrefix(s, "<"):
		start = 1
	case strings.HasPrefix(s, "'"):
		start, end = 1, '\''
	default:
		return 0
	}
	n := start
	for n < len(s) && isWord(s[n]) {
		n++
	}
	if n == start || n == len(s) || s[n] != end {
		return 0
	}
	return n + 1
}

// flags takes (?i), (?i:…), (?^i-s:…) and (?:…).
func (t *translator) flags() error {
	start, inner, on := t.pos, t.mode, true
	for t.pos++; t.pos < len(t.src); t.pos++ {
		switch c := t.src[t.pos]; {
		case c == ':':
			t.pos++
			return t.pushFlags(inner)
		case c == ')':
			t.pos++
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
	if err := t.push(inner); err != nil {
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
