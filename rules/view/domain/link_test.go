package domain

import "testing"

func TestHostsOfLinks(t *testing.T) {
	for link, want := range map[string]string{
		"http://www.Example.com/x":            "www.example.com",
		"HTTPS://example.com:8080?x":          "example.com",
		"http://www.bank.com@evil.org/x":      "evil.org",
		"http://example.com\\@evil.org/":      "example.com",
		"mailto:ann@example.com":              "",
		"ftp://example.com/":                  "",
		"www.example.com":                     "",
		"http:///x":                           "",
		"http://exa mple/":                    "",
		"https://xn--bcher-kva.example.com/#": "xn--bcher-kva.example.com",
	} {
		if got := OfLink(link); got != want {
			t.Errorf("%s: got %q, want %q", link, got, want)
		}
	}
}
