// Package locale tells which charsets a reader of certain languages expects, for ok_locales: mail in a charset that nobody
// at a site can read is likely spam there. Charsets of the Latin script and Unicode are expected by everybody.
package locale

import "strings"

// Set are the languages that a site reads: those of ok_locales. The zero value is all.
type Set struct {
	codes []string
	some  bool
}

// Parse reads the value of ok_locales: codes of languages, or all.
func Parse(value string) Set {
	s := Set{codes: strings.Fields(strings.ToLower(value)), some: true}
	for _, c := range s.codes {
		if c == "all" {
			return Set{}
		}
	}
	return s
}

// All tells that no charset is unexpected.
func (s Set) All() bool { return !s.some }

// Expects tells whether a charset, as it is written in a mail, is one that the languages are written in.
func (s Set) Expects(charset string) bool {
	c := flat(charset)
	if s.All() || isCommon(c) {
		return true
	}
	for _, code := range s.codes {
		full := code
		if len(code) > 2 {
			code = code[:2]
		}
		for _, family := range families {
			if (family.codes[code] || family.codes[full]) && family.charsets[c] {
				return true
			}
		}
	}
	return false
}

// flat is a charset's name in upper case, letters and digits only. QUIRK: "3D" in front is left of quoted-printable.
func flat(name string) string {
	name, _, _ = strings.Cut(name, ":")
	name = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToUpper(name))
	return strings.TrimPrefix(name, "3D")
}

// isCommon tells of charsets that mail has everywhere.
func isCommon(c string) bool {
	for _, prefix := range []string{"ISO8859", "ISO10646", "UTF", "UCS", "CP125", "WINDOWS", "UNICODE11UTF7", "UNICODE11UTF8"} {
		if strings.HasPrefix(c, prefix) {
			return true
		}
	}
	switch c {
	case "USASCII", "ASCII", "IBM852", "XUNKNOWN", "ISO":
		return true
	}
	return false
}

// families are the charsets of a script (IANA's registry) and the languages (ISO 639) that are written in it.
var families = []struct {
	codes, charsets map[string]bool
}{
	{words("ja"), words("EUCJP SHIFTJIS SJIS ISO2022JP JIS7 JISX0201 JISX0208 JISX0212")},
	{words("ko"), words("EUCKR KSC56011987")},
	{words("ru ka tg be uk bg"), words("KOI8R KOI8U KOI8T ISOIR111 CP1251 CP866 PT154 GEORGIANPS")},
	{words("th"), words("TIS620")},
	{words("zh"), words("GB1988 GB2312 GB231219800 GB18030 GBK ISO2022CN BIG5 BIG5HKSCS EUCTW")},
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}
