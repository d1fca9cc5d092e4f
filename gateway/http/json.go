package http

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// text is JSON (RFC 8259) that is written from front to back. Replies are written by hand, without making a tree of values
// first: they are the larger part of what the door itself costs.
type text struct{ b []byte }

// key begins a member of the object that is open; where name is "", an element of an array, or the value of a key that
// stands already.
func (t *text) key(name string) {
	if last := t.b[len(t.b)-1]; last != '{' && last != '[' && last != ':' {
		t.b = append(t.b, ',')
	}
	if name != "" {
		t.string(name)
		t.b = append(t.b, ':')
	}
}

// open begins an object or array as a member; shut ends what was begun last.
func (t *text) open(name string, bracket byte) {
	t.key(name)
	t.b = append(t.b, bracket)
}

func (t *text) shut(bracket byte) { t.b = append(t.b, bracket) }

func (t *text) word(name, value string) {
	t.key(name)
	t.string(value)
}

func (t *text) truth(name string, value bool) {
	t.key(name)
	t.b = strconv.AppendBool(t.b, value)
}

func (t *text) whole(name string, value int64) {
	t.key(name)
	t.b = strconv.AppendInt(t.b, value, 10)
}

// number writes a number. JSON has none for what is infinite or none: those become 0.
func (t *text) number(name string, value float64) {
	t.key(name)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		value = 0
	}
	t.b = strconv.AppendFloat(t.b, value, 'f', -1, 64)
}

const hex = "0123456789abcdef"

// string writes a string. What is not UTF-8 becomes U+FFFD; what ends a line for JavaScript, or a tag, is escaped as well, so
// that a reply is inert wherever it lands.
func (t *text) string(s string) {
	t.b = append(t.b, '"')
	from := 0
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r >= utf8.RuneSelf && r != '\u2028' && r != '\u2029' && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		t.b = append(t.b, s[from:i]...)
		t.escape(r)
		i += size
		from = i
	}
	t.b = append(append(t.b, s[from:]...), '"')
}

func (t *text) escape(r rune) {
	switch r {
	case '"', '\\':
		t.b = append(t.b, '\\', byte(r))
	case '\n':
		t.b = append(t.b, '\\', 'n')
	case '\t':
		t.b = append(t.b, '\\', 't')
	default:
		t.b = append(t.b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (table [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		table[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c != 0x7f
	}
	return table
}()
