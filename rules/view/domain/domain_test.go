package domain

import (
	"strings"
	"testing"
)

// files is what rules files with whole lists say.
func files(t *testing.T, lines ...string) *Registries {
	t.Helper()
	var r Registries
	for _, line := range lines {
		key, value, _ := strings.Cut(line, " ")
		if known, err := r.Set(key, value); !known || err != nil {
			t.Fatalf("%s: known %v, %v", line, known, err)
		}
	}
	return &r
}

func TestHostsAreCutWhereRegistriesEnd(t *testing.T) {
	listed := files(t, "util_rb_tld com net uk us im", "util_rb_2tld co.uk", "util_rb_3tld plc.co.im")
	var none Registries
	for _, c := range []struct {
		name, host string
		with       *Registries
		want       string
	}{
		{"by the public suffix list", "www.mail.shop.co.uk", &none, "shop.co.uk"},
		{"a host that is a domain already", "shop.com", &none, "shop.com"},
		{"a registry's own name", "co.uk", &none, "co.uk"},
		{"a single label", "localhost", &none, "localhost"},
		{"by the files' lists", "www.mail.shop.co.uk", listed, "shop.co.uk"},
		{"below three labels", "a.b.shop.plc.co.im", listed, "shop.plc.co.im"},
		{"three labels themselves", "plc.co.im", listed, "plc.co.im"},
		{"the files know no other list", "user.github.io", listed, "github.io"},
		{"the public suffix list knows hosts of users", "www.user.github.io", &none, "user.github.io"},
		{"a city of a state", "www.shop.springfield.il.us", listed, "shop.springfield.il.us"},
		{"a school", "www.north.pvt.k12.il.us", listed, "north.pvt.k12.il.us"},
		{"an office of a city", "fire.ci.springfield.il.us", listed, "fire.ci.springfield.il.us"},
		{"what is no state", "www.shop.zz.us", listed, "zz.us"},
		{"empty labels", ".www..shop.com.", listed, "shop.com"},
		{"upper case", "WWW.Shop.COM", listed, "shop.com"},
		{"letters beyond ASCII", "www.bücher.com", listed, "xn--bcher-kva.com"},
		{"nothing", "", listed, ""},
	} {
		if got := c.with.Trim(c.host); got != c.want {
			t.Errorf("%s: %s gives %q, want %q", c.name, c.host, got, c.want)
		}
	}
}

func TestFilesAddToTheListOrReplaceIt(t *testing.T) {
	added := files(t, "util_rb_tld corp", "util_rb_2tld free.com")
	if !added.Valid("mail.corp") || !added.Valid("mail.org") || added.Trim("a.b.free.com") != "b.free.com" {
		t.Error("a list that lacks com only adds")
	}
	whole := files(t, "util_rb_tld com")
	if whole.Valid("mail.org") || !whole.Valid("mail.com") {
		t.Error("a list that has com is used alone")
	}
	cleared := files(t, "util_rb_tld com org", "clear_util_rb", "util_rb_tld net")
	if cleared.Valid("mail.com") || !cleared.Valid("mail.net") {
		t.Error("clear_util_rb forgets all")
	}
}

func TestLinesThatAreWrong(t *testing.T) {
	var r Registries
	for _, c := range [][2]string{{"util_rb_tld", ""}, {"util_rb_tld", "co.uk"}, {"util_rb_2tld", "uk"}, {"util_rb_2tld", ".uk"}, {"util_rb_3tld", "a.b"}, {"clear_util_rb", "com"}} {
		if known, err := r.Set(c[0], c[1]); !known || err == nil {
			t.Errorf("%s %q: known %v, no error", c[0], c[1], known)
		}
	}
	if known, _ := r.Set("trusted_networks", "10/8"); known {
		t.Error("another directive is known")
	}
}

func TestNamesThatCouldBeInTheDNS(t *testing.T) {
	for name, want := range map[string]bool{
		"example.com": true, "a.b.example.com": true, "example.com.": true, "_dmarc.example.com": true, "1.com": true,
		"com": false, "": false, ".": false, "-a.com": false, "a-.com": false, "a..com": false, "a_b.com": false, "a b.com": false, "a%.com": false,
		strings.Repeat("a", 63) + ".com":       true,
		strings.Repeat("a", 64) + ".com":       false,
		strings.Repeat("abcdefg.", 32) + "com": false,
		strings.Repeat("a.", 126) + "com":      false,
	} {
		if got := Plausible(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func TestAddressesAreToldFromNames(t *testing.T) {
	for host, want := range map[string]bool{"192.0.2.1": true, "2001:db8::1": true, "IPv6:2001:db8::1": true, "192.0.2": false, "192.0.2.256": false, "1.example.com": false, "": false} {
		if got := IsIP(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

func FuzzTrim(f *testing.F) {
	f.Add("www.example.co.uk")
	f.Add("..a.\xff.us")
	r := &Registries{top: map[string]bool{"com": true, "us": true}, second: map[string]bool{"co.uk": true}, third: map[string]bool{"a.b.c": true}}
	f.Fuzz(func(t *testing.T, host string) {
		for _, r := range []*Registries{r, {}} {
			got := r.Trim(host)
			if again := r.Trim(got); again != got {
				t.Fatalf("%q gives %q, and that %q", host, got, again)
			}
		}
	})
}
