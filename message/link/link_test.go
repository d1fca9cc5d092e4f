package link

import "testing"

func TestParseReadsAsABrowser(t *testing.T) {
	for _, c := range []struct {
		name, raw, url, host, domain string
		flags                        Flags
	}{
		{"a plain URL is itself", "https://www.example.co.uk/a?b=c", "https://www.example.co.uk/a?b=c", "www.example.co.uk", "example.co.uk", 0},
		{"case and fragment are normalised", "HTTP://WWW.Example.COM/A#b", "http://www.example.com/A", "www.example.com", "example.com", 0},
		{"the default port is left out", "https://example.com:443/", "https://example.com/", "example.com", "example.com", 0},
		{"another port stays", "http://example.com:8080", "http://example.com:8080", "example.com", "example.com", 0},
		{"D22_user_at_backslash", `http://a@b\@c`, "http://b/@c", "b", "", UserInfo},
		{"D22_backslashes_for_slashes", `http:\\example.com\x`, "http://example.com/x", "example.com", "example.com", 0},
		{"D22_many_slashes", "https:////example.com/", "https://example.com/", "example.com", "example.com", 0},
		{"D22_no_slashes", "https:example.com", "https://example.com", "example.com", "example.com", 0},
		{"D22_a_trusted_name_before_the_at", "https://bank.example@evil.test/x", "https://evil.test/x", "evil.test", "evil.test", UserInfo},
		{"D22_tab_and_newline_inside", "java\tscript:x", "javascript:x", "", "", 0},
		{"D22_ipv4_as_integer", "http://2130706433/", "http://127.0.0.1/", "127.0.0.1", "127.0.0.1", IsIP | NumericIP},
		{"D22_ipv4_in_octal", "http://0177.0.0.01/", "http://127.0.0.1/", "127.0.0.1", "127.0.0.1", IsIP | NumericIP},
		{"D22_ipv4_in_hex", "http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1", "127.0.0.1", IsIP | NumericIP},
		{"D22_ipv4_plain", "http://192.0.2.1/", "http://192.0.2.1/", "192.0.2.1", "192.0.2.1", IsIP},
		{"D22_ipv6", "http://[2001:DB8:0::1]:80/", "http://[2001:db8::1]/", "2001:db8::1", "2001:db8::1", IsIP},
		{"D22_host_with_percent_escapes", "http://%65xample%2ecom/", "http://example.com/", "example.com", "example.com", 0},
		{"a dot at the end of a host", "http://example.com./", "http://example.com/", "example.com", "example.com", 0},
		{"no scheme with www", "www.example.com/x", "http://www.example.com/x", "www.example.com", "example.com", NoScheme},
		{"no scheme, known domain and port", "example.com:8080/x", "http://example.com:8080/x", "example.com", "example.com", NoScheme},
		{"of the page's scheme", "//example.com/x", "http://example.com/x", "example.com", "example.com", NoScheme},
		{"mailto", "mailto:Jo%40x@Example.com?subject=a", "mailto:Jo@x@example.com", "example.com", "example.com", 0},
		{"an address without mailto", "jo@example.com", "mailto:jo@example.com", "example.com", "example.com", NoScheme},
		{"a phone number", "tel:+431234", "tel:+431234", "", "", 0},
		{"D23_a_label", "http://münchen.example/", "http://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example", "xn--mnchen-3ya.example", IDN},
		{"D23_mixed_script", "http://pаypal.com/", "http://xn--pypal-4ve.com/", "xn--pypal-4ve.com", "xn--pypal-4ve.com", IDN | MixedScript},
		{"D23_mixed_script_in_punycode", "http://xn--pypal-4ve.com/", "http://xn--pypal-4ve.com/", "xn--pypal-4ve.com", "xn--pypal-4ve.com", IDN | MixedScript},
		{"D23_all_cyrillic_look_alike", "http://аррӏе.com/", "http://xn--80ak6aa92e.com/", "xn--80ak6aa92e.com", "xn--80ak6aa92e.com", IDN | LookAlike},
		{"D23_honest_cyrillic", "http://пример.рф/", "http://xn--e1afmkfd.xn--p1ai/", "xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai", IDN},
		{"D23_punycode_overflow", "http://xn--99999999999.com/", "http://xn--99999999999.com/", "xn--99999999999.com", "xn--99999999999.com", IDN},
		{"D23_bidi_override", "http://ex\u202eample.com/", "http://example.com/", "example.com", "example.com", Obfuscated | BidiChars},
		{"D23_full_width_letters", "http://ｅxample。com/", "http://example.com/", "example.com", "example.com", Obfuscated},
		{"a private suffix", "https://me.github.io/", "https://me.github.io/", "me.github.io", "me.github.io", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, ok := Parse(c.raw)
			if !ok || l.URL != c.url || l.Host != c.host || l.Domain != c.domain || l.Flags != c.flags {
				t.Errorf("got %v %q host %q domain %q flags %b\nwant %q host %q domain %q flags %b", ok, l.URL, l.Host, l.Domain, l.Flags, c.url, c.host, c.domain, c.flags)
			}
		})
	}
}

func TestParseRefusesWhatLeadsNowhere(t *testing.T) {
	for name, raw := range map[string]string{
		"D22_empty_host": "http:///", "D22_empty_host_with_user": "http://a@/", "D22_space_in_the_host": "http://a b/", "D22_escaped_twice": "http://%2565xample.com/",
		"D22_octal_out_of_range": "http://0400.1.1.1/", "D22_number_too_big": "http://4294967296/", "D22_bad_port": "http://a:b/",
		"an empty string": "", "a path": "/a/b", "a fragment": "#top", "a label too long": "http://" + string(make([]byte, 64)) + ".com", "two dots": "http://a..b/",
	} {
		t.Run(name, func(t *testing.T) {
			if l, ok := Parse(raw); ok {
				t.Errorf("%q was read as %q", raw, l.URL)
			}
		})
	}
}
