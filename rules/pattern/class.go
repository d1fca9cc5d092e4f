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
		s.span(lo, lo)
		return nil
	}
	t.pos++
	hi, isSet, err := t.member(s)
	switch {
	case err != nil:
		return err
	case isSet: // [a-\d] is a, - and the digits
		s.span(lo, lo)
		s.add('-', '-')
	case hi < lo:
		return fmt.Errorf("range [%c-%c] in a class runs backwards", lo, hi)
	default:
		s.span(lo, hi)
	}
	return nil
}

// span adds a range of characters, as far as they are bytes.
func (s *set) span(lo, hi rune) {
	if lo < beyond {
		s.add(byte(lo), byte(min(hi, beyond-1)))
	}
}

// beyond stands for every character that is no byte.
const beyond = 0x100

// member takes one character of a class, or an escape for a set, which it adds.
func (t *translator) member(s *set) (c rune, isSet bool, err error) {
	b := t.src[t.pos]
	t.pos++
	if b != '\\' {
		return rune(b), false, nil
	}
	if t.pos == len(t.src) {
		return 0, false, fmt.Errorf("the pattern ends with a backslash")
	}
	b = t.src[t.pos]
	t.pos++
	if in := t.escapedSet(b); in != nil {
		s.merge(in, b&0x20 == 0)
		return 0, true, nil
	}
	switch b {
	case 'n', 'r', 't', 'f', 'a', 'b', 'e':
		return rune("\n\r\t\f\a\b\x1b"[strings.IndexByte("nrtfabe", b)]), false, nil
	case 'p', 'P':
		in, err := t.property(b)
		s.merge(&in, false)
		return 0, true, err
	case 'X', 'N', 'R':
		return 0, false, refusedEscape(b)
	case 'E', 'Q':
		return 0, true, nil
	}
	b, err = t.char(b)
	if err == errWide {
		return beyond, false, nil
	}
	return rune(b), false, err
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
		for c := 0; c < 256; c++ {
			if other, folds := t.folded(byte(c)); folds {
				both := s[c] || s[other]
				s[c], s[other] = both, both
			}
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
		return nothing
	}
	return "[" + b.String() + "]"
}
