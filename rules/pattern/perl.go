package pattern

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// errWide is returned for an escape of a character that is no byte: no text has it.
var errWide = errors.New("a character beyond the bytes")

// nothing is an expression that matches nothing.
const nothing = `[^\x00-\x{10FFFF}]`

// isWide tells whether a pattern names a character beyond the bytes or a property. Perl then takes each byte for the
// character of its number in Unicode: \w has é as \xe9, and é folds to É.
func isWide(body string) bool {
	for i := 0; i+1 < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		switch rest := body[i:]; {
		case rest[0] == 'p' || rest[0] == 'P':
			return true
		case strings.HasPrefix(rest, "x{"):
			digits, _, _ := strings.Cut(rest[2:], "}")
			if v, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 32); err == nil && v > 0xFF {
				return true
			}
		}
	}
	return false
}

// wideEscapes are the sets that are larger where a pattern follows Unicode.
var wideEscapes = map[byte]*set{
	'w': propertySet(unicode.L, unicode.M, unicode.Nd, unicode.Pc), 's': setOf("\t\r  \x85\x85\xa0\xa0"),
}

func propertySet(tables ...*unicode.RangeTable) *set {
	var s set
	for c := range s {
		s[c] = unicode.In(rune(c), tables...)
	}
	return &s
}

// escapedSet gives the set of \d, \w, \s, \h, \v, for the small letter and the capital one; nil: it is none of these.
func (t *translator) escapedSet(c byte) *set {
	if in := wideEscapes[c|0x20]; in != nil && t.wide {
		return in
	}
	return classEscapes[c|0x20]
}

// folded gives the other case of a byte.
func (t *translator) folded(c byte) (other byte, folds bool) {
	switch {
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return c ^ 0x20, true
	case t.wide && c >= 0xC0 && c|0x20 != 0xF7 && c|0x20 != 0xFF && c != 0xDF:
		return c ^ 0x20, true
	}
	return c, false
}

// property takes \pL, \p{Letter}, \p{^L}, \P{…}: a set of characters, as far as they are bytes.
func (t *translator) property(c byte) (s set, err error) {
	name := t.src[t.pos:min(t.pos+1, len(t.src))]
	t.pos += len(name)
	if name == "{" {
		end := strings.IndexByte(t.src[t.pos:], '}')
		if end < 0 {
			return s, fmt.Errorf(`\%c{ at byte %d is not closed`, c, t.pos)
		}
		name = t.src[t.pos : t.pos+end]
		t.pos += end + 1
	}
	bare, negated := strings.CutPrefix(strings.TrimSpace(name), "^")
	table := propertyTable(bare)
	if table == nil {
		return s, fmt.Errorf(`unknown property \%c{%s}`, c, name)
	}
	for b := range s {
		s[b] = unicode.Is(table, rune(b)) != (negated != (c == 'P'))
	}
	return s, nil
}

// propertyTable finds a category or a script by Unicode's or Perl's name.
func propertyTable(name string) *unicode.RangeTable {
	for _, prefix := range []string{"Is", "Script=", "General_Category=", "gc=", "sc="} {
		name = strings.TrimPrefix(name, prefix)
	}
	long := map[string]string{"Letter": "L", "Uppercase": "Lu", "Upper": "Lu", "Lowercase": "Ll", "Lower": "Ll", "Alpha": "L", "Alphabetic": "L",
		"Digit": "Nd", "Number": "N", "Punctuation": "P", "Punct": "P", "Symbol": "S", "Mark": "M", "Separator": "Z", "Control": "Cc", "Cntrl": "Cc"}
	if short := long[name]; short != "" {
		name = short
	}
	if table := unicode.Categories[name]; table != nil {
		return table
	}
	return unicode.Scripts[name]
}

// countGroups counts the groups of a pattern that capture.
func countGroups(body string) (n int) {
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '[':
			i = classEnd(body, i)
		case '(':
			if rest := body[i+1:]; !strings.HasPrefix(rest, "?") && !strings.HasPrefix(rest, "*") {
				n++
			} else if name, _ := groupName(strings.TrimPrefix(rest, "?")); name != "" {
				n++
			}
		}
	}
	return n
}

// classEnd gives the place of the ] that ends the class at i.
func classEnd(body string, i int) int {
	i++
	if strings.HasPrefix(body[min(i, len(body)):], "^") {
		i++
	}
	for start := i; i < len(body); i++ {
		switch {
		case body[i] == '\\':
			i++
		case body[i] == '[' && strings.HasPrefix(body[i:], "[:"):
			if end := strings.Index(body[i:], ":]"); end > 0 {
				i += end + 1
			}
		case body[i] == ']' && i > start:
			return i
		}
	}
	return i
}

// reference takes \1, \12, \g1, \g{-1}, \g{name}, \k<name>. refers is false if it is something else: an octal escape.
func (t *translator) reference(c byte) (refers bool, err error) {
	switch {
	case c == 'g':
		return true, t.gReference()
	case c == 'k':
		for _, form := range []struct {
			open  string
			close byte
		}{{"<", '>'}, {"{", '}'}, {"'", '\''}} {
			if strings.HasPrefix(t.src[t.pos:], form.open) {
				return true, t.namedReference(form.open, form.close, 0)
			}
		}
		return true, fmt.Errorf(`\k at byte %d: a name is missing, as in \k<name>`, t.pos)
	case c < '1' || c > '9':
		return false, nil
	}
	n, digits := 0, t.src[t.pos-1:]
	i := 0
	for i < len(digits) && i < 4 && digits[i] >= '0' && digits[i] <= '9' {
		n = 10*n + int(digits[i]-'0')
		i++
	}
	if n > 9 && n > t.total { // an octal escape, as Perl reads it
		return false, nil
	}
	t.pos += i - 1
	return true, t.refer(n)
}

// gReference takes what follows \g.
func (t *translator) gReference() error {
	text := t.src[t.pos:]
	if strings.HasPrefix(text, "{") {
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return fmt.Errorf(`\g{ at byte %d is not closed`, t.pos)
		}
		text = strings.TrimSpace(text[1:end])
		if n := t.names[text]; n > 0 {
			t.pos += end + 1
			return t.refer(n)
		}
		t.pos += end + 1
	} else {
		i := 0
		for i < len(text) && (text[i] >= '0' && text[i] <= '9' || i == 0 && text[i] == '-') {
			i++
		}
		text = text[:i]
		t.pos += i
	}
	n, err := strconv.Atoi(text)
	if n < 0 {
		n += t.groups + 1
	}
	if err != nil || n <= 0 {
		return fmt.Errorf(`reference \g{%s}: there is no such group`, text)
	}
	return t.refer(n)
}

// namedReference takes a name between two marks. skip bytes are in front of the first one.
func (t *translator) namedReference(open string, close byte, skip int) error {
	rest := t.src[t.pos+skip+len(open):]
	end := strings.IndexByte(rest, close)
	if end < 0 {
		return fmt.Errorf("the name of the reference at byte %d is not closed", t.pos)
	}
	n := t.names[strings.TrimSpace(rest[:end])]
	if n == 0 {
		return fmt.Errorf("reference to %q: no group before it has this name", rest[:end])
	}
	t.pos += skip + len(open) + end + 1
	return t.refer(n)
}

// refer writes a reference to a group.
func (t *translator) refer(n int) error {
	if t.total < n {
		return fmt.Errorf(`reference \%d: the pattern has %d group(s)`, n, t.total)
	}
	t.refs[n] = true
	fold := 0
	if t.mode.i {
		fold = 1
	}
	t.out.WriteString(t.marked(markRef, n, fold) + ")")
	return nil
}
