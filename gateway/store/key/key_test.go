package key

import (
	"strings"
	"testing"

	"weir/filters"
)

var oddNames = []string{
	"", " ", "a", "{", "{}", "{a}b", "*", "a*", "\r\n", "a\r\nb", ":", "a:b", "\x00", "a\x00", "\xff", "\xfe", "joe@\xff", "joe@\xfe", "x.\xff", "x.\xfe", "ü", "Ü",
	"joe@example.org", "joe@example.org ", "joe@{x}", "joe@sub.example.org", strings.Repeat("x", 64<<10), strings.Repeat("x", 64<<10-1),
}

func noTwoNamesShareAKey(t *testing.T) {
	y := New([]byte("secret"))
	seen := map[Key]filters.Name{}
	for _, a := range oddNames {
		for _, b := range oddNames {
			for _, n := range []filters.Name{{Who: a, With: b}, {Who: a, What: b}, {With: a, What: b}, {Who: a, With: b, What: "x"}} {
				k := y.Key("family", n)
				if old, ok := seen[k]; ok && old != n {
					t.Fatalf("%.40q and %.40q have the same key", old, n)
				}
				seen[k] = n
			}
		}
	}
}

func familiesAndNamesDoNotRunTogether(t *testing.T) {
	y := New([]byte("secret"))
	if y.Key("rate", filters.Name{What: "limit:x"}) == y.Key("ratelimit", filters.Name{What: ":x"}) || y.Key("a", filters.Name{}) == y.Key("", filters.Name{What: "a"}) {
		t.Error("what is the family's and what the name's can't be told apart")
	}
}

func TestKeysFoldOnlyTheCaseOfAddresses(t *testing.T) {
	y := New([]byte("secret"))
	key := func(n filters.Name) Key { return y.Key("f", n) }
	if key(filters.Name{Who: "Joe@Example.ORG", With: "A@B"}) != key(filters.Name{Who: "joe@example.org", With: "a@b"}) {
		t.Error("the case of an address counts")
	}
	if key(filters.Name{What: "A"}) == key(filters.Name{What: "a"}) {
		t.Error("the case of What does not count")
	}
	if key(filters.Name{Who: "a"}) == y.Key("g", filters.Name{Who: "a"}) || key(filters.Name{Who: "a"}) == New([]byte("other")).Key("f", filters.Name{Who: "a"}) {
		t.Error("another family or another secret gives the same key")
	}
	if New([]byte("a")).Check() == New([]byte("b")).Check() || y.Check() != New([]byte("secret")).Check() {
		t.Error("the check does not tell secrets apart")
	}
}

func TestOneMailboxHasOneKeyHoweverItIsSpelled(t *testing.T) {
	y := New([]byte("secret"))
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`"joe"@example.org`, "joe@example.org", true},
		{`"j\oe"@Example.org.`, "joe@example.org", true},
		{"joe@example.org.", "joe@example.org", true},
		{"joe@bücher.example", "joe@xn--bcher-kva.example", true},
		{"joe@BÜCHER.example", "joe@bücher.example", true},
		{"bücher.example", "xn--bcher-kva.example", true},
		{`"joe@example.org`, "joe@example.org", false},
		{`"a b"@example.org`, "ab@example.org", false},
		{"jöe@example.org", "JÖE@example.org", false}, // local parts are the receiver's own
		{"ü", "Ü", false},
	} {
		a, b := y.Key("f", filters.Name{Who: c.a}), y.Key("f", filters.Name{Who: c.b})
		if (a == b) != c.same {
			t.Errorf("%q and %q have the same key: %v", c.a, c.b, a == b)
		}
		if c.same && (!a.Concerns(y.Person(c.b)) || !y.Key("f", filters.Name{With: c.b}).Concerns(y.Person(c.a))) {
			t.Errorf("who asks to forget %q is not found as %q", c.b, c.a)
		}
	}
}

func TestPersonsAreFoundInKeys(t *testing.T) {
	y := New([]byte("secret"))
	for name, c := range map[string]struct {
		n    filters.Name
		who  string
		want bool
	}{
		"the address itself":                   {filters.Name{Who: "Joe@example.org"}, "joe@example.org", true},
		"the address as the second person":     {filters.Name{Who: "x@y", With: "joe@example.org", What: "z"}, "joe@example.org", true},
		"another address of the domain":        {filters.Name{Who: "jim@example.org"}, "joe@example.org", false},
		"the same local part elsewhere":        {filters.Name{Who: "joe@example.net"}, "joe@example.org", false},
		"the domain's own entry":               {filters.Name{Who: "example.org"}, "joe@example.org", false},
		"any address by its domain":            {filters.Name{With: "jim@example.org"}, "example.org", true},
		"the domain by itself":                 {filters.Name{Who: "example.org."}, "Example.org", true},
		"a subdomain is another domain":        {filters.Name{Who: "joe@sub.example.org"}, "example.org", false},
		"nobody's entry is about nobody":       {filters.Name{What: "192.0.2.0/24"}, "example.org", false},
		"nobody's entry, asked for the empty":  {filters.Name{What: "192.0.2.0/24"}, "@", false},
		"no name at all finds nothing":         {filters.Name{What: "192.0.2.0/24"}, "", false},
		"the parts do not mix":                 {filters.Name{Who: "joe@example.net", With: "jim@example.org"}, "joe@example.org", false},
		"an address with two signs is its own": {filters.Name{Who: `"a@b"@example.org`}, "example.org", true},
	} {
		if got := y.Key("f", c.n).Concerns(y.Person(c.who)); got != c.want {
			t.Errorf("%s: %+v about %q: %v, want %v", name, c.n, c.who, got, c.want)
		}
	}
}

func TestBucketsAreEvenlyFilled(t *testing.T) {
	y := New([]byte("secret"))
	var count [64]int
	for i := range 64000 {
		count[y.Key("f", filters.Name{What: string(rune(i))}).Bucket(64)]++
	}
	for i, n := range count {
		if n < 750 || n > 1250+2048 { // surrogates all are U+FFFD: one bucket has 2,048 more
			t.Errorf("bucket %d has %d of 64,000", i, n)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	y := New([]byte("secret"))
	n := filters.Name{Who: "joe@example.org", With: "jim@example.net", What: "192.0.2.0/24"}
	b.ReportAllocs()
	for b.Loop() {
		y.Key("greylist", n)
	}
}
