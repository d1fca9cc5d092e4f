// Package locales knows which charsets the readers of a language have, for rules about mail in scripts that nobody here reads.
package locales

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// List is what an ok_locales line says: codes of the languages that are read here, in lower case. The zero value leaves out none.
type List []string

var errNone = errors.New(`ok_locales wants codes of languages such as "en de", or all`)

// Set reads the value of an ok_locales line. The last line counts.
func (l *List) Set(value string) error {
	if *l = strings.Fields(strings.ToLower(value)); len(*l) == 0 {
		return errNone
	}
	return nil
}

// Everywhere tells whether the list leaves out no language.
func (l List) Everywhere() bool { return len(l) == 0 || slices.Contains(l, "all") }

// Shouting is a pattern, for text in any case, of charsets whose encoded text looks like capital letters.
const Shouting = `[-_a-z0-9]*(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)[-_a-z0-9]*`

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

// Reads tells whether readers of one of the languages read a charset. It is for lists that leave languages out.
func (l List) Reads(charset string) bool {
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
	return name != "" && slices.ContainsFunc(l, func(code string) bool { return strings.Contains(charsets[code[:min(len(code), 2)]], " "+name+" ") })
}
