package glob

import (
	"strings"
	"testing"
	"time"
)

func TestPatternsMatchAndEnd(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"a*", "a", true}, {"*a", "ba", true}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"*ab*cd*", "xabxabcdx", true}, {"*ab*cd", "abcdx", false}, {"**", "x", true},
		{"*", "a@b", true}, {"a*b*c", "axxbxxbyc", true}, {"a*b*c", "axxbxxby", false}, {"?", "", false},
		{"*@*.x", "a@b.x", true}, {"*@*.x", "a@x", false}, {"ab", "abc", false}, {"abc", "ab", false},
	} {
		if got := Match(c.pattern, c.text); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.text, got)
		}
	}
	within := make(chan bool, 1)
	go func() { within <- Match(strings.Repeat("*a", 160)+"b", strings.Repeat("a", 100_000)) }()
	select {
	case got := <-within:
		if got {
			t.Error("a hostile pattern matched")
		}
	case <-time.After(time.Minute):
		t.Fatal("a hostile pattern takes too long")
	}
}
