package pattern

import (
	"fmt"
	"strings"
	"testing"
)

func TestCaptureTellsWhatGroupsCaught(t *testing.T) {
	for _, c := range []struct{ name, pattern, text, want string }{
		{"the first group", `/url=(.*?)(?:$|&)/`, "x?url=http://a/&b", `["url=http://a/&" "http://a/"]`},
		{"behind a lookbehind", `/(?<=[?&])url=(.*?)(?:$|[&\#])/`, "x&url=b", `["url=b" "b"]`},
		{"a group that took no part is nil", `/(a)|(b)/`, "b", `["b" "" "b"]`},
		{"the last round counts", `/(?:(\w),?)+/`, "a,b,c", `["a,b,c" "c"]`},
		{"no match", `/(x)/`, "abc", "[]"},
		{"the literal is there, and no match", `/word(\d)/`, "word x", "[]"},
		{"nested groups are numbered by their opening", `/((a)(b))/`, "ab", `["ab" "ab" "a" "b"]`},
		{"bytes beyond ASCII", `/\xe9(.)/`, "a\xe9\xff", `["\xe9\xff" "\xff"]`},
	} {
		p, err := Compile(c.pattern)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		groups, ok := p.Capture([]byte(c.text))
		if got := fmt.Sprintf("%q", groups); got != c.want || ok != (c.want != "[]") {
			t.Errorf("%s: got %s %v, want %s", c.name, got, ok, c.want)
		}
	}
}

func TestNamedGroupsOfEveryMatchAreHandedOut(t *testing.T) {
	p, err := Compile(`/(?<KEY>\w)=(?<VALUE>\w)?/`)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.Names(), " "); got != "KEY VALUE" {
		t.Errorf("names %q", got)
	}
	var list []string
	p.Captures([]byte("a=1 b= c=3"), func(name string, value []byte) { list = append(list, name+":"+string(value)) })
	if got := strings.Join(list, " "); got != "KEY:a VALUE:1 KEY:b KEY:c VALUE:3" {
		t.Errorf("got %q", got)
	}
}
