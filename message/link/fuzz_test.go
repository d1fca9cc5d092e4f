package link

import (
	"strings"
	"testing"

	"weir/message/html"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{`http://a@b\@c`, "https://[::1]:80/x", "http://0x7f.1", "www.example.com", "mailto:a@b.example?c", "//x", "//b?t\x1d#", "http://xn--99999999999.com", "javascript:x", "http://pаypal.com:8080/?u=http%3A%2F%2Fx.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		l, ok := Parse(raw)
		if !ok {
			return
		}
		checkLink(t, &l)
		if l.Host == "" || l.Scheme == "mailto" || l.Flags.Has(IDN) {
			return
		}
		again, ok := Parse(l.URL) // a normal form is its own normal form
		if !ok || again.URL != l.URL || again.Host != l.Host || again.Domain != l.Domain {
			t.Errorf("%q: %q became %v %q, host %q became %q", raw, l.URL, ok, again.URL, l.Host, again.Host)
		}
	})
}

// checkLink checks what holds for every link.
func checkLink(t *testing.T, l *Link) {
	t.Helper()
	if strings.ContainsAny(l.Host, " /\\?#@<>\r\n\t\x00") || len(l.Host) > maxHost {
		t.Errorf("impossible host %q in %q", l.Host, l.Raw)
	}
	for i := range len(l.Host) {
		if c := l.Host[i]; c >= 0x80 || c >= 'A' && c <= 'Z' {
			t.Errorf("host %q of %q is not in lower case A-labels", l.Host, l.Raw)
			break
		}
	}
	if !strings.HasSuffix(l.Host, l.Domain) {
		t.Errorf("domain %q is not of host %q", l.Domain, l.Host)
	}
	if len(l.Raw) > maxRaw {
		t.Errorf("raw of %d bytes", len(l.Raw))
	}
}

func FuzzScan(f *testing.F) {
	f.Add("See http://example.com/a, jo@example.org or (www.example.net). hxxp://evil[.]example[.]com example dot com", "<a href='http://a.example'>http://b.example</a>")
	f.Add("http:// example.com/?u=http%253A%252F%252Fx.example 请访问http://example.com。", "<base href=x><img src=//y.example>")
	f.Add("a.b@c.d@e://f.g/http://h.i", "")
	f.Fuzz(func(t *testing.T, text, page string) {
		var finder Finder
		finder.Text(text, Text)
		finder.HTML(html.Render(page, 0))
		for i := range finder.Links {
			l := &finder.Links[i]
			checkLink(t, l)
			if l.Parent >= i || l.Parent < -1 || l.Source == Target != (l.Parent >= 0) {
				t.Errorf("link %d %q has parent %d, source %v", i, l.URL, l.Parent, l.Source)
			}
		}
	})
}
