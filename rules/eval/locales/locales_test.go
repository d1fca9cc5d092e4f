package locales

import "testing"

func TestCharsetsAreReadWhereTheirLanguageIs(t *testing.T) {
	for _, c := range []struct {
		charset string
		list    []string
		want    bool
	}{
		{"utf-8", []string{"en"}, true},
		{"ISO-8859-5", []string{"en"}, true},
		{"koi8-r", []string{"en"}, false},
		{"koi8-r", []string{"en", "ru_RU.UTF-8"}, true},
		{"gb2312", []string{"zh"}, true},
		{"big5", []string{"ja"}, false},
		{"3Diso-2022-jp", []string{"ja"}, true},
		{"", []string{"en"}, false},
	} {
		if got := List(c.list).Reads(c.charset); got != c.want {
			t.Errorf("%s for %v: got %v", c.charset, c.list, got)
		}
	}
	if !List(nil).Everywhere() || !(List{"en", "all"}).Everywhere() || (List{"en"}).Everywhere() {
		t.Error("all is not all")
	}
}

func TestLinesAreRead(t *testing.T) {
	var l List
	if err := l.Set(" RU  zh_TW"); err != nil || !l.Reads("koi8-r") || !l.Reads("big5") || l.Reads("iso-2022-jp") {
		t.Errorf("got %v, %v", l, err)
	}
	if err := l.Set("ALL"); err != nil || !l.Everywhere() {
		t.Errorf("got %v, %v", l, err)
	}
	if err := l.Set(" "); err == nil {
		t.Error("a line without a language is taken")
	}
}
