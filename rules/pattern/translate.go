package pattern

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/rules/ascii"
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
// since both languages end it with its group. What Go's engine has no equal of becomes a marker.
type translator struct {
	src    string
	pos    int
	out    writer
	mode   modes
	outer  []outer // the open groups
	atom   int     // where the last element begins in out; -1: nothing that can be repeated
	serial int     // markers

	total  int            // groups of the pattern
	groups int            // groups that were opened
	names  map[string]int // named groups
	refs   map[int]bool   // groups that something refers to; all of them are marked
	all    bool           // mark every group
	most   int            // repeat counts over this are marked
	wide   bool           // the pattern names a character beyond the bytes: it follows Unicode
}

// outer is an open group.
type outer struct {
	mode  modes // around it
	start int   // in out
}

// writer is a strings.Builder that can also write in the middle.
type writer struct{ b []byte }

func (w *writer) WriteString(s string)        { w.b = append(w.b, s...) }
func (w *writer) WriteByte(c byte) error      { w.b = append(w.b, c); return nil }
func (w *writer) Write(p []byte) (int, error) { w.b = append(w.b, p...); return len(p), nil }
func (w *writer) insert(at int, s string)     { w.b = slices.Insert(w.b, at, []byte(s)...) }

// smallRepeat is the largest count that is left to RE2 in a pattern of which the counts together are too large for it.
const smallRepeat = 8

// translate rewrites a pattern. Groups are marked if something refers to them, or if all says so.
func translate(body, flags string, all bool, most int) (*translator, error) {
	t := &translator{src: body, all: all, most: most, names: map[string]int{}, refs: map[int]bool{}}
	t.total = countGroups(body)
	t.wide = isWide(body)
	if err := t.run(flags); err != nil {
		return nil, err
	}
	if len(t.refs) > 0 && !all { // again, now that it is known which groups are referred to
		t = &translator{src: body, most: most, names: t.names, refs: t.refs, total: t.total, wide: t.wide}
		return t, t.run(flags)
	}
	return t, nil
}

func (t *translator) run(flags string) error {
	for i := range len(flags) {
		t.mode.set(flags[i], true)
	}
	t.mode.xx = strings.Contains(flags, "xx")
	if t.mode.i {
		t.out.WriteString("(?i)")
	}
	t.atom = -1
	for t.pos < len(t.src) {
		if err := t.step(); err != nil {
			return err
		}
	}
	if len(t.outer) > 0 {
		return fmt.Errorf("%d group(s) not closed: a ) is missing", len(t.outer))
	}
	for n := range t.refs {
		if n > t.groups {
			return fmt.Errorf(`reference \%d: the pattern has %d group(s)`, n, t.groups)
		}
	}
	return nil
}

// marked opens a marker. It is closed like any group.
func (t *translator) marked(kind string, args ...int) string {
	t.serial++
	return "(?P<" + marker{kind, args, t.serial}.name() + ">"
}

// step takes the next element.
func (t *translator) step() error {
	c := t.src[t.pos]
	t.pos++
	switch start := len(t.out.b); c {
	case ')', '*', '+', '?', '{':
	case '|':
		t.atom = -1
	default:
		t.atom = start
	}
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
		return t.marked(markLine) + "(?m:^))"
	case c == '^':
		return `\A`
	case t.mode.m:
		return "(?m:$)"
	}
	return t.dollar()
}

// dollar stands at the end and before a last newline.
func (t *translator) dollar() string { return t.marked(markDollar) + `\n?\z)` }

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
	case ascii.Word(c) || c == ' ':
		t.out.WriteByte(c)
	case c < 0x80:
		fmt.Fprintf(&t.out, `\x%02x`, c)
	case t.mode.i && t.wide:
		other, _ := t.folded(c)
		fmt.Fprintf(&t.out, `(?-i:[\x{%x}\x{%x}])`, c, other)
	case t.mode.i:
		fmt.Fprintf(&t.out, `(?-i:\x{%x})`, c) // Perl folds bytes beyond ASCII with nothing
	default:
		fmt.Fprintf(&t.out, `\x{%x}`, c)
	}
}

// repeat writes a quantifier; a + behind it makes it possessive.
func (t *translator) repeat(q string) error {
	if t.atom < 0 {
		return fmt.Errorf("repetition %s at byte %d: nothing is in front of it that can be repeated", q, t.pos-1)
	}
	t.out.WriteString(q)
	switch t.peek() {
	case '?':
		t.pos++
		t.out.WriteByte('?')
	case '+':
		t.pos++
		t.out.WriteByte(')')
		t.out.insert(t.atom, t.marked(markAtomic))
	}
	t.atom = -1
	return nil
}

// braces takes {n}, {n,} and {n,m}; any other { stands for itself.
func (t *translator) braces() error {
	end := strings.IndexByte(t.src[t.pos:], '}')
	if end < 0 || !isCount(t.src[t.pos:t.pos+end]) {
		t.atom = len(t.out.b)
		t.literal('{')
		return nil
	}
	q := t.src[t.pos : t.pos+end]
	t.pos += end + 1
	low, high, ranged := strings.Cut(q, ",")
	least, err := strconv.Atoi(low)
	most := least
	switch {
	case ranged && high == "":
		most = -1
	case ranged && err == nil:
		most, err = strconv.Atoi(high)
	}
	switch {
	case err != nil || max(least, most) > MaxRepeat:
		return fmt.Errorf("repeat count {%s} is over %d, which is Perl's limit too", q, MaxRepeat)
	case most >= 0 && most < least:
		return fmt.Errorf("repeat count {%s} runs backwards", q)
	case max(least, most) > t.most:
		return t.repeatMarked(q, least, most)
	}
	return t.repeat("{" + q + "}")
}

// repeatMarked writes a count that is too large for RE2.
func (t *translator) repeatMarked(q string, least, most int) error {
	if t.atom < 0 {
		return fmt.Errorf("repetition {%s}: nothing is in front of it that can be repeated", q)
	}
	lazy, possessive := 0, t.peek() == '+'
	if t.peek() == '?' {
		lazy = 1
	}
	if lazy == 1 || possessive {
		t.pos++
	}
	t.out.WriteByte(')')
	t.out.insert(t.atom, t.marked(markRepeat, least, most, lazy))
	if possessive {
		t.out.WriteByte(')')
		t.out.insert(t.atom, t.marked(markAtomic))
	}
	t.atom = -1
	return nil
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
	last := t.outer[len(t.outer)-1]
	t.mode, t.atom = last.mode, last.start
	t.outer = t.outer[:len(t.outer)-1]
	t.out.WriteByte(')')
	return nil
}
