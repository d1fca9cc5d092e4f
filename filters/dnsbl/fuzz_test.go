package dnsbl

import (
	"strings"
	"testing"

	"weir/filters/dnslist"
)

// FuzzNames feeds what clients say of themselves: whatever it is, a name to ask about is one that can be in the DNS.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"mail.example.org", "[192.0.2.1]", "192.0.2.1", "0x7f.1", "a..b", ".", "xn--a.example", "b\xc3\xbccher.example", strings.Repeat("a.", 200) + "example", "a b.example", "x.co.uk."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		for _, s := range names(dnslist.Helo, host) {
			if s.Name == "" || len(s.Name) > 253 || strings.ContainsAny(s.Name, " []:/@\r\n\x00") || !strings.Contains(s.Name, ".") {
				t.Errorf("%q: asked about %q", host, s.Name)
			}
		}
	})
}
