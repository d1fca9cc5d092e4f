package link

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// invisible flags bidi controls and zero-width characters, which show a URL other than it is.
func invisible(s string) Flags {
	for i := 0; i < len(s); {
		if s[i] < 0x80 {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if isInvisible(r) {
			return BidiChars
		}
		i += n
	}
	return 0
}

// isInvisible tells of a character that it is not seen: zero-width, soft hyphen, bidi control.
func isInvisible(r rune) bool {
	switch {
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069:
		return true
	}
	return r == 0xad || r == 0x61c || r == 0x180e || r == 0xfeff || r == 0x34f
}

// visible leaves out what is not seen.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, s)
}

// script groups letters by the writing system that a reader takes them for.
type script uint8

const (
	latin script = 1 << iota
	cyrillic
	greek
	eastAsian // Han, Kana, Hangul, Bopomofo: used together, and with Latin
	armenian
	cherokee
	anyOther
)

func scriptOf(r rune) script {
	switch {
	case r < 0x80:
		if isLetter(byte(r)) {
			return latin
		}
		return 0
	case !unicode.IsLetter(r):
		return 0
	case unicode.Is(unicode.Latin, r):
		return latin
	case unicode.Is(unicode.Cyrillic, r):
		return cyrillic
	case unicode.Is(unicode.Greek, r):
		return greek
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo):
		return eastAsian
	case unicode.Is(unicode.Armenian, r):
		return armenian
	case unicode.Is(unicode.Cherokee, r):
		return cherokee
	case unicode.Is(unicode.Common, r) || unicode.Is(unicode.Inherited, r):
		return 0
	}
	return anyOther
}

// scriptFlags looks at each label of a name in U-labels.
func scriptFlags(name string) (f Flags) {
	for label := range strings.SplitSeq(name, ".") {
		var seen script
		alike := true
		for _, r := range label {
			s := scriptOf(r)
			seen |= s
			alike = alike && (s == 0 || s != latin && strings.ContainsRune(latinTwins, r))
		}
		switch seen {
		case 0, latin, cyrillic, greek, eastAsian, armenian, cherokee, anyOther, latin | eastAsian:
		default:
			f |= MixedScript
		}
		if alike && seen&(cyrillic|greek) != 0 {
			f |= LookAlike
		}
	}
	return f
}

// latinTwins are the small Cyrillic and Greek letters that can't be told from a Latin one in common fonts.
const latinTwins = "асеорхуѕіјԁԛԝһӏοϲϳν"
