package markup

import "testing"

func FuzzMarkup(f *testing.F) {
	f.Add([]byte(`<html><script>new Blob([atob("x")])</script><form><input type=password></form>`))
	f.Add([]byte(`<svg onload="x"><a href='http://a.example'/></svg>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		HTML(b)
		SVG(b)
	})
}
