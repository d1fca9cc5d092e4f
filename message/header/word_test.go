package header

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEncodedWords(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		flags          WordFlags
	}{
		{"plain text is itself", "Hello there", "Hello there", 0},
		{"base64", "=?utf-8?B?w6TDtsO8?=", "äöü", 0},
		{"quoted", "=?ISO-8859-1?Q?=E4_=F6?= x", "ä ö x", 0},
		{"lower case and a language", "=?iso-8859-1*de?q?=e4?=", "ä", 0},
		{"adjacent words lose the space between them", "=?utf-8?q?a?= \t =?utf-8?q?b?=", "ab", 0},
		{"other text keeps its spaces", "a =?utf-8?q?b?= c", "a b c", 0},
		{"adjacent words of two charsets", "=?utf-8?q?=C3=A4?= =?iso-8859-1?q?=E4?=", "ää", 0},
		{"glued to text", "x=?utf-8?q?y?=z", "xyz", 0},
		{"spaces inside", "=?utf-8?q?a b c?=", "a b c", 0},
		{"raw UTF-8", "käse", "käse", 0},
		{"raw windows-1252", "k\xe4se", "käse", 0},
		{"unknown charset", "=?x-martian?q?abc?=", "abc", OddCharset},
		{"no padding", "=?utf-8?B?YWI?=", "ab", 0},
		{"unknown encoding", "=?utf-8?x?abc?=", "=?utf-8?x?abc?=", BadWord},
		{"never closed", "=?utf-8?q?abc", "=?utf-8?q?abc", BadWord},
		{"garbage in base64", "=?utf-8?B?YW!Jj?=", "abc", BadWord},
		{"D11_split_within_a_character", "=?utf-8?B?w6TD?= =?utf-8?B?tg==?=", "äö", 0},
		{"D11_split_within_a_character_quoted", "=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä", 0},
		{"D11_split_within_a_base64_group", "=?utf-8?B?w6T?= =?utf-8?B?DtsO8?=", "äöü", 0},
		{"D11_split_iso_2022_jp", "=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "日本", 0},
		{"D11_nested_words_are_decoded_once", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=", "=?utf-8?q?x?=", 0},
		{"D11_encoded_line_end", "=?utf-8?q?a=0D=0ABcc:_evil?=", "a  Bcc: evil", ControlWord},
		{"D11_encoded_line_end_in_base64", "=?utf-8?B?YQpCY2M6IHg=?=", "a Bcc: x", ControlWord},
		{"D11_encoded_nul", "=?utf-8?q?a=00b?=", "a b", ControlWord},
		{"D11_line_end_at_the_end_is_a_slip", "=?utf-8?q?a=0D=0A?=", "a  ", 0},
		{"D11_line_end_in_utf_7", "=?utf-7?q?a+AA0ACg-b?=", "a  b", ControlWord},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, flags := Words(c.in)
			if got != c.want || flags != c.flags {
				t.Errorf("got %q (%d), want %q (%d)", got, flags, c.want, c.flags)
			}
		})
	}
}

// TestD11 sizes: a test fails by the hang guard of the test binary if the work is not linear.
func TestHugeEncodedWords(t *testing.T) {
	for name, in := range map[string]string{
		"D11_100k_invalid_words":       strings.Repeat("=?", 100_000),
		"D11_a_million_unclosed_words": strings.Repeat("=?utf-8?q?a", 1_000_000),
		"D11_100k_words":               strings.Repeat("=?utf-8?q?a?= ", 100_000),
		"D11_100k_half_groups":         strings.Repeat("=?utf-8?b?Y?= ", 100_000),
		"D11_100k_words_of_garbage":    strings.Repeat("=?utf-8?b?!!!!!!?= ", 100_000),
		"D11_one_word_of_a_million":    "=?utf-8?q?" + strings.Repeat("=41", 1_000_000) + "?=",
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := Words(in)
			if len(got) > len(in) || !utf8.ValidString(got) {
				t.Errorf("%d bytes of %d", len(got), len(in))
			}
			if name == "D11_100k_words" && strings.TrimSpace(got) != strings.Repeat("a", 100_000) {
				t.Errorf("%d bytes: %.40q", len(got), got)
			}
		})
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"=?utf-8?B?w6TDtsO8?= =?utf-8?q?=C3?=", "=?a?b?c?=", "=?utf-7?q?+AGE-?=", "=?iso-2022-jp?b?GyRC?=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, _ := Words(in)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("%q gives %q", in, got)
		}
	})
}
