package addresses

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/message/glob"
)

func TestAddressesAreFound(t *testing.T) {
	var l List
	l.Add("Ann@Example.org", "*@shop.example", "*@*.bank.example", "*@*.top", "news-?@list.example", "*bounce*", "postmaster@*", "*@localhost", "*.net")
	for address, want := range map[string]string{
		"ann@example.org":           "ann@example.org",
		"ANN@example.org":           "ann@example.org",
		"bob@example.org":           "",
		"any@shop.example":          "*@shop.example",
		"any@sub.shop.example":      "",
		"any@my.bank.example":       "*@*.bank.example",
		"any@bank.example":          "",
		"any@cheap.top":             "*@*.top",
		"any@top":                   "",
		"news-7@list.example":       "news-?@list.example",
		"news-77@list.example":      "",
		"my-bounce-1@elsewhere.com": "*bounce*",
		"postmaster@elsewhere.com":  "postmaster@*",
		"root@localhost":            "*@localhost",
		"any@some.net":              "*.net",
		"":                          "",
		"@":                         "",
		".":                         "",
	} {
		if got := l.Find(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestPatternsAreTakenOutAgain(t *testing.T) {
	var l List
	l.Add("*@shop.example", "ann@example.org", "*@shop.example")
	l.Remove("*@SHOP.example", "nobody@example.org")
	if got := l.Find("x@shop.example"); got != "" {
		t.Errorf("got %q", got)
	}
	if l.Remove("ann@example.org"); !l.Empty() || l.Find("ann@example.org") != "" {
		t.Error("the list is not empty")
	}
}

// Drawers are for speed only: what is found must be what trying each pattern finds.
func FuzzFind(f *testing.F) {
	f.Add("*@*.bank.example", "any@my.bank.example")
	f.Add("*.b", "a.b")
	f.Add("x*", "x")
	f.Add("?.b", "@.b")
	f.Add("*b.c", "a@bb.c")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 100 || pattern == "" {
			return
		}
		var l List
		l.Add(pattern)
		for p := range l.whole {
			low := lower(text)
			if got, want := l.Find(text) != "", glob.Match(p, low); got != want {
				t.Errorf("%q in %q: found %v, matches %v", text, p, got, want)
			}
		}
	})
}

func lower(s string) string { return strings.ToLower(s) }

func TestD20_many_patterns_are_taken_out_in_no_time(t *testing.T) {
	done := make(chan *List, 1)
	go func() {
		l := new(List)
		for i := range 300_000 {
			l.Add(fmt.Sprintf("*x%d*", i))
		}
		for i := range 300_000 {
			l.Remove(fmt.Sprintf("*x%d*", i))
		}
		l.Add("*x7*")
		done <- l
	}()
	select {
	case l := <-done:
		if l.Find("ax7@b") != "*x7*" || l.Find("ax8@b") != "" {
			t.Errorf("found %q and %q", l.Find("ax7@b"), l.Find("ax8@b"))
		}
	case <-time.After(time.Minute):
		t.Fatal("it takes too long")
	}
}
