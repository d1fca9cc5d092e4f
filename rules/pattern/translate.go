package pattern

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds nested groups.
const maxDepth = 200

// modes are the flags in force at one point of a pattern.
type modes struct{ i, m, s, x, xx bool }

func (m *modes) set(flag byte, on bool) bool {
	switch flag {
	case 'i':
		m.i = on
	case 'm':
		m.m = on
	case 's':
		m.s = on
	case 'x':
		m.x = on
	case 'a', 'o', 'u', 'l', 'n', 'd', 'p': // say nothing about bytes
	default:
		return false
	}
	return true
}

// translator rewrites one Perl pattern for Go's engine, byte by byte. m, s and x are resolved here; i is handed on,
// since both languages end it with its group.
type translator struct {
	src   string
	pos   int
	out   strings.Builder
	mode  modes
	outer []modes // of the open groups
}

func translate(body, flags string) (string, error) {
	t := &translator{src: body}
	for i := range len(flags) {
		t.mode.set(flags[i], true)
	}
	t.mode.xx = strings.Contains(flags, "xx")
	if t.mode.i {
		t.out.WriteString("(?i)")
	}
	for t.pos < len(t.src) {
		if err := t.step(); err != nil {
			return "", err
		}
	}
	if len(t.outer) > 0 {
		return "", fmt.Errorf("%d group(s) not closed: a ) is missing", len(t.outer))
	}
	return t.out.String(), nil
}

// step takes the next element.
func (t *translator) step() error {
	c := t.src[t.pos]
	t.pos++
	switch c {
	case '\\':
		return t.escape()
	case '[':
		return t.class()
	case '(':
		return t.open()
	case ')':
		return t.close()
	case '.':
		if t.mode.s {
			t.writeClass(set{}, true)
		} else {
			t.writeClass(*setOf("\n\n"), true)
		}
	case '^', '$':
		t.out.WriteString(t.anchor(c))
	case '|':
		t.out.WriteByte('|')
	case '*', '+', '?':
		return t.repeat(string(c))
	case '{':
		return t.braces()
	case '#', ' ', '\t', '\n', '\r', '\f', '\v':
		t.blank(c)
	default:
		t.literal(c)
	}
	return nil
}

func (t *translator) anchor(c byte) string {
	switch {
	case c == '^' && t.mode.m:
		return "(?m:^)"
	case c == '^':
		return `\A`
	case t.mode.m:
		return "(?m:$)"
	}
	return `(?:\n?\z)` // Perl's $ also stands before a last newline
}

// blank leaves out what /x ignores.
func (t *translator) blank(c byte) {
	if !t.mode.x {
		t.literal(c)
		return
	}
	if c == '#' {
		if i := strings.IndexByte(t.src[t.pos:], '\n'); i >= 0 {
			t.pos += i + 1
		} else {
			t.pos = len(t.src)
		}
	}
}

// literal writes one byte that stands for itself.
func (t *translator) literal(c byte) {
	switch {
	case isWord(c) || c == ' ':
		t.out.WriteByte(c)
	case c < 0x80:
		fmt.Fprintf(&t.out, `\x%02x`, c)
	case t.mode.i:
		fmt.Fprintf(&t.out, `(?-i:\x{%x})`, c) // Perl folds bytes beyond ASCII with nothing
	default:
		fmt.Fprintf(&t.out, `\x{%x}`, c)
	}
}

// repeat writes a quantifier; a + behind it would make it possessive.
func (t *translator) repeat(q string) error {
	t.out.WriteString(q)
	switch t.peek() {
	case '?':
		t.pos++
		t.out.WriteByte('?')
	case '+':
		return fmt.Errorf("possessive %s+: %w", q, ErrBacktracking)
	}
	return nil
}

// braces takes {n}, {n,} and {n,m}; any other { stands for itself.
func (t *translator) braces() error {
	end := strings.IndexByte(t.src[t.pos:], '}')
	if end < 0 || !isCount(t.src[t.pos:t.pos+end]) {
		t.literal('{')
		return nil
	}
	q := t.src[t.pos : t.pos+end]
	t.pos += end + 1
	for n := range strings.SplitSeq(q, ",") {
		if v, err := strconv.Atoi(n); n != "" && (err != nil || v > MaxRepeat) {
			return fmt.Errorf("repeat count {%s} is over %d: %w", q, MaxRepeat, ErrBacktracking)
		}
	}
	return t.repeat("{" + q + "}")
}

// isCount tells whether q is n, "n," or "n,m".
func isCount(q string) bool {
	low, high, _ := strings.Cut(q, ",")
	return low != "" && strings.Trim(low, "0123456789") == "" && strings.Trim(high, "0123456789") == ""
}

func (t *translator) peek() byte {
	if t.pos < len(t.src) {
		return t.src[t.pos]
	}
	return 0
}

func (t *translator) close() error {
	if len(t.outer) == 0 {
		return fmt.Errorf("unmatched ) at byte %d: write \\) for the character", t.pos)
	}
	t.mode = t.outer[len(t.outer)-1]
	t.outer = t.outer[:len(t.outer)-1]
	t.out.WriteByte(')')
	return nil
}
