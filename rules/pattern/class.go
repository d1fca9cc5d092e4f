package pattern

import (
	"fmt"
	"strings"
)

// set is a set of bytes.
type set [256]bool

func (s *set) add(lo, hi byte) {
	for c := int(lo); c <= int(hi); c++ {
		s[c] = true
	}
}

func (s *set) merge(other *set, negate bool) {
	for c := range other {
		if other[c] != negate {
			s[c] = true
		}
	}
}

func setOf(ranges string) *set {
	var s set
	for i := 0; i+1 < len(ranges); i += 2 {
		s.add(ranges[i], ranges[i+1])
	}
	return &s
}

// classEscapes are the escapes that stand for a set; the capital letter is the complement.
var classEscapes = map[byte]*set{
	'd': setOf("09"), 'w': setOf("09AZaz__"), 's': setOf("\t\r  "), 'h': setOf("\t\t  \xa0\xa0"), 'v': setOf("\n\r\x85\x85"),
}

// posix are the names of [[:name:]].
var posix = map[string]*set{
	"alpha": setOf("AZaz"), "digit": setOf("09"), "alnum": setOf("09AZaz"), "upper": setOf("AZ"), "lower": setOf("az"),
	"space": setOf("\t\r  "), "blank": setOf("\t\t  "), "punct": setOf("!/:@[`{~"), "print": setOf(" ~"), "graph": setOf("!~"),
	"cntrl": setOf("\x00\x1f\x7f\x7f"), "xdigit": setOf("09AFaf"), "word": setOf("09AZaz__"), "ascii": setOf("\x00\x7f"),
}

// class takes a bracketed class; it ends up as a set of bytes with folding done.
func (t *translator) class() error {
	start := t.pos
	negate := t.peek() == '^'
	if negate {
		t.pos++
	}
	var s set
	for first := true; ; first = false {
		if t.pos >= len(t.src) {
			return fmt.Errorf("class [… at byte %d is not closed: a ] is missing", start)
		}
		if t.src[t.pos] == ']' && !first {
			t.pos++
			break
		}
		if err := t.item(&s); err != nil {
			return err
		}
	}
	t.writeClass(s, negate)
	return nil
}

// item takes a character, a range, an escape or a POSIX name.
func (t *translator) item(s *set) error {
	if t.mode.xx && (t.peek() == ' ' || t.peek() == '\t') {
		t.pos++
		return nil
	}
	if named, err := t.posix(s); named || err != nil {
		return err
	}
	lo, isSet, err := t.member(s)
	if err != nil || isSet {
		return err
	}
	if hi := t.src[t.pos:]; len(hi) < 2 || hi[0] != '-' || hi[1] == ']' {
		s.add(lo, lo)
		return nil
	}
	t.pos++
	hi, isSet, err := t.member(s)
	switch {
	case err != nil:
		return err
	case isSet: // [a-\d] is a, - and the digits
		s.add(lo, lo)
		s.add('-', '-')
	case hi < lo:
		return fmt.Errorf("range [%c-%c] in a class runs backwards", lo, hi)
	default:
		s.add(lo, hi)
	}
	return nil
}

// member takes one character of a class, or an escape for a set, which it adds.
func (t *translator) member(s *set) (c byte, isSet bool, err error) {
	c = t.src[t.pos]
	t.pos++
	if c != '\\' {
		return c, false, nil
	}
	if t.pos == len(t.src) {
		return 0, false, fmt.Errorf("the pattern ends with a backslash")
	}
	c = t.src[t.pos]
	t.pos++
	if in := classEscapes[c|0x20]; in != nil {
		s.merge(in, c&0x20 == 0)
		return 0, true, nil
	}
	switch c {
	case 'n', 'r', 't', 'f', 'a', 'b', 'e':
		return "\n\r\t\f\a\b\x1b"[strings.IndexByte("nrtfabe", c)], false, nil
	case 'p', 'P', 'X', 'N', 'R':
		return 0, false, refusedEscape(c)
	case 'E', 'Q':
		return 0, true, nil
	}
	c, err = t.char(c)
	return c, false, err
}

func (t *translator) posix(s *set) (bool, error) {
	rest := t.src[t.pos:]
	if !strings.HasPrefix(rest, "[:") {
		return false, nil
	}
	end := strings.Index(rest, ":]")
	if end < 2 || strings.ContainsAny(rest[2:end], "[]\\ ") {
		return false, nil
	}
	name, negate := strings.CutPrefix(rest[2:end], "^")
	in := posix[name]
	if in == nil {
		return false, fmt.Errorf("unknown class [:%s:]", name)
	}
	s.merge(in, negate)
	t.pos += end + 2
	return true, nil
}

// writeClass writes a set, folded where the pattern folds. It never reaches beyond the 256 runes that texts have: the
// engine takes long over larger classes.
func (t *translator) writeClass(s set, negate bool) {
	if t.mode.i {
		for c := byte('a'); c <= 'z'; c++ {
			both := s[c] || s[c^0x20]
			s[c], s[c^0x20] = both, both
		}
	}
	high := false
	for c := range s {
		s[c] = s[c] != negate
		high = high || c >= 0x80 && s[c]
	}
	if t.mode.i && high { // folding is done; the engine would fold bytes beyond ASCII too
		t.out.WriteString("(?-i:")
		defer t.out.WriteByte(')')
	}
	t.out.WriteString(s.expr())
}

// expr writes the set as a class of the engine.
func (s *set) expr() string {
	var b strings.Builder
	for lo := 0; lo < 256; lo++ {
		if !s[lo] {
			continue
		}
		hi := lo
		for hi < 255 && s[hi+1] {
			hi++
		}
		fmt.Fprintf(&b, `\x{%x}-\x{%x}`, lo, hi)
		lo = hi
	}
	if b.Len() == 0 {
		return `[^\x00-\x{10FFFF}]` // matches nothing
	}
	return "[" + b.String() + "]"
}
