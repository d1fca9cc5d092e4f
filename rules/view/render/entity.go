package render

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"
)

// Entities are those of HTML 4 (W3C, HTML 4.01 section 24). Those of Latin-1 are decoded without a semicolon too.
var latin1Entities, wideEntities = entityTable(`quot amp lt gt nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not
	shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute
	Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde
	Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave
	eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml
	yacute thorn yuml apos`), entityTable(`OElig oelig Scaron scaron Yuml fnof circ tilde Alpha Beta Gamma Delta Epsilon Zeta Eta
	Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi Omega alpha beta gamma delta epsilon zeta eta
	theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega thetasym upsih piv ensp emsp thinsp
	zwnj zwj lrm rlm ndash mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger bull hellip permil prime Prime lsaquo rsaquo
	oline frasl euro image weierp real trade alefsym larr uarr rarr darr harr crarr lArr uArr rArr dArr hArr forall part exist
	empty nabla isin notin ni prod sum minus lowast radic prop infin ang and or cap cup int there4 sim cong asymp ne equiv le ge
	sub sup nsub sube supe oplus otimes perp sdot lceil rceil lfloor rfloor lang rang loz spades clubs hearts diams`)

// entityTable looks the characters up. HTML 5 moved two of HTML 4's: the angle brackets.
func entityTable(names string) map[string]rune {
	m := map[string]rune{}
	for _, n := range strings.Fields(names) {
		m[n], _ = utf8.DecodeRuneInString(html.UnescapeString("&" + n + ";"))
	}
	if _, ok := m["lang"]; ok {
		m["lang"], m["rang"] = '\u2329', '\u232A'
	}
	return m
}

// appendDecoded decodes the entities of a text. prefix: a name may be followed by more letters. wide comes back true where
// a character beyond U+00FF was decoded.
func appendDecoded(out, src []byte, wide, prefix bool) ([]byte, bool) {
	high := rune(0) // a surrogate that waits for its second half
	for {
		i := bytes.IndexByte(src, '&')
		if i < 0 {
			return append(out, src...), wide
		}
		if i > 0 {
			high = 0
		}
		out = append(out, src[:i]...)
		src = src[i:]
		c, n := entity(src, wide, prefix)
		if c < 0 {
			out, src, high = append(out, src[:n]...), src[n:], 0
			continue
		}
		src = src[n:]
		if c > 0xFF {
			wide = true
		}
		out, high = appendCharacter(out, c, high)
	}
}

// appendCharacter adds a character; two surrogates make one.
func appendCharacter(out []byte, c, high rune) ([]byte, rune) {
	switch {
	case c >= 0xDC00 && c <= 0xDFFF:
		if high != 0 {
			return utf8.AppendRune(out[:len(out)-3], (high-0xD800)<<10+(c-0xDC00)+0x10000), 0
		}
		return utf8.AppendRune(out, utf8.RuneError), 0
	case c >= 0xD800 && c <= 0xDBFF:
		return utf8.AppendRune(out, utf8.RuneError), c
	case c >= 0xFDD0 && c <= 0xFDEF, c&0xFFFE == 0xFFFE:
		c = utf8.RuneError
	}
	return utf8.AppendRune(out, c), 0
}

// entity reads what begins with &. It gives the character and the bytes it took; -1: it is none, and the bytes are text.
func entity(src []byte, wide, prefix bool) (c rune, n int) {
	if len(src) > 1 && src[1] == '#' {
		return numeric(src)
	}
	end := 1
	for end < len(src) && isWord(src[end]) {
		end++
	}
	name := src[1:end]
	if len(name) < 2 { // the shortest are lt and gt
		return -1, end
	}
	semicolon := end < len(src) && src[end] == ';'
	if c, ok := latin1Entities[string(name)]; ok && (semicolon || string(name) != "apos") {
		return c, skipSemicolon(src, end)
	}
	if c, ok := wideEntities[string(name)]; ok && semicolon {
		return c, end + 1
	}
	if prefix {
		for cut := min(len(name)-1, maxLatin1); cut >= 2; cut-- {
			if c, ok := latin1Entities[string(name[:cut])]; ok && string(name[:cut]) != "apos" {
				return c, skipSemicolon(src, 1+cut)
			}
		}
	}
	return -1, end
}

// maxLatin1 is the length of the longest name that is decoded without a semicolon.
const maxLatin1 = 6

func skipSemicolon(src []byte, i int) int {
	if i < len(src) && src[i] == ';' {
		return i + 1
	}
	return i
}

// numeric reads &#65; and &#x41;.
func numeric(src []byte) (c rune, n int) {
	i, base := 2, rune(10)
	if i < len(src) && src[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	ok := false
	for ; i < len(src); i++ {
		d := hexDigit(src[i])
		if d < 0 || d >= base {
			break
		}
		if c = c*base + d; c > 0x10FFFF {
			return -1, i
		}
		ok = true
	}
	if !ok || c == 0 || c == 0xFFFE || c == 0xFFFF {
		return -1, i
	}
	return c, skipSemicolon(src, i)
}

func hexDigit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}
