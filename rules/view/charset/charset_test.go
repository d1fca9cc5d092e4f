package charset

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"weir/rules/ascii"
)

func TestUTF8(t *testing.T) {
	for _, c := range []struct {
		name, in, label, want string
		wide                  bool
	}{
		{"ASCII under its own name stays", "hello", "us-ascii", "hello", false},
		{"ASCII under an extended name stays", "hello", "ISO-8859-15", "hello", false},
		{"ASCII under an unknown name stays", "hello", "x-nobody", "hello", false},
		{"UTF-8 is believed before its label", "caf\xc3\xa9", "iso-8859-1", "café", true},
		{"a label is believed where it fits", "caf\xe9", "iso-8859-1", "café", true},
		{"Latin-1 is read as windows-1252", "\x93hi\x94", "ISO8859-1", "“hi”", true},
		{"Latin-2", "\xb1", "iso-8859-2", "ą", true},
		{"KOI8-R", "\xf0\xd2\xc9", "koi8-r", "При", true},
		{"8-bit text without a label is windows-1252", "caf\xe9", "us-ascii", "café", true},
		{"GB 2312 within its table", "\xc4\xe3", "gb2312", "你", true},
		{"GBK under the name of GB 2312 is not believed", "\x81\x40", "gb2312", "\uFFFD@", true},
		{"GBK is believed under its own name", "\x81\x40", "gbk", "丂", true},
		{"ISO-2022-JP", "\x1b$B$\"\x1b(B", "iso-2022-jp", "あ", true},
		{"an octet beyond ASCII ends ISO-2022-JP", "ab\x8fcd", "iso-2022-jp", "ab", true},
		{"UTF-16 without a mark is told by its blanks", "h\x00i\x00 \x00y\x00o\x00u\x00", "utf-16", "hi you", true},
		{"a noncharacter is no UTF-8", "\xef\xbf\xbf", "utf-8", "ï¿¿", true},
		{"what windows-1252 lacks is replaced", "\x81\xff\xff", "utf-8", "\uFFFDÿÿ", true},
	} {
		got, wide := UTF8([]byte(c.in), c.label)
		if string(got) != c.want || wide != c.wide {
			t.Errorf("%s: %q, wide %v; want %q, %v", c.name, got, wide, c.want, c.wide)
		}
	}
}

func TestWord(t *testing.T) {
	for _, c := range []struct{ name, in, label, want string }{
		{"an encoded word's label is believed", "caf\xe9", "iso-8859-1", "café"},
		{"UTF-8 with faults keeps the rest", "a\xc3(b", "utf-8", "a\uFFFD(b"},
		{"an unknown label is windows-1252", "\xe9", "x-nobody", "é"},
	} {
		if got := Word([]byte(c.in), c.label); string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzUTF8(f *testing.F) {
	for _, label := range []string{"utf-8", "gb2312", "iso-2022-jp", "utf-16", "utf-7", "shift_jis", "windows-1255", "", "big5", "euc-kr"} {
		f.Add([]byte("caf\xe9 \x1b$B$\"\x1b(B \xc3\xa9\xef\xbf\xbf\x00a"), label)
	}
	f.Add([]byte("caf\xe9 \x1b$f\xe9 \x1b$B$\"\xbd\uffff\x00"), "utf-16")
	f.Fuzz(func(t *testing.T, data []byte, label string) {
		text, wide := UTF8(data, label)
		if wide && !utf8.Valid(text) {
			t.Errorf("%q under %q gives %q, which is no UTF-8", data, label, text)
		}
		// A word that is found to be UTF-16 keeps its octets.
		if w := Word(data, label); !ascii.Only(data) && !utf8.Valid(w) && !(isUTF16(label) && bytes.Equal(w, data)) {
			t.Errorf("word %q under %q gives %q, which is no UTF-8", data, label, w)
		}
	})
}
