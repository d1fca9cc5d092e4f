package gateway

import "testing"

func TestUnixLineEndsBecomeThoseOfTheWire(t *testing.T) {
	for in, want := range map[string]string{"a\nb\n": "a\r\nb\r\n", "a\nb": "a\r\nb", "a\r\nb\n": "a\r\nb\n", "": "", "a": "a", "a\rb\n": "a\rb\r\n", "\n\n": "\r\n\r\n"} {
		if got := string(WireEnds([]byte(in))); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
