package charset

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// normalize cuts what mail programs put around labels.
func normalize(label string) string {
	label = strings.Trim(label, " \t\"'<>;,")
	if strings.IndexFunc(label, func(r rune) bool { return 'A' <= r && r <= 'Z' }) >= 0 {
		label = strings.ToLower(label)
	}
	return label
}

// asciiCompatible tells whether pure ASCII text reads as itself under this label. Unknown labels count as compatible.
func asciiCompatible(label string) bool {
	switch {
	case label == "":
		return true
	case strings.HasPrefix(label, "iso-2022"), strings.HasPrefix(label, "csiso2022"), strings.HasPrefix(label, "hz"),
		strings.Contains(label, "utf-7"), strings.Contains(label, "utf7"), strings.HasPrefix(label, "utf-16"),
		strings.HasPrefix(label, "utf16"), strings.HasPrefix(label, "utf-32"), strings.HasPrefix(label, "utf32"),
		strings.HasPrefix(label, "ucs-"), strings.HasPrefix(label, "iso-10646"), strings.HasPrefix(label, "unicode"),
		strings.Contains(label, "ebcdic"), strings.HasPrefix(label, "ibm0"), strings.HasPrefix(label, "ibm1"),
		strings.HasPrefix(label, "cp037"), strings.HasPrefix(label, "cp1047"), strings.HasPrefix(label, "cp1140"):
		return false
	}
	return true
}

// common answers for nearly all mail without a look into the tables.
func common(label string) bool {
	switch label {
	case "us-ascii", "ascii", "utf-8", "utf8", "iso-8859-1", "windows-1252", "iso-8859-15", "windows-1251", "gb2312":
		return true
	}
	return false
}

// find looks a label up in the Encoding Standard's table, nil if it is not there.
func find(label string) encoding.Encoding {
	if enc, err := htmlindex.Get(plain(label)); err == nil && enc != encoding.Replacement {
		return enc
	}
	return nil
}

// known tells whether somebody can decode a label: the Encoding Standard's table, or go-message's, which has the IANA
// registry's names.
func known(label string) bool {
	if find(label) != nil {
		return true
	}
	_, err := rare(label, nil)
	return err == nil
}

var errReplaced = errors.New("charset: decodes to nothing")

// rare asks go-message's table. Nobody decodes ISO-2022-CN there: it is replaced by nothing, and its bytes say more.
func rare(label string, body []byte) (io.Reader, error) {
	if strings.HasPrefix(plain(label), "iso-2022-cn") {
		return nil, errReplaced
	}
	return charset.Reader(plain(label), bytes.NewReader(body))
}

// decodeIANA decodes a charset that only the IANA registry knows.
func decodeIANA(body []byte, label string) ([]byte, bool) {
	r, err := rare(label, body)
	if err != nil {
		return nil, false
	}
	out, err := io.ReadAll(r)
	return out, err == nil
}

// plain gives the name that the tables have for a label.
func plain(label string) string {
	if alias, ok := aliases[label]; ok {
		return alias
	}
	return label
}

// aliases are labels that mail has and the tables lack.
var aliases = map[string]string{
	"iso-8859-8-i": "iso-8859-8", "iso8859_1": "iso-8859-1", "latin-1": "iso-8859-1",
	"latin1": "iso-8859-1", "8859-1": "iso-8859-1", "iso_8859_1": "iso-8859-1", "win-1251": "windows-1251",
	"win-1252": "windows-1252", "ansi": "windows-1252", "cp-850": "ibm850", "cp850": "ibm850", "cp437": "ibm437",
	"ks_c_5601": "euc-kr", "cp949": "euc-kr", "uhc": "euc-kr", "x-windows-949": "euc-kr", "cp936": "gbk", "gb-2312": "gb2312",
	"chinesebig5": "big5", "cp950": "big5", "big-5": "big5", "cp932": "shift_jis", "shift-jis": "shift_jis",
	"x-mac-roman": "macintosh", "iso-2022-jp-1": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp", "iso-2022-jp-3": "iso-2022-jp",
	"iso-2022-jp-ms": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "hz": "hz-gb-2312",
	"cp874": "windows-874", "tis620": "tis-620", "koi8r": "koi8-r", "koi8u": "koi8-u", "cp1250": "windows-1250",
}
