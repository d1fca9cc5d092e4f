package written

import (
	"bytes"
	"regexp"

	"weir/rules/ascii"
)

// numbers counts letters that are written as numbers: &#80; and &#x50;
func (w *walker) numbers() {
	w.rows(w.src, '&', letterNumber, 5, letterNumbers)
}

// letterNumber gives the length of the number of a letter that a text begins with; 0: there is none.
func letterNumber(b []byte) (n int) {
	switch {
	case len(b) < 4 || b[0] != '&' || b[1] != '#':
		return 0
	case b[2]|0x20 == 'x':
		if len(b) < 5 || !isLetter(b[3], ascii.Lower(b[4])) {
			return 0
		}
		n = 5
	case b[2] == '6' && b[3] >= '5' && b[3] <= '9', b[2] >= '7' && b[2] <= '9' && ascii.Digit(b[3]):
		n = 4
	case b[2] == '1' && b[3] >= '0' && b[3] <= '2' && len(b) > 4 && ascii.Digit(b[4]):
		n = 5
	default:
		return 0
	}
	if n < len(b) && b[n] == ';' {
		n++
	}
	return n
}

// isLetter tells whether two hexadecimal digits are an ASCII letter.
func isLetter(high, low byte) bool {
	switch high {
	case '4', '6':
		return low >= '1' && low <= '9' || low >= 'a' && low <= 'f'
	case '5', '7':
		return ascii.Digit(low) || low == 'a'
	}
	return false
}

// encoded counts letters that are written in quoted-printable for no reason: =46=72
func (w *walker) encoded(body []byte) {
	body = body[:min(len(body), w.left())]
	w.looked += len(body)
	w.rows(body, '=', quotedLetter, 8, encodedLetters)
}

func quotedLetter(b []byte) int {
	if len(b) >= 3 && b[0] == '=' && b[2] < 'a' && isLetter(b[1], ascii.Lower(b[2])) {
		return 3
	}
	return 0
}

// rows counts rows of at least least of what one gives the length of, each beginning with a byte.
func (w *walker) rows(text []byte, begins byte, one func([]byte) int, least int, s sign) {
	for at := 0; at < len(text); {
		i := bytes.IndexByte(text[at:], begins)
		if i < 0 {
			return
		}
		n := 0
		for at += i; ; n++ {
			length := one(text[at:])
			if at += length; length == 0 {
				break
			}
		}
		if n >= least {
			w.found[s]++
		}
		if n == 0 {
			at++
		}
	}
}

// squares looks for links in the markup of forums, and for tags that were made harmless.
func (w *walker) squares() {
	for _, mark := range []struct {
		begins byte
		forms  []string
	}{{'[', []string{"[url=", "[link="}}, {'&', []string{"&lt;a\thref", "&lt;a href"}}} {
		for at := 0; at < len(w.src); at++ {
			i := bytes.IndexByte(w.src[at:], mark.begins)
			if i < 0 {
				break
			}
			at += i
			for _, form := range mark.forms {
				if hasPrefix(w.src[at:], form) {
					w.found[linkSource]++
				}
			}
		}
	}
}

// code are the shapes of a last line that is there to make each copy of a mail another one.
var code = regexp.MustCompile(`^(?:[a-z]{12,40}|[a-z0-9]{2,}\d[a-z0-9]{14,}|\[?[A-Z0-9*^&+%]{14,}\]?|\d{2,4}[A-Za-z]{4}\d-\d{3}\w+-?\w*|[a-z]{5,30}\^?\([a-z]+\)[\w.]*)$`)

// tail looks at the last line, and at the length of the text.
func (w *walker) tail() {
	if len(w.src) >= longChunkBytes {
		w.found[longChunk]++
	}
	text := bytes.TrimRight(w.src, " \t\r\n\f\v")
	last := bytes.TrimLeft(text[bytes.LastIndexByte(text, '\n')+1:], " \t\r\f\v")
	if len(last) >= shortestCode && len(last) < len(text) && len(last) <= longestCode && bytes.IndexByte(last, ' ') < 0 && code.Match(last) {
		w.found[codeTail]++
	}
}

const (
	longChunkBytes = 1200
	shortestCode   = 9
	longestCode    = 400
)

func hasPrefix(b []byte, lower string) bool {
	if len(b) < len(lower) {
		return false
	}
	for i := range len(lower) {
		if ascii.Lower(b[i]) != lower[i] {
			return false
		}
	}
	return true
}
