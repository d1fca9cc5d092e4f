package charset

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode/utf32"

	neutral "weir/message/charset"
)

// charset is how a label's octets are read.
type charset struct {
	enc     encoding.Encoding // nil: the message package decodes the label name
	name    string
	seven   bool                   // octets beyond ASCII end the text
	windows bool                   // a code page: what it leaves undefined is an error
	has     func(data []byte) bool // tells whether the octets are of the charset, where enc takes more; nil: enc knows
}

// decode gives the text; clean tells that every octet belonged to the charset.
func (c *charset) decode(data []byte) (text []byte, clean, ok bool) {
	if c.enc == nil {
		s, flags := neutral.Decode(data, c.name)
		return []byte(s), flags&(neutral.Lying|neutral.Unknown) == 0, true
	}
	if c.seven {
		data = data[:asciiPrefix(data)]
	}
	if m, is := c.enc.(*charmap.Charmap); is {
		text = decodeMap(data, m, c.windows)
	} else {
		out, err := c.enc.NewDecoder().Bytes(data)
		if err != nil {
			return nil, false, false
		}
		text = out
	}
	clean = c.seven || !bytes.Contains(text, []byte("\uFFFD")) && (c.has == nil || c.has(data))
	return text, clean, true
}

// asciiPrefix measures the text up to the first octet above 127.
func asciiPrefix(data []byte) int {
	for i, c := range data {
		if c >= 0x80 {
			return i
		}
	}
	return len(data)
}

// asciiLabel tells whether a text without octets above 127 stands for itself under a label.
func asciiLabel(label string) bool {
	l := strings.ToLower(label)
	switch l {
	case "us-ascii", "ascii", "ansix3.4-1968", "ansix3.4-1986", "ansi_x3.4-1968", "ansi_x3.4-1986", "ansi x3.4-1968",
		"ansi x3.4-1986", "iso646-us", "utf-8", "utf8", "big5", "gbk":
		return true
	}
	for _, p := range []string{"koi8-", "euc-"} {
		if rest, ok := strings.CutPrefix(l, p); ok {
			return (len(rest) == 1 || len(rest) == 2) && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz") == ""
		}
	}
	if rest, ok := strings.CutPrefix(l, "windows-"); ok {
		return len(rest) == 4 && digits(rest)
	}
	if rest, ok := cutSpaced(l, "iso", "8859"); ok {
		return rest == "" || rest[0] == '-' && len(rest) <= 3 && len(rest) > 1 && digits(rest[1:])
	}
	if rest, ok := cutSpaced(l, "gb", "18030"); ok {
		return rest == "" || len(rest) == 5 && rest[:3] == "-20" && digits(rest[3:])
	}
	return false
}

// cutSpaced cuts a word, at most one blank or hyphen, and a number off a label.
func cutSpaced(l, word, number string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(l, word); !ok {
		return "", false
	}
	if rest != "" && (rest[0] == ' ' || rest[0] == '-') {
		rest = rest[1:]
	}
	return strings.CutPrefix(rest, number)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isUTF8(label string) bool {
	return strings.EqualFold(label, "utf-8") || strings.EqualFold(label, "utf8")
}

func isUTF16(label string) bool {
	_, ok := cutSpaced(strings.ToLower(label), "utf", "16")
	return ok
}

var windows1252 = &charset{enc: charmap.Windows1252, windows: true}

// find gives the charset of a label, as Perl's Encode knows them; nil: none has this name.
func find(label string) *charset {
	l := strings.ToLower(strings.TrimSpace(label))
	switch l {
	case "iso-8859-1", "iso8859-1", "windows-1252", "cp1252":
		return windows1252
	}
	flat := strings.NewReplacer("-", "", "_", "", " ", "").Replace(l)
	if c, ok := named[flat]; ok {
		return c
	}
	if strings.Contains(flat, "gb2312") {
		return named["gb2312"]
	}
	for _, a := range loose {
		if strings.Contains(flat, a.begin) && strings.HasSuffix(flat, a.end) {
			return named[a.name]
		}
	}
	for _, p := range []string{"iso8859", "latin"} {
		if n, ok := strings.CutPrefix(flat, p); ok {
			return latin(n, p == "latin")
		}
	}
	for _, p := range []string{"windows", "cp", "ibm", "ms"} {
		if n, ok := strings.CutPrefix(flat, p); ok {
			return codePage(n)
		}
	}
	return nil
}

// loose are names with something in front of, within or behind them that programs add.
var loose = [...]struct{ begin, end, name string }{
	{"shift", "jis", "shiftjis"}, {"sjis", "sjis", "sjis"}, {"euc", "jp", "eucjp"}, {"euc", "kr", "euckr"}, {"euc", "cn", "euccn"},
	{"big5", "big5", "big5"}, {"koi8r", "koi8r", "koi8r"}, {"koi8u", "koi8u", "koi8u"}, {"uhc", "uhc", "uhc"},
}

// latins are the numbers of ISO 8859 under which the Latin alphabets 1 to 10 stand.
var latins = [...]int{0, 1, 2, 3, 4, 9, 10, 13, 14, 15, 16}

func latin(number string, alphabet bool) *charset {
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil
	}
	if alphabet {
		if n < 1 || n >= len(latins) {
			return nil
		}
		n = latins[n]
	}
	if m, ok := iso8859[n]; ok {
		return &charset{enc: m}
	}
	return nil
}

func codePage(number string) *charset {
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil
	}
	if m, ok := codePages[n]; ok {
		_, single := m.(*charmap.Charmap)
		return &charset{enc: m, windows: single && n > 1000}
	}
	return nil
}

var iso8859 = map[int]*charmap.Charmap{
	1: charmap.ISO8859_1, 2: charmap.ISO8859_2, 3: charmap.ISO8859_3, 4: charmap.ISO8859_4, 5: charmap.ISO8859_5,
	6: charmap.ISO8859_6, 7: charmap.ISO8859_7, 8: charmap.ISO8859_8, 9: charmap.ISO8859_9, 10: charmap.ISO8859_10,
	11: charmap.Windows874, 13: charmap.ISO8859_13, 14: charmap.ISO8859_14, 15: charmap.ISO8859_15, 16: charmap.ISO8859_16,
}

var codePages = map[int]encoding.Encoding{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 855: charmap.CodePage855,
	858: charmap.CodePage858, 860: charmap.CodePage860, 862: charmap.CodePage862, 863: charmap.CodePage863,
	865: charmap.CodePage865, 866: charmap.CodePage866, 874: charmap.Windows874,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257,
	1258: charmap.Windows1258,
	932:  japanese.ShiftJIS, 936: simplifiedchinese.GBK, 949: korean.EUCKR, 950: traditionalchinese.Big5,
}

// named are the charsets that no number names; the keys are without hyphens, blanks and underscores.
var named = map[string]*charset{
	"gb2312": {enc: simplifiedchinese.GBK, has: isGB2312}, "gb231280": {enc: simplifiedchinese.GBK, has: isGB2312},
	"euccn": {enc: simplifiedchinese.GBK, has: isGB2312}, "hzgb2312": {enc: simplifiedchinese.GBK, has: isGB2312},
	"gbk": {enc: simplifiedchinese.GBK}, "gb18030": {enc: simplifiedchinese.GBK}, "hz": {enc: simplifiedchinese.HZGB2312},
	"big5": {enc: traditionalchinese.Big5, has: isBig5}, "big5eten": {enc: traditionalchinese.Big5, has: isBig5},
	"big5hkscs": {enc: traditionalchinese.Big5}, "big5hk": {enc: traditionalchinese.Big5},
	"windows31j": {enc: japanese.ShiftJIS}, "shiftjis": {enc: japanese.ShiftJIS, has: isShiftJIS},
	"sjis": {enc: japanese.ShiftJIS, has: isShiftJIS}, "xsjis": {enc: japanese.ShiftJIS, has: isShiftJIS},
	"eucjp": {enc: japanese.EUCJP}, "xeucjp": {enc: japanese.EUCJP}, "ujis": {enc: japanese.EUCJP},
	"iso2022jp": {enc: japanese.ISO2022JP, seven: true}, "iso2022jp1": {enc: japanese.ISO2022JP, seven: true}, "iso2022kr": {name: "iso-2022-kr"},
	"euckr": {enc: korean.EUCKR, has: isEUCKR}, "ksc56011987": {enc: korean.EUCKR}, "uhc": {enc: korean.EUCKR},
	"koi8r": {enc: charmap.KOI8R}, "koi8u": {enc: charmap.KOI8U}, "tis620": {enc: charmap.Windows874, windows: true},
	"macintosh": {enc: charmap.Macintosh}, "macroman": {enc: charmap.Macintosh}, "xmacroman": {enc: charmap.Macintosh},
	"utf7": {name: "utf-7"}, "unicode11utf7": {name: "utf-7"},
	"utf32": {enc: utf32.UTF32(utf32.BigEndian, utf32.UseBOM)}, "utf32be": {enc: utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	"utf32le": {enc: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
}
