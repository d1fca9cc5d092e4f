package address

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseListReadsWhatMailHas(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []Address
	}{
		{"an address alone", "jo@example.com", []Address{{"", "jo", "example.com"}}},
		{"a name and an address", "Jo Smith <Jo@Example.COM>", []Address{{"Jo Smith", "Jo", "example.com"}}},
		{"two, with a comma in quotes", `"Smith, Jo" <jo@example.com>, bo@example.org`, []Address{{"Smith, Jo", "jo", "example.com"}, {"", "bo", "example.org"}}},
		{"a quoted pair in a name", `"Jo \"X\" Smith" <jo@example.com>`, []Address{{`Jo "X" Smith`, "jo", "example.com"}}},
		{"an encoded name", "=?utf-8?Q?J=C3=B6?= =?utf-8?B?IFNtaXRo?= <jo@example.com>", []Address{{"Jö Smith", "jo", "example.com"}}},
		{"a comment for a name", "jo@example.com (Jo (the) Smith)", []Address{{"Jo (the) Smith", "jo", "example.com"}}},
		{"a quoted local part", `"jo smith"@example.com`, []Address{{"", "jo smith", "example.com"}}},
		{"white space around @ and dots", "jo . smith @ example . com", []Address{{"", "jo.smith", "example.com"}}},
		{"a group", "Friends: jo@example.com, Bo <bo@example.org>;, al@example.net", []Address{{"", "jo", "example.com"}, {"Bo", "bo", "example.org"}, {"", "al", "example.net"}}},
		{"an empty group", "undisclosed-recipients:;", nil},
		{"a source route", "<@a.example,@b.example:jo@example.com>", []Address{{"", "jo", "example.com"}}},
		{"a literal", "jo@[192.0.2.1]", []Address{{"", "jo", "[192.0.2.1]"}}},
		{"an IDN", "jo@münchen.example", []Address{{"", "jo", "xn--mnchen-3ya.example"}}},
		{"semicolons for commas", "jo@example.com; bo@example.org", []Address{{"", "jo", "example.com"}, {"", "bo", "example.org"}}},
		{"an unclosed quote", `"Jo <jo@example.com>`, []Address{{`"Jo`, "jo", "example.com"}}},
		{"an unclosed bracket", `Jo <jo@example.com`, []Address{{"Jo", "jo", "example.com"}}},
		{"an unclosed comment", `Jo (x <jo@example.com>`, []Address{{"Jo (x", "jo", "example.com"}}},
		{"a quoted > in an address", `<"a>b"@example.com>`, []Address{{"", "a>b", "example.com"}}},
		{"no address at all", "Jo Smith", nil},
		{"nothing", "", nil},
		{"a name alone in angle brackets", "<jo>", []Address{{"", "jo", ""}}},
		{"two addresses without a comma", "<jo@example.com> <bo@example.org>", []Address{{"", "jo", "example.com"}, {"", "bo", "example.org"}}},
		{"an equals sign in the local part", "Jo <b=jo=example.org@example.com>", []Address{{"Jo", "b=jo=example.org", "example.com"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, ParseList(c.in)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestFindAuthorHidesNothing has the ways to write a From field that two programs read differently.
func TestFindAuthorHidesNothing(t *testing.T) {
	for _, c := range []struct {
		name           string
		from           []string
		domains, named string
		odd            Oddity
	}{
		{"a plain author", []string{"Jo Smith <jo@example.com>"}, "example.com", "", 0},
		{"a name with a comma in quotes", []string{`"Smith, Jo" <jo@example.com>`}, "example.com", "", 0},
		{"his own address as a name", []string{`"jo@example.com" <jo@example.com>`}, "example.com", "", 0},
		{"a comment with a name", []string{"jo@example.com (Jo Smith)"}, "example.com", "", 0},
		{"an encoded name", []string{"=?utf-8?Q?J=C3=B6?= <jo@example.com>"}, "example.com", "", 0},
		{"E13_no_from", nil, "", "", NoAuthor},
		{"E13_no_address", []string{"Jo Smith"}, "", "", NoAuthor},
		{"E13_empty_from", []string{""}, "", "", NoAuthor},
		{"E13_two_fields", []string{"jo@example.com", "bo@evil.example"}, "example.com evil.example", "", SeveralFields},
		{"E13_two_fields_alike", []string{"jo@example.com", "jo@example.com"}, "example.com", "", SeveralFields},
		{"E13_two_addresses", []string{"<jo@example.com>, <bo@evil.example>"}, "example.com evil.example", "", SeveralAddresses},
		{"E13_group", []string{"Bank: jo@example.com;"}, "example.com", "", Group},
		{"E13_address_as_group_name", []string{"jo@example.com: bo@evil.example;"}, "evil.example example.com", "", BadSyntax | SeveralAddresses | InName},
		{"E13_route", []string{"<@evil.example,@b.example:jo@example.com>"}, "example.com", "", Route},
		{"E13_route_and_second_address", []string{"<@a.example:jo@example.com>, <bo@evil.example>"}, "example.com evil.example", "", Route | SeveralAddresses},
		{"E13_quoted_pair_before_the_at", []string{`<jo\@example.com>@evil.example`}, "example.com", "", QuotedPair | BadSyntax},
		{"E13_quoted_pair_comma", []string{`<jo@example.com>\,<bo@evil.example>`}, "example.com evil.example", "", QuotedPair | BadSyntax | SeveralAddresses},
		{"E13_address_in_quoted_local_part", []string{`"jo@example.com"@evil.example`}, "evil.example example.com", "", QuotedPair | BadSyntax | SeveralAddresses},
		{"E13_encoded_address", []string{"=?utf-8?B?PGpvQGV4YW1wbGUuY29tPg==?=, <bo@evil.example>"}, "evil.example example.com", "", Encoded | SeveralAddresses},
		{"E13_encoded_local_part", []string{"<=?utf-8?Q?jo=40example.com=3E?=@evil.example>"}, "evil.example example.com", "", Encoded | SeveralAddresses},
		{"E13_another_address_in_the_name", []string{`"jo@example.com" <bo@evil.example>`}, "evil.example", "jo@example.com", InName},
		{"E13_another_address_in_an_encoded_name", []string{`=?utf-8?B?am9AZXhhbXBsZS5jb20=?= <bo@evil.example>`}, "evil.example", "jo@example.com", InName},
		{"E13_another_address_in_an_unquoted_name", []string{`jo@example.com <bo@evil.example>`}, "evil.example", "jo@example.com", InName},
		{"E13_another_address_in_a_comment", []string{`bo@evil.example (jo@example.com)`}, "evil.example", "jo@example.com", Comment},
		{"E13_comment_in_the_domain", []string{`jo@example.com(.evil.example)`}, "example.com", "", Comment},
		{"E13_comment_in_angle_brackets", []string{`<jo@example.com(comment)>`}, "example.com", "", Comment},
		{"E13_address_behind_the_brackets", []string{`<jo@example.com> bo@evil.example`}, "example.com evil.example", "", BadSyntax | SeveralAddresses},
		{"E13_address_twice_in_brackets", []string{`<jo@example.com><bo@evil.example>`}, "example.com evil.example", "", BadSyntax | SeveralAddresses},
		{"E13_two_ats", []string{`<jo@example.com@evil.example>`}, "evil.example example.com", "", BadSyntax | SeveralAddresses},
		{"E13_nul_in_the_address", []string{"<jo@example.com\x00.evil.example>"}, "example.com\x00.evil.example example.com", "", ControlChar | BadSyntax | SeveralAddresses},
		{"E13_unclosed_quote", []string{`"jo@example.com <bo@evil.example>`}, "evil.example example.com", "", BadSyntax | SeveralAddresses | InName},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := FindAuthor(c.from)
			var named []string
			for _, n := range a.Named {
				named = append(named, n.String())
			}
			if strings.Join(a.Domains, " ") != c.domains || strings.Join(named, " ") != c.named || a.Odd != c.odd || a.Ambiguous != (c.odd != 0) || a.Why != c.odd.String() {
				t.Errorf("%q:\n got domains %q named %q odd %v\nwant domains %q named %q odd %v", c.from, a.Domains, named, a.Odd, c.domains, c.named, c.odd)
			}
		})
	}
}

func TestParsePathIsStrict(t *testing.T) {
	for in, want := range map[string]string{
		"jo@Example.com": "jo|example.com", "<jo@example.com>": "jo|example.com", "@a.example,@b.example:jo@example.com": "jo|example.com",
		"postmaster": "postmaster|", "PostMaster": "PostMaster|", `"jo smith"@example.com`: "jo smith|example.com", `"a\"b"@example.com`: `a"b|example.com`,
		"jo@[192.0.2.1]": "jo|[192.0.2.1]", "jo@[IPv6:2001:db8::1]": "jo|[ipv6:2001:db8::1]", "jö@münchen.example": "jö|münchen.example", "jo@localhost": "jo|localhost",
		"jo.@example.com": "jo.|example.com",
	} {
		local, domain, ok := ParsePath(in)
		if got := local + "|" + domain; !ok || got != want {
			t.Errorf("%q: got %q %v, want %q", in, got, ok, want)
		}
	}
	for _, bad := range []string{
		"", "<>", "jo", "@example.com", "jo@", "jo smith@example.com", "jo@example.com SIZE=1", "jo@example.com\r\nRCPT TO:<x@y>", "a@b@example.com", "jo@exa mple.com",
		"jo@example.com>", `"jo@example.com`, `"jo"x@example.com`, "\"a\rb\"@example.com", "jo@.example.com", "jo@example.com.", "jo@[300.1.1.1]", "jo@[IPv6:fe80::1%eth0]", "@a.example", "@a b:jo@example.com",
		"jo@-" + strings.Repeat("a", 63) + ".com", strings.Repeat("a", 257) + "@example.com", "jo\x00@example.com",
	} {
		if local, domain, ok := ParsePath(bad); ok {
			t.Errorf("%q was read as %q %q", bad, local, domain)
		}
	}
}

// TestHostileListsTakeLinearTime has a megabyte of each; BenchmarkHostileList measures what 100 kB take.
func TestNamesThatMayBeAskedFor(t *testing.T) {
	long := strings.Repeat("a", 63)
	for name, want := range map[string]bool{
		"example.org": true, "EXAMPLE.org": true, "localhost": true, "_dmarc.example.org": true, "a-b.1.example": true, long + ".example": true,
		strings.Repeat("a.", 126) + "b": true, // 253 bytes
		"":                              false, ".": false, "a.": false, ".a": false, "a..b": false, "a b": false, "a\x00b": false, "é.example": false,
		"a\".example": false, "a;b": false, long + "a.example": false, strings.Repeat("a.", 126) + "bc": false,
	} {
		if got := IsName(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func TestHostileListsTakeLinearTime(t *testing.T) {
	for name, in := range hostileLists(1 << 20) {
		t.Run("D12_"+name, func(t *testing.T) {
			var a Author
			within(t, time.Minute, func() {
				ParseList(in)
				a = FindAuthor([]string{in, in})
			})
			if len(a.Addresses) > maxAuthors || len(a.Named) > maxAuthors {
				t.Errorf("%d addresses, %d named", len(a.Addresses), len(a.Named))
			}
		})
	}
}

// within fails the test if f takes longer than any machine needs for work that is linear: what is quadratic takes
// minutes on these inputs.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("not done after %v", limit)
	}
}

func hostileLists(size int) map[string]string {
	rep := func(s string) string { return strings.Repeat(s, size/len(s)) }
	return map[string]string{
		"literal": "jo@[" + rep("1.") + "]", "open_literals": rep("a@["), "open_comments": rep("("), "nested_comments": rep("(") + rep(")"), "one_comment_closed": rep("(") + ")",
		"comments": rep("(a)") + "jo@example.com", "phrases": rep("word ") + "<jo@example.com>", "open_quotes": rep(`"`), "backslashes": rep(`\`), "semicolons": rep(";"), "colons": rep(":"),
		"open_brackets": rep("<"), "quoted_brackets": rep(`<">"`), "ats": rep("@"), "addresses": rep("a@b.example,"), "addresses_in_a_name": `"` + rep("a@b.example ") + `" <jo@example.com>`,
		"names_of_addresses": rep(`"a@b.example" <c@d.example>,`), "encoded_words": rep("=?utf-8?Q?a=40b.example?= ") + "<jo@example.com>", "idn": "jo@" + rep("ü.") + "example", "commas": rep(","),
		"groups": rep("a:b@c.example;"), "spaces": rep(" ") + "jo@example.com", "open_comments_in_brackets": rep("<(>"), "open_quotes_in_brackets": rep(`<">,`),
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{`"Smith, Jo" <jo@example.com>, bo@example.org (Bo)`, "Friends: a@b.c, <@r:d@e.f>;", `<jo\@example.com>@x`, "=?utf-8?B?PGFAYj4=?= <c@d.e>", `"a\"b"@[192.0.2.1]`, "jo@münchen.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range ParseList(s) {
			for i := range len(a.Domain) {
				if c := a.Domain[i]; c >= 'A' && c <= 'Z' {
					t.Errorf("%q: domain %q is not in lower case", s, a.Domain)
				}
			}
		}
		author := FindAuthor([]string{s})
		if author.Ambiguous != (author.Odd != 0) || author.Ambiguous != (author.Why != "") || len(author.Addresses) == 0 && !author.Ambiguous {
			t.Errorf("%q: %+v", s, author)
		}
		if len(author.Domains) > 1 && !author.Ambiguous {
			t.Errorf("%q has domains %q and is not ambiguous", s, author.Domains)
		}
		local, domain, ok := ParsePath(s)
		if ok && (local == "" || strings.ContainsAny(local+domain, "\r\n\x00") || strings.ContainsAny(domain, " <>@")) {
			t.Errorf("%q was read as %q %q", s, local, domain)
		}
	})
}

func BenchmarkParseList(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ParseList(`Jo Smith <jo@example.com>, "Smith, Bo" <bo@example.org>, al@example.net`)
	}
}

// BenchmarkHostileList shows that no list is slower than others by far: 100 kB each.
func BenchmarkHostileList(b *testing.B) {
	for name, in := range hostileLists(100 << 10) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				FindAuthor([]string{in})
			}
		})
	}
}
