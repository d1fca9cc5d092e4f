// Package locales knows which charsets the readers of a language have, for rules about mail in scripts that nobody here reads.
package locales

import (
	"regexp"
	"strings"
)

// Everywhere tells whether a list of languages (ok_locales) leaves out none: it is empty or has the word all.
func Everywhere(list []string) bool {
	for _, l := range list {
		if l == "all" {
			return true
		}
	}
	return len(list) == 0
}

// western are charsets that everybody reads: ASCII, the Latin ones, Unicode, and what programs write that do not know.
var western = regexp.MustCompile(`^(?:(?:US)?ASCII$|ISO8859|ISO10646|UTF|UCS|CP125|WINDOWS|IBM852$|UNICODE11UTF[78]|XUNKNOWN$|ISO$)`)

// Charsets by language, without hyphens.
const (
	japanese = " EUCJP ISO2022JP SHIFTJIS SJIS JIS7 JISX0201 JISX0208 JISX0212 JISX020119760 JISX020819830 JISX020819900 JISX020819970" +
		" JISX021219900 JISX021320001 JISX021320002 "
	korean      = " EUCKR KSC56011987 "
	cyrillic    = " KOI8R KOI8U KOI8T ISOIR111 CP866 CP1251 PT154 GEORGIANPS "
	thai        = " TIS620 "
	simplified  = " GB1988 GB2312 GB231219800 GBK GB18030 ISO2022CN "
	traditional = " BIG5 BIG5HKSCS EUCTW "
)

var charsets = map[string]string{"ja": japanese, "ko": korean, "th": thai, "zh": simplified + traditional,
	"ru": cyrillic, "uk": cyrillic, "be": cyrillic, "bg": cyrillic, "ka": cyrillic, "tg": cyrillic}

// Reads tells whether readers of one of the languages read a charset.
func Reads(charset string, list []string) bool {
	charset, _, _ = strings.Cut(charset, ":")
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, charset)
	name = strings.ReplaceAll(strings.TrimPrefix(name, "3D"), "3D", "")
	if western.MatchString(name) {
		return true
	}
	for _, l := range list {
		if len(l) > 2 {
			l = l[:2]
		}
		if name != "" && strings.Contains(charsets[l], " "+name+" ") {
			return true
		}
	}
	return false
}
