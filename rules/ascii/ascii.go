// Package ascii says what bytes are to rules: white space, part of a word, letters in small.
//
// Rules work on bytes, and SpamAssassin's patterns mean ASCII where they write \s, \w and \b on bytes. Package unicode counts
// more as blanks and letters (the no-break space, U+0085, letters with accents): what is not of one mind here hits other mail.
package ascii

// Space tells whether a byte is white space: Perl's \s.
func Space(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// Word tells whether a byte may be part of a word: Perl's \w, which is a letter, a digit or the underscore.
func Word(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// Digit tells whether a byte is a digit.
func Digit(c byte) bool { return c >= '0' && c <= '9' }

// Edge tells whether a word begins or ends in front of s[i]: Perl's \b. i may be len(s).
func Edge(s string, i int) bool { return (i > 0 && Word(s[i-1])) != (i < len(s) && Word(s[i])) }

// Lower gives a capital letter in small, and other bytes as they are.
func Lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// ToLower gives a text with its capital letters in small: the text itself if it has none.
func ToLower(s string) string {
	i := 0
	for i < len(s) && (s[i] < 'A' || s[i] > 'Z') {
		i++
	}
	if i == len(s) {
		return s
	}
	out := []byte(s)
	for ; i < len(out); i++ {
		out[i] = Lower(out[i])
	}
	return string(out)
}

// EqualFold tells whether two texts are the same but for the case of their letters.
func EqualFold[A, B string | []byte](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if Lower(a[i]) != Lower(b[i]) {
			return false
		}
	}
	return true
}

// Only tells whether no byte is above 127.
func Only(b []byte) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
