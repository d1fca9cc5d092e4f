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
		if got := Reads(c.charset, c.list); got != c.want {
			t.Errorf("%s for %v: got %v", c.charset, c.list, got)
		}
	}
	if !Everywhere(nil) || !Everywhere([]string{"en", "all"}) || Everywhere([]string{"en"}) {
		t.Error("all is not all")
	}
}
