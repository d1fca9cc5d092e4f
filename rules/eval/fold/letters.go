package fold

import (
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// alike are small letters of Cyrillic, Greek and Armenian that look like Latin ones.
var alike = map[rune]byte{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'і': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l', 'м': 'm', 'н': 'h', 'о': 'o',
	'р': 'p', 'ԛ': 'q', 'ѕ': 's', 'т': 't', 'у': 'y', 'х': 'x', 'ԝ': 'w', 'α': 'a', 'ε': 'e', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o',
	'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'օ': 'o', 'ս': 'u', 'ո': 'n',
}

// isWidthless tells of characters that are not seen.
func isWidthless(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x180E, r == 0xFEFF:
		return true
	}
	return r >= 0x200B && r <= 0x200F || r >= 0x2060 && r <= 0x2064 || r >= 0xFE00 && r <= 0xFE0F
}

// isDress tells of characters that are letters in another dress.
func isDress(r rune) bool {
	return r >= 0x1D400 && r <= 0x1D7FF || r >= 0xFF01 && r <= 0xFF5E || r >= 0x2460 && r <= 0x24FF || r >= 0x2100 && r <= 0x214F || r >= 0xFB00 && r <= 0xFB06
}

// special are letters that have no parts.
var special = map[rune]string{
	'ß': "ss", 'æ': "ae", 'Æ': "ae", 'ø': "o", 'Ø': "o", 'œ': "oe", 'Œ': "oe", 'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th",
	'ł': "l", 'Ł': "l", 'ı': "i", 'ħ': "h", 'Ħ': "h", 'ŧ': "t", 'Ŧ': "t", 'ŋ': "n", 'ə': "e", 'ɑ': "a", 'ɡ': "g",
}

// plains has the plain letters of all that plainOf is asked for.
var plains = sync.OnceValue(func() map[rune]string {
	out := map[rune]string{}
	for _, span := range [][2]rune{{0xA0, 0x24F}, {0x1E00, 0x1EFF}, {0x1D400, 0x1D7FF}, {0xFF01, 0xFF5E}, {0x2460, 0x24FF}, {0x2100, 0x214F}, {0xFB00, 0xFB06}} {
		for r := span[0]; r <= span[1]; r++ {
			if plain := decomposed(r); plain != "" {
				out[r] = plain
			}
		}
	}
	for r, plain := range special {
		out[r] = plain
	}
	return out
})

// decomposed is what is left of a character in ASCII, in small letters, once accents and dress are taken off.
func decomposed(r rune) string {
	if r == '™' || r == '℠' {
		return ""
	}
	var out strings.Builder
	for _, c := range norm.NFKD.String(string(r)) {
		if c < 0x80 && c > ' ' {
			out.WriteRune(c)
		}
	}
	return strings.ToLower(out.String())
}

// plainOf gives the plain letters of a character; empty: it has none.
func plainOf(r rune) string { return plains()[r] }
