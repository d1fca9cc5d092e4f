package charset

import (
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, body, label, want string
		flags                   Flags
	}{
		{"ascii", "abc", "us-ascii", "abc", 0},
		{"no label", "abc", "", "abc", 0},
		{"utf-8", "k\xc3\xa4se", "UTF-8", "käse", 0},
		{"label in quotes", "k\xc3\xa4se", "\"utf-8\" ", "käse", 0},
		{"latin-1 is windows-1252", "\x93k\xe4se\x94", "iso-8859-1", "“käse”", 0},
		{"windows-1251", "\xcf\xf0\xe8", "windows-1251", "При", 0},
		{"koi8-r", "\xf0\xd2\xc9", "KOI8-R", "При", 0},
		{"shift_jis", "\x93\xfa\x96\x7b", "shift_jis", "日本", 0},
		{"gb2312", "\xc8\xd5\xb1\xbe", "gb2312", "日本", 0},
		{"big5", "\xa4\xe9\xa5\xbb", "big5", "日本", 0},
		{"euc-kr by its other name", "\xc7\xd1", "ks_c_5601-1987", "한", 0},
		{"ibm850", "\x84", "cp850", "ä", 0},
		{"utf-8 with a mark", "\xef\xbb\xbfk\xc3\xa4se", "utf-8", "käse", 0},
		{"D13_utf_7", "+ADw-script+AD4- a+-b +2D3eAA-", "utf-7", "<script> a+b 😀", UTF7},
		{"D13_utf_7_broken", "a+!b +A", "utf-7", "a+!b ", UTF7},
		{"D13_utf_16_little_endian_without_mark", "h\x00i\x00", "utf-16", "hi", NoBOM},
		{"D13_utf_16_big_endian_without_mark", "\x00h\x00i", "utf-16", "hi", NoBOM},
		{"D13_utf_16_with_mark", "\xff\xfeh\x00i\x00", "utf-16", "hi", 0},
		{"D13_utf_16le", "h\x00i\x00", "UTF-16LE", "hi", 0},
		{"D13_utf_16_undeclared", "\xff\xfeh\x00i\x00", "", "hi", Undeclared | Guessed},
		{"D13_utf_16_undeclared_without_mark", "\xe4\x00h\x00i\x00 \x00t\x00h\x00e\x00r\x00e\x00", "", "ähi there", Undeclared | Guessed},
		{"D13_utf_16_with_mark_labelled_utf_8", "\xff\xfeh\x00e\x00l\x00l\x00o\x00", "utf-8", "hello", Lying},
		{"D13_ascii_labelled_utf_16", "hello!", "utf-16", "hello!", Lying},
		{"D13_utf_32_without_mark", "h\x00\x00\x00i\x00\x00\x00", "utf-32", "hi", NoBOM},
		{"D13_iso_2022_jp", "\x1b$BF|K\\\x1b(B", "iso-2022-jp", "日本", 0},
		{"D13_iso_2022_jp_undeclared", "a \x1b$BF|K\\\x1b(B", "", "a 日本", Guessed},
		{"D13_iso_2022_jp_labelled_ascii", "a \x1b$BF|K\\\x1b(B", "us-ascii", "a 日本", Guessed},
		{"D13_iso_2022_kr", "\x1b$)Ca\x0eGQ\x0fb", "iso-2022-kr", "a한b", 0},
		{"D13_hz", "~{HU1>~}", "hz-gb-2312", "日本", 0},
		{"D13_lying_utf_8", "k\xe4se \xc3\xa4", "utf-8", "käse ä", Lying},
		{"D13_lying_ascii", "k\xe4se", "us-ascii", "käse", Lying},
		{"D13_lying_euc_kr", "k\xc3\xa4se und br\xc3\xb6t \xe2\x82\xac", "euc-kr", "käse und bröt €", Lying},
		{"D13_unknown_charset", "k\xe4se", "x-martian", "käse", Unknown},
		{"D13_unknown_charset_ascii", "cheese", "x-martian", "cheese", Unknown},
		{"D13_unknown_charset_utf_8", "k\xc3\xa4se", "x-martian", "käse", Unknown},
		{"D13_8bit_without_label", "k\xe4se", "", "käse", Undeclared},
		{"D13_iso_2022_cn_is_read_as_it_stands", "\x1b$)A\x0eHU1>\x0f", "iso-2022-cn", "\x1b$)A\x0eHU1>\x0f", Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, flags := Decode([]byte(c.body), c.label)
			if got != c.want || flags != c.flags {
				t.Errorf("got %q (%b), want %q (%b)", got, flags, c.want, c.flags)
			}
		})
	}
}

func TestNothingIsCopiedWithoutNeed(t *testing.T) {
	for _, label := range []string{"", "utf-8", "us-ascii", "iso-8859-1"} {
		body := []byte("plain text")
		text, _ := Decode(body, label)
		if unsafe.StringData(text) != &body[0] {
			t.Errorf("%q: copied", label)
		}
	}
}

// TestEveryByteSurvives: no label may make text disappear.
func TestEveryByteSurvives(t *testing.T) {
	labels := []string{"utf-8", "us-ascii", "", "x-unknown", "iso-8859-1", "koi8-r", "utf-16", "iso-2022-jp", "gb2312", "big5", "euc-kr"}
	for _, label := range labels {
		text, _ := Decode([]byte("visible words \xe4\xf6\xfc here"), label)
		if label == "utf-16" {
			continue // pairs of bytes become one character
		}
		if !strings.Contains(text, "visible words") || !strings.Contains(text, "here") {
			t.Errorf("%s: %q", label, text)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("+ADw-"), "utf-7")
	f.Add([]byte("\xff\xfea\x00"), "")
	f.Add([]byte("\x1b$BF|"), "iso-2022-jp")
	f.Add([]byte("\x1b$)C\x0e\xff\xff"), "iso-2022-kr")
	f.Add([]byte("\x00\xd8\x00"), "utf-16")
	f.Fuzz(func(t *testing.T, body []byte, label string) {
		text, _ := Decode(body, label)
		if !utf8.ValidString(text) {
			t.Errorf("%q as %q gives invalid UTF-8 %q", body, label, text)
		}
		if len(text) > 6*len(body)+8 {
			t.Errorf("%d bytes of %d", len(text), len(body))
		}
	})
}
