package craft

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// bytesWhere gives the set of bytes that a test takes.
func bytesWhere(in func(c byte) bool) (set [256]bool) {
	for c := range 256 {
		set[c] = in(byte(c))
	}
	return set
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isWord(c byte) bool {
	return isDigit(c) || c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

var (
	anyByte    = bytesWhere(func(c byte) bool { return c != '\n' })
	digits     = bytesWhere(isDigit)
	words      = bytesWhere(isWord)
	blanks     = bytesWhere(isBlank)
	horizontal = bytesWhere(func(c byte) bool { return c == ' ' || c == '\t' })
	vertical   = bytesWhere(func(c byte) bool { return c >= '\n' && c <= '\r' })
)

// shorthand gives the set of \d and its kin; nil: it is none.
func shorthand(c byte) *[256]bool {
	set := map[byte]*[256]bool{'d': &digits, 'w': &words, 's': &blanks, 'h': &horizontal, 'v': &vertical}[c|0x20]
	if set == nil || c|0x20 == c {
		return set
	}
	return invert(set)
}

func invert(set *[256]bool) *[256]bool {
	not := bytesWhere(func(c byte) bool { return !set[c] })
	return &not
}

// class reads a bracketed class.
func (r *reader) class() *node {
	r.at++
	not := r.take("^")
	var set [256]bool
	for first := true; r.more() && (first || r.s[r.at] != ']'); first = false {
		r.member(&set)
	}
	r.take("]")
	if not {
		return &node{op: class, set: invert(&set)}
	}
	return &node{op: class, set: &set}
}

// member reads one member of a class: a byte, a range, a shorthand or [:name:].
func (r *reader) member(set *[256]bool) {
	if r.take("[:") {
		end := strings.Index(r.rest(), ":]")
		if end >= 0 {
			posix(set, r.s[r.at:r.at+end])
			r.at += end + 2
		}
		return
	}
	if r.s[r.at] == '\\' && r.at+1 < len(r.s) {
		if add := shorthand(r.s[r.at+1]); add != nil {
			r.at += 2
			for c := range add {
				set[c] = set[c] || add[c]
			}
			return
		}
	}
	low := r.byte()
	high := low
	if strings.HasPrefix(r.rest(), "-") && len(r.rest()) > 1 && r.rest()[1] != ']' {
		r.at++
		high = r.byte()
	}
	for c := int(low); c <= int(high); c++ {
		set[c] = true
	}
}

// posix adds the class of a name.
func posix(set *[256]bool, name string) {
	in := map[string]func(c byte) bool{"digit": isDigit, "space": isBlank, "word": isWord,
		"alpha": func(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' },
		"alnum": func(c byte) bool { return isWord(c) && c != '_' },
		"upper": func(c byte) bool { return c >= 'A' && c <= 'Z' },
		"lower": func(c byte) bool { return c >= 'a' && c <= 'z' },
		"punct": func(c byte) bool { return c > ' ' && c < 0x7f && (!isWord(c) || c == '_') },
	}[name]
	for c := range 256 {
		set[c] = set[c] || in != nil && in(byte(c))
	}
}

// byte reads one byte of a class, escaped or not.
func (r *reader) byte() byte {
	if r.s[r.at] != '\\' || r.at+1 >= len(r.s) {
		r.at++
		return r.s[r.at-1]
	}
	if n := r.escape(); n.op == literal && n.text != "" {
		return n.text[len(n.text)-1]
	}
	return ' '
}

// control gives what letters stand for behind a backslash.
var control = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", 'f': "\f", 'e': "\x1b", 'a': "\a"}

// escape reads what a backslash begins.
func (r *reader) escape() *node {
	r.at++
	if !r.more() {
		return &node{}
	}
	c := r.s[r.at]
	r.at++
	if set := shorthand(c); set != nil {
		return &node{op: class, set: set}
	}
	switch {
	case control[c] != "":
		return &node{op: literal, text: control[c]}
	case strings.IndexByte("bBAzZGK", c) >= 0:
		return &node{}
	case c == 'x':
		return r.hex()
	case c == 'R':
		return &node{op: literal, text: "\n"}
	case c == '0':
		return &node{op: literal, text: "\x00"}
	case isDigit(c):
		return &node{op: reference, group: int(c - '0')}
	case c == 'g' || c == 'k':
		return r.named()
	}
	return &node{op: literal, text: string(r.s[r.at-1 : r.at])}
}

// hex reads \xE4 or \x{20ac}.
func (r *reader) hex() *node {
	digits := ""
	if r.take("{") {
		end := strings.IndexByte(r.rest(), '}')
		if end < 0 {
			return &node{}
		}
		digits = r.s[r.at : r.at+end]
		r.at += end + 1
	} else {
		end := 0
		for end < 2 && end < len(r.rest()) && strings.IndexByte("0123456789abcdefABCDEF", r.rest()[end]) >= 0 {
			end++
		}
		digits = r.s[r.at : r.at+end]
		r.at += end
	}
	v, err := strconv.ParseUint(digits, 16, 21)
	if err != nil {
		return &node{op: literal, text: "\x00"}
	}
	if v < 256 {
		return &node{op: literal, text: string([]byte{byte(v)})}
	}
	return &node{op: literal, text: string(utf8.AppendRune(nil, rune(v)))}
}

// named reads the rest of \g1, \g{1} or \k<name>.
func (r *reader) named() *node {
	rest := r.rest()
	if rest == "" {
		return &node{}
	}
	text := rest[:1]
	if i := strings.IndexByte("{<'", rest[0]); i >= 0 {
		end := strings.IndexByte(rest[1:], "}>'"[i])
		if end < 0 {
			return &node{}
		}
		text = rest[1 : 1+end]
		r.at += end + 2
	} else {
		r.at++
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return &node{op: reference, name: text}
	}
	if n < 0 {
		n += r.groups + 1
	}
	return &node{op: reference, group: n}
}
