package locale

import "testing"

func TestExpects(t *testing.T) {
	for _, c := range []struct {
		locales, charset string
		want             bool
	}{
		{"all", "koi8-r", true}, {"en", "iso-8859-7", true}, {"en", "UTF-8", true}, {"en", "windows-1251", true}, {"en", "koi8-r", false},
		{"en ru", "KOI8-R", true}, {"ja_JP", "iso-2022-jp", true}, {"ko", "gb2312", false}, {"zh", "GB2312", true}, {"th", "tis-620", true},
		{"en", "3Dus-ascii", true}, {"en", "us-ascii:x", true}, {"", "big5", false},
	} {
		if got := Parse(c.locales).Expects(c.charset); got != c.want {
			t.Errorf("%q expects %q: %v, want %v", c.locales, c.charset, got, c.want)
		}
	}
	if !(Set{}).Expects("big5") {
		t.Error("without ok_locales a charset is unexpected")
	}
}
