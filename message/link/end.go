package link

import (
	"strings"
	"unicode/utf8"
)

// urlEnd finds where a URL that begins at from ends in a word. What is before i belongs to it in any case. It looks at no
// byte behind the end that it finds, so that a word full of URLs takes linear time.
func urlEnd(w string, from, i int) int {
	w = w[:min(len(w), from+maxRaw)]
	shut := byte(0)
	if from > 0 {
		shut = closer(w[from-1])
	}
	end := runEnd(w, i, shut)
	return trimEnd(w, from, i, end)
}

// runEnd goes on from i until the closing quote or bracket, the next URL, or punctuation that ends one.
func runEnd(w string, i int, shut byte) int {
	path, depth := false, 0
	for end := i; end < len(w); end++ {
		switch c := w[end]; {
		case c >= 0x80:
			r, n := utf8.DecodeRuneInString(w[end:])
			if endsURL(r, path) {
				return end
			}
			end += n - 1
		case c == shut && shut != 0:
			if depth--; depth < 0 {
				return end
			}
		case shut != 0 && closer(c) == shut:
			depth++
		case c == '/':
			path = true
		case c == ':' && strings.HasPrefix(w[end:], "://"):
			if next := nextURL(w, i, end); next > i {
				return next
			}
		}
	}
	return len(w)
}

// closer gives the quote or bracket that ends what c begins; 0 none.
func closer(c byte) byte {
	switch c {
	case '\'', '`', '|':
		return c
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	}
	return 0
}

// nextURL tells whether another URL's :// at p begins right behind this one ("http://a,http://b"), and where this one
// then ends; 0 if not: a URL in a path belongs to it.
func nextURL(w string, i, p int) int {
	from := p
	for from > i && p-from < 8 && isLetter(w[from-1]) {
		from--
	}
	if from > i && from < p && strings.IndexByte(",;|)]}'", w[from-1]) >= 0 {
		return from - 1
	}
	return 0
}

// endsURL tells of quotes and punctuation of other scripts, which no one types into a URL.
func endsURL(r rune, path bool) bool {
	switch {
	case r < 0x2018:
		return r == 0xab || r == 0xbb
	case r <= 0x201f, r == 0x2026:
		return true
	case r >= 0x3000 && r <= 0x303f:
		return r != 0x3002 || path // an ideographic full stop may be a host's dot
	}
	return r >= 0xff00 && r <= 0xff0d || r == 0xff1a || r == 0xff1b || r == 0xff1f
}

// trimEnd takes punctuation off the end of a URL, and brackets that were not opened in it.
func trimEnd(w string, from, i, end int) int {
	var balance [3]int // of () [] {}
	for _, c := range []byte(w[from:end]) {
		if n := strings.IndexByte("()[]{}", c); n >= 0 {
			balance[n/2] += 1 - 2*(n%2)
		}
	}
	for end > i {
		switch c := w[end-1]; c {
		case '.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', '`', '|':
		case ')', ']', '}':
			n := strings.IndexByte("()[]{}", c) / 2
			if balance[n] >= 0 {
				return end
			}
			balance[n]++
		default:
			if strings.HasSuffix(w[i:end], "\u3002") {
				end -= 2
				break
			}
			return end
		}
		end--
	}
	return end
}
