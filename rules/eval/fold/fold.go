// Package fold writes text in plain words: small letters without accents, one blank between words, numbers as 9.
//
// Senders hide words in look-alike letters, letters of mathematics, characters without width. A reader sees the word all the
// same; so do rules that look at folded text. What is folded is no longer the text, so nothing is quoted from it.
package fold

import (
	"unicode"
	"unicode/utf8"
)

// Text is folded text.
type Text struct {
	Words     []byte // words with one blank between them
	Disguised int    // words that had look-alikes or characters without width in them
}

// Fold appends a text to what is folded already, as words of their own, until limit bytes are there. It tells whether all
// of the text was taken.
func (t *Text) Fold(text string, limit int) bool {
	f := folder{Text: t, start: len(t.Words)}
	f.gap()
	for i := 0; i < len(text); {
		if len(t.Words) >= limit {
			f.gap()
			return false
		}
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			f.ascii(c)
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if i += n; r == utf8.RuneError && n == 1 {
			r = rune(c) // a byte of Latin-1
		}
		f.wide(r)
	}
	f.gap()
	return true
}

// folder is at work on one word.
type folder struct {
	*Text
	start  int  // where the word begins
	odd    bool // it has a character that nobody writes in it
	veiled bool // a character without width came last
	latin  bool // it has letters a to z
	look   bool // it has letters of another alphabet that look like those
	number bool // it began with a digit
}

// gap ends the word.
func (f *folder) gap() {
	if len(f.Words) == f.start {
		f.odd = false
		if n := len(f.Words); n > 0 && f.Words[n-1] != ' ' {
			f.Words = append(f.Words, ' ')
			f.start = n + 1
		}
		return
	}
	if f.look && f.latin {
		f.alike()
		f.odd = true
	}
	if f.odd {
		f.Disguised++
	}
	f.Words = append(f.Words, ' ')
	*f = folder{Text: f.Text, start: len(f.Words)}
}

// ascii takes one byte.
func (f *folder) ascii(c byte) {
	switch {
	case c >= 'a' && c <= 'z':
		f.letter(c)
	case c >= 'A' && c <= 'Z':
		f.letter(c | 0x20)
	case c >= '0' && c <= '9':
		f.digit(c)
	case f.number && (c == '.' || c == ','): // within a number
	case c == '%' || c == '$':
		f.sign(c)
	default:
		f.gap()
	}
}

func (f *folder) letter(c byte) {
	if f.number { // 12h: two words
		f.gap()
	}
	f.odd = f.odd || f.veiled
	f.latin, f.veiled = true, false
	f.Words = append(f.Words, c)
}

// digit takes a digit: within a word it stays, a number is one 9.
func (f *folder) digit(c byte) {
	switch {
	case f.number:
	case len(f.Words) == f.start:
		f.number = true
		f.Words = append(f.Words, '9')
	default:
		f.Words = append(f.Words, c)
	}
}

// sign is a word by itself.
func (f *folder) sign(signs ...byte) {
	f.gap()
	f.Words = append(f.Words, signs...)
	f.gap()
}

// wide takes a character beyond ASCII.
func (f *folder) wide(r rune) {
	switch {
	case isWidthless(r):
		f.veiled = f.latin && r != 0xAD // where a word may be broken
	case r == 0x20AC:
		f.sign('e', 'u', 'r')
	case r == 0xA3:
		f.sign('g', 'b', 'p')
	case r < 0x250 || r >= 0x1E00 && r < 0x1F00:
		f.accented(r)
	case isDress(r):
		f.undress(r)
	case unicode.IsLetter(r) || unicode.IsMark(r):
		f.other(r)
	default:
		f.gap()
	}
}

// other takes a letter of another alphabet, in small.
func (f *folder) other(r rune) {
	if unicode.IsMark(r) && f.latin { // an accent of its own
		return
	}
	if f.number {
		f.gap()
	}
	r = unicode.ToLower(r)
	f.look = f.look || alike[r] != 0
	f.Words = utf8.AppendRune(f.Words, r)
}

// accented takes a Latin letter with an accent.
func (f *folder) accented(r rune) { f.plain(r, f.letter) }

// undress takes a letter that Unicode has for mathematics, in circles or of full width.
func (f *folder) undress(r rune) {
	if f.plain(r, f.ascii) {
		f.odd = len(f.Words) > f.start && (f.odd || r < 0xFF00 || r > 0xFFEF) // full width is at home in East Asia
	}
}

// plain takes the plain letters of a character. One that has none is a gap.
func (f *folder) plain(r rune, take func(byte)) bool {
	plain := plainOf(r)
	if plain == "" {
		f.gap()
		return false
	}
	for i := range len(plain) {
		take(plain[i])
	}
	return true
}

// alike writes the word again, with Latin letters in place of those that look like them.
func (f *folder) alike() {
	word := string(f.Words[f.start:])
	f.Words = f.Words[:f.start]
	for _, r := range word {
		if c := alike[r]; c != 0 {
			f.Words = append(f.Words, c)
		} else {
			f.Words = utf8.AppendRune(f.Words, r)
		}
	}
}
