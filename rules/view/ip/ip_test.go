package ip

import (
	"strings"
	"testing"
)

func TestAddressesAreFoundInText(t *testing.T) {
	for in, want := range map[string]string{
		"from [192.0.2.1] by":                   "192.0.2.1",
		"a1.2.3.4 then 5.6.7.8":                 "5.6.7.8",
		"1.2.3.4.5":                             "1.2.3.4",
		"300.1.1.1":                             "",
		"1.2.3.04":                              "",
		"::ffff:192.0.2.7":                      "::ffff:192.0.2.7",
		"[IPv6:2001:db8::25]":                   "IPv6:2001:db8::25",
		"(2001:DB8:0:0:0:0:0:1)":                "2001:DB8:0:0:0:0:0:1",
		"at 12:30:59":                           "",
		"2001:db8:::1":                          "",
		"cafe":                                  "",
		"::":                                    "::",
		"":                                      "",
		"id abc:def ":                           "",
		"x [fe80::1%6]":                         "fe80::1",
		strings.Repeat("1:", 5000) + " 9.8.7.6": "9.8.7.6",
	} {
		if got, at := Find(in); got != want || (at < 0) != (want == "") {
			t.Errorf("%.40q: got %q at %d, want %q", in, got, at, want)
		}
	}
}

func TestWordsThatAreAddresses(t *testing.T) {
	for in, want := range map[string]string{"1.2.3.4": "1.2.3.4", "1.2.3.4.": "", ".1.2.3.4": "", "x 1.2.3.4,": "1.2.3.4", "[2001:db8::1]": "2001:db8::1", "": ""} {
		if got := Word(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestPrivateNetworks(t *testing.T) {
	for in, want := range map[string]bool{"10.1.2.3": true, "172.15.0.1": false, "172.31.0.1": true, "192.168.0.1": true, "100.64.0.1": true,
		"100.128.0.1": false, "127.0.0.1": true, "169.254.1.1": true, "::1": true, "IPv6:::1": true, "fe80::1": true, "fc00::1": false,
		"::ffff:10.0.0.1": true, "8.8.8.8": false, "": false, "x": false} {
		if got := Private(in); got != want {
			t.Errorf("%q: got %v", in, got)
		}
	}
}

func TestAddressesAreReversed(t *testing.T) {
	for in, want := range map[string]string{"1.2.3.4": "4.3.2.1", "2001:db8::1": "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2", "x": ""} {
		if got := Reverse(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("from [192.0.2.1] by ::ffff:1.2.3.4 IPv6:2001:db8::1")
	f.Fuzz(func(t *testing.T, s string) {
		if a, at := Find(s); at >= 0 && (At(s, at) != len(a) || a == "") {
			t.Errorf("%q: found %q at %d", s, a, at)
		}
		if w := Word(s); w != "" && !strings.Contains(s, w) {
			t.Errorf("%q: word %q", s, w)
		}
		Private(s)
		Reverse(s)
	})
}
