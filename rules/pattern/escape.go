package pattern

import (
	"fmt"
	"strconv"
	"strings"
)

// plainEscapes are escapes with one meaning outside of classes.
var plainEscapes = map[byte]string{
	'b': `\b`, 'B': `\B`, 'A': `\A`, 'z': `\z`, 'R': `(?:\r\n|[\n-\r\x{85}])`,
	'n': `\n`, 'r': `\r`, 't': `\t`, 'f': `\f`, 'a': `\a`, 'e': `\x1b`,
	'E': ``, // the end of a \Q that was not open
}

// escape takes what follows a backslash.
func (t *translator) escape() error {
	if t.pos == len(t.src) {
		return fmt.Errorf("the pattern ends with a backslash")
	}
	c := t.src[t.pos]
	t.pos++
	if text, ok := plainEscapes[c]; ok {
		if (c == 'b' || c == 'B') && t.peek() == '{' {
			return fmt.Errorf(`\%c{…} is not supported: use \%c`, c, c)
		}
		t.out.WriteString(text)
		if c == 'E' {
			t.atom = -1
		}
		return nil
	}
	if in := t.escapedSet(c); in != nil {
		t.writeClass(*in, c&0x20 == 0)
		return nil
	}
	if c == 'Z' {
		t.out.WriteString(t.dollar())
		return nil
	}
	if c == 'N' {
		t.writeClass(*setOf("\n\n"), true)
		return nil
	}
	if c == 'Q' {
		t.quote()
		return nil
	}
	if c == 'p' || c == 'P' {
		in, err := t.property(c)
		if err == nil {
			t.writeClass(in, false)
		}
		return err
	}
	if refers, err := t.reference(c); refers || err != nil {
		return err
	}
	if strings.IndexByte("XCKGULul", c) >= 0 {
		return refusedEscape(c)
	}
	b, err := t.char(c)
	switch {
	case err == errWide:
		t.out.WriteString(nothing)
		return nil
	case err == nil:
		t.literal(b)
	}
	return err
}

func refusedEscape(c byte) error {
	switch {
	case c == 'K', c == 'G':
		return fmt.Errorf(`\%c: %w`, c, ErrBacktracking)
	case c == 'X':
		return fmt.Errorf(`\%c looks at characters, rules look at bytes: write the bytes`, c)
	}
	return fmt.Errorf(`\%c is not supported in rules`, c)
}

// quote takes \Q…\E: everything in between stands for itself.
func (t *translator) quote() {
	text := t.src[t.pos:]
	if i := strings.Index(text, `\E`); i >= 0 {
		text = text[:i]
		t.pos += 2
	}
	t.pos += len(text)
	for i := range len(text) {
		t.atom = len(t.out.b)
		t.literal(text[i])
	}
}

// char gives the byte that an escape of one character stands for, in and outside of classes.
func (t *translator) char(c byte) (byte, error) {
	switch {
	case c == 'x':
		return t.hex()
	case c >= '0' && c <= '7':
		n := 1
		for n < 3 && t.pos-1+n < len(t.src) && t.src[t.pos-1+n] >= '0' && t.src[t.pos-1+n] <= '7' {
			n++
		}
		v, err := strconv.ParseUint(t.src[t.pos-1:t.pos-1+n], 8, 8)
		t.pos += n - 1
		if err != nil {
			return 0, fmt.Errorf("octal escape over \\377 at byte %d", t.pos)
		}
		return byte(v), nil
	case c == 'c' && t.pos < len(t.src):
		t.pos++
		return t.src[t.pos-1]&^0x20 ^ 0x40, nil
	}
	return c, nil
}

// hex takes \xE4, \xA and \x{E4}.
func (t *translator) hex() (byte, error) {
	digits := t.src[t.pos:]
	if strings.HasPrefix(digits, "{") {
		end := strings.IndexByte(digits, '}')
		if end < 0 {
			return 0, fmt.Errorf(`\x{ at byte %d is not closed`, t.pos)
		}
		t.pos += end + 1
		v, err := strconv.ParseUint(strings.TrimSpace(digits[1:end]), 16, 32)
		switch {
		case err != nil:
			return 0, fmt.Errorf(`\x%s is no number in hex`, digits[:end+1])
		case v > 0xFF:
			return 0, errWide
		}
		return byte(v), nil
	}
	n := 0
	for n < 2 && n < len(digits) && strings.IndexByte("0123456789abcdefABCDEF", digits[n]) >= 0 {
		n++
	}
	t.pos += n
	v, _ := strconv.ParseUint("0"+digits[:n], 16, 16)
	return byte(v), nil
}
