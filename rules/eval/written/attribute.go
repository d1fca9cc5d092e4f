package written

import (
	"bytes"

	"weir/rules/ascii"
)

// value gives an attribute's value, without quotes and white space in front; nil: there is none.
func (e *element) value(name string) []byte {
	rest := e.attributes
	for {
		i := bytes.IndexByte(rest, '=')
		if i < 0 {
			return nil
		}
		if endsWithWord(rest[:i], name) {
			return unquoted(rest[i+1:])
		}
		rest = rest[i+1:]
	}
}

func (e *element) has(name string) bool { return e.value(name) != nil }

// unquoted gives what stands behind an equals sign.
func unquoted(b []byte) []byte {
	b = trimmed(b)
	if len(b) > 0 && (b[0] == '"' || b[0] == '\'') {
		quote := b[0]
		b = trimmed(b[1:])
		end := until(b, quote)
		return b[:end:end]
	}
	end := 0
	for end < len(b) && !ascii.Space(b[end]) {
		end++
	}
	return b[:end:end]
}

// trimmed is a text without white space in front.
func trimmed(b []byte) []byte {
	for len(b) > 0 && ascii.Space(b[0]) {
		b = b[1:]
	}
	return b
}

func trimmedRight(b []byte) []byte {
	for len(b) > 0 && ascii.Space(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// endsWithWord tells whether a text ends with a name, in any case, and white space behind it.
func endsWithWord(b []byte, name string) bool {
	b = trimmedRight(b)
	n := len(b) - len(name)
	return n >= 0 && hasPrefix(b[n:], name) && (n == 0 || !ascii.Word(b[n-1]))
}

// style counts what a tag's style says of the text behind it.
func (e *element) style() {
	if bytes.IndexByte(e.attributes, ':') < 0 {
		return
	}
	words := trimmed(e.behind)
	shows := len(words) > 2 && letter(words[0]) && letter(words[1]) && letter(words[2])
	for rest := e.attributes; ; {
		i := bytes.IndexByte(rest, ':')
		if i < 0 {
			break
		}
		name, value := rest[:i], trimmed(rest[i+1:])
		switch rest = rest[i+1:]; {
		case !shows:
		case endsWithWord(name, "font-size") && isTiny(value):
			e.found[tinyText]++
		case endsWithWord(name, "display") && hasPrefix(value, "none"), endsWithWord(name, "visibility") && hasPrefix(value, "hidden"):
			e.found[unshownText]++
		}
	}
	e.count(turned, turns(e.attributes))
}

// isTiny tells of sizes 0 and 1, in pixels, points or whatever.
func isTiny(value []byte) bool {
	if len(value) == 0 || value[0] != '0' && value[0] != '1' {
		return false
	}
	value = value[1:]
	for _, unit := range []string{"px", "pt", "em", "%"} {
		if hasPrefix(value, unit) {
			value = value[len(unit):]
			break
		}
	}
	value = trimmed(value)
	return len(value) > 0 && (value[0] == ';' || value[0] == '"' || value[0] == '\'')
}

// turns tells of a style that writes letters backwards.
func turns(style []byte) bool {
	return containsFold(style, "bidi-override") && containsFold(style, "rtl")
}

// colorOf takes the sign off a colour's number.
func colorOf(value []byte) []byte { return bytes.TrimPrefix(value, []byte("#")) }

// doesSomething tells of a script that is not empty.
func doesSomething(text []byte) bool {
	text = trimmed(text)
	text = trimmed(bytes.TrimPrefix(text, []byte("<!--")))
	return startsWithAny(text, "document.", "window.", "eval(", "var ", "var\t", "var\n", "function", "location", "unescape", "//")
}

// runs tells of a script in a link that does something.
func runs(text []byte) bool {
	text = trimmed(text)
	if startsWithAny(text, "window", "document", "eval", "location") {
		return true
	}
	n := 0
	for n < len(text) && ascii.Word(text[n]) {
		n++
	}
	return n > 0 && n < len(text) && text[n] == '('
}

func startsWithAny(b []byte, list ...string) bool {
	for _, s := range list {
		if hasPrefix(b, s) {
			return true
		}
	}
	return false
}

// containsFold tells whether a text, in any case, has another one, which is in small letters.
func containsFold(b []byte, lower string) bool {
	for len(b) >= len(lower) {
		i := bytes.IndexAny(b, string([]byte{lower[0], lower[0] &^ 0x20}))
		if i < 0 {
			return false
		}
		if hasPrefix(b[i:], lower) {
			return true
		}
		b = b[i+1:]
	}
	return false
}

// until gives the index of a byte, or of the end.
func until(b []byte, c byte) int {
	if i := bytes.IndexByte(b, c); i >= 0 {
		return i
	}
	return len(b)
}
