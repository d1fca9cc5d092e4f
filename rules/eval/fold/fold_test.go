package fold

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWords(t *testing.T) {
	for name, c := range map[string]struct {
		text, want string
		disguised  int
	}{
		"letters, signs and numbers":       {"Don't  pay €1.250,00 by 24h!", "don t pay eur 9 by 9 h ", 0},
		"accents":                          {"Éléphant Łódź Straße naïve Việt", "elephant lodz strasse naive viet ", 0},
		"an accent of its own":             {"cafe\u0301", "cafe ", 0},
		"octets of Latin-1":                {"caf\xe9 ol\xe9", "cafe ole ", 0},
		"digits within a word":             {"micr0soft o365 3com", "micr0soft o365 9 com ", 0},
		"Cyrillic in a Latin word":         {"Аmаzоn and Почта", "amazon and почта ", 1},
		"letters of mathematics":           {"𝐏𝐚𝐲𝐏𝐚𝐥", "paypal ", 1},
		"full width is no disguise":        {"ＡＢＣ", "abc ", 0},
		"characters without width":         {"Pay\u200bPal", "paypal ", 1},
		"no width behind a word":           {"word\u200c\u034f next", "word next ", 0},
		"where a word may be broken":       {"Ver\u00adsand", "versand ", 0},
		"a trade mark":                     {"Norton™ 360", "norton 9 ", 0},
		"East Asian":                       {"您的账户 已过期", "您的账户 已过期 ", 0},
		"nothing":                          {" -- ", "", 0},
		"a Russian word beside a Latin":    {"IT-отдел", "it отдел ", 0},
		"an alphabet that looks the same":  {"сор", "сор ", 0},
		"Greek letters in a Latin word":    {"Gοοgle", "google ", 1},
		"percent and money":                {"100% $5", "9 % $ 9 ", 0},
		"an ellipsis and a comma in words": {"so…this,that", "so this that ", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var got Text
			if !got.Fold(c.text, 1000) || string(got.Words) != c.want || got.Disguised != c.disguised {
				t.Errorf("%q: got %q with %d disguised, want %q with %d", c.text, got.Words, got.Disguised, c.want, c.disguised)
			}
		})
	}
}

func TestSeveralTextsUpToALimit(t *testing.T) {
	var text Text
	if !text.Fold("one two", 20) || text.Fold(strings.Repeat("three ", 10), 20) {
		t.Error("the limit is not told")
	}
	if got := string(text.Words); got != "one two three three " {
		t.Errorf("got %q", got)
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Аmаzоn 12h 𝐏𝐚𝐲 \xff\xc3")
	f.Fuzz(func(t *testing.T, text string) {
		var got Text
		got.Fold(text, 1000)
		if words := string(got.Words); len(words) > 1100 || strings.Contains(words, "  ") || strings.HasPrefix(words, " ") || !utf8.ValidString(words) {
			t.Errorf("%q became %q", text, words)
		}
	})
}
