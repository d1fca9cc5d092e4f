package link

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/message/html"
)

// brief shows a link as "flags url" for tables.
func brief(links []Link) []string {
	names := []string{"obfuscated", "noscheme", "idn", "mixed", "numeric", "ip", "user", "redirector", "bidi", "mismatch", "lookalike", "unseen"}
	var out []string
	for _, l := range links {
		s := l.URL
		if l.Source == Target {
			s = fmt.Sprintf("%d>%s", l.Parent, s)
		}
		for i, n := range names {
			if l.Flags.Has(1 << i) {
				s += " " + n
			}
		}
		out = append(out, s)
	}
	return out
}

func TestScanTextFindsWhatAReaderTakesForALink(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a URL in a sentence", "See http://example.com/a, or (https://example.org/b_(c)).", []string{"http://example.com/a", "https://example.org/b_(c)"}},
		{"in angle brackets and quotes", `<http://a.example.com> "http://b.example.com" 'http://c.example.com/x'y`, []string{"http://a.example.com", "http://b.example.com", "http://c.example.com/x"}},
		{"two in one word", "http://example.com/a,http://example.org/b;https://example.net", []string{"http://example.com/a", "http://example.org/b", "https://example.net"}},
		{"markdown", "[x](http://example.com/a) [http://example.org](http://example.net)", []string{"http://example.com/a", "http://example.org", "http://example.net"}},
		{"stuck to text", "URLhttp://example.com/a", []string{"http://example.com/a"}},
		{"www without a scheme", "go to www.example.com/x?y=1.", []string{"http://www.example.com/x?y=1 noscheme"}},
		{"a bare domain", "example.com is Example.ORG, not example.nosuchtld", []string{"http://example.com noscheme", "http://example.org noscheme"}},
		{"a bare domain with a port and path", "example.com:8080/x", []string{"http://example.com:8080/x noscheme"}},
		{"no domain: a sentence without a space", "It ends.The next one.It begins e.g. here. v1.2.3 a.k.a. U.S. at 5 p.m.", nil},
		{"no domain: file names", "see readme.md, run.sh and main.rs, report.pdf", nil},
		{"a domain like a file name with a path", "bit.md/x", []string{"http://bit.md/x noscheme"}},
		{"an address", "Write to Jo.Smith+x@Example.com, please", []string{"mailto:Jo.Smith+x@example.com noscheme"}},
		{"a mailto", "mailto:jo@example.com?subject=x", []string{"mailto:jo@example.com"}},
		{"an address in a parameter", "?email=jo@example.com&x=1", []string{"mailto:jo@example.com noscheme"}},
		{"a bare IP address with a path", "192.0.2.7/login but not 192.0.2.7 or 192.0.2.0/24.", []string{"http://192.0.2.7/login noscheme ip"}},
		{"text in Chinese without spaces", "请访问http://example.com/a。谢谢，www.example.org谢谢", []string{"http://example.com/a", "http://www.example.org noscheme"}},
		{"text in Chinese ends it", "请访问 http://example.com/a，谢谢 example.org谢谢", []string{"http://example.com/a", "http://example.org noscheme"}},
		{"a no-break space ends it", "http://example.com/a\u00a0b", []string{"http://example.com/a"}},
		{"hxxp and brackets", "hxxps://evil[.]example[.]com/x evil(.)example.org", []string{"https://evil.example.com/x obfuscated", "http://example.org noscheme", "http://evil.example.org obfuscated noscheme"}},
		{"dot as a word", "visit example dot com/now today, polka dot in", []string{"http://example.com/now obfuscated noscheme"}},
		{"dot in brackets", "example[dot]com and jo(at)example(dot)com", []string{"http://example.com obfuscated noscheme", "mailto:jo@example.com obfuscated noscheme"}},
		{"spaces inside", "http:// example.com/a and www. example.org and example .net/x, the .net framework", []string{"http://example.com/a obfuscated", "http://www.example.org obfuscated noscheme", "http://example.org noscheme", "http://example.net/x obfuscated noscheme"}},
		{"zero-width characters inside", "http://exam\u200bple.com/ and exa\u00admple.org", []string{"http://example.com/ obfuscated bidi", "http://example.org obfuscated noscheme bidi"}},
		{"a redirector's parameter", "https://www.google.com/url?q=https%3A%2F%2Fevil.example%2Fx&sa=D", []string{"https://www.google.com/url?q=https%3A%2F%2Fevil.example%2Fx&sa=D redirector", "0>https://evil.example/x"}},
		{"a redirector's path", "https://r.example.com/l/https://evil.example/x?y", []string{"https://r.example.com/l/https://evil.example/x?y redirector", "0>https://evil.example/x"}},
		{"a host in a parameter that names a target", "http://r.example.com/?url=example.org/x&name=example.net", []string{"http://r.example.com/?url=example.org/x&name=example.net redirector", "0>http://example.org/x noscheme"}},
		{"Outlook's wrapper", "https://eur02.safelinks.protection.outlook.com/?url=http%3A%2F%2Fexample.com%2Fa&data=1", []string{"https://eur02.safelinks.protection.outlook.com/?url=http%3A%2F%2Fexample.com%2Fa&data=1 redirector", "0>http://example.com/a"}},
		{"Proofpoint's wrapper, version 2", "https://urldefense.proofpoint.com/v2/url?u=https-3A__example.com_a&d=x", []string{"https://urldefense.proofpoint.com/v2/url?u=https-3A__example.com_a&d=x redirector", "0>https://example.com/a"}},
		{"Proofpoint's wrapper, version 3", "https://urldefense.com/v3/__https://example.com/a__;!!x", []string{"https://urldefense.com/v3/__https://example.com/a__;!!x redirector", "0>https://example.com/a"}},
		{"D22_nested_percent_escapes", "http://r.example.com/?u=" + nest("http://evil.example/", 20), []string{"http://r.example.com/?u=" + nest("http://evil.example/", 20) + " redirector", "0>http://evil.example/"}},
		{"D22_redirectors_in_redirectors", "http://a.example/http://b.example/http://c.example/", []string{"http://a.example/http://b.example/http://c.example/ redirector", "0>http://b.example/http://c.example/ redirector", "1>http://c.example/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := brief(ScanText(nil, c.text, Text))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// nest percent-encodes the punctuation of a URL n times.
func nest(url string, n int) string {
	once := strings.NewReplacer(":", "%3A", "/", "%2F").Replace(url)
	return strings.ReplaceAll(once, "%", "%"+strings.Repeat("25", n-1))
}

func TestFromHTMLResolvesAndCompares(t *testing.T) {
	d := html.Render(`<base href="https://example.com/dir/page">
<a href="https://evil.example/x">https://www.bank.example.org/login</a>
<a href="https://news.example.com/">www.example.com</a> <a href="rel">x</a> <a href="/abs">y</a> <a href="#top">z</a>
<a href="mailto:jo@example.com">jo@example.com</a><img src="cid:1"><img src="https://img.example.net/p.gif">
<form action="?send"></form><a style="display:none" href="https://hidden.example/">h</a>`, 0)
	got := brief(FromHTML(nil, d))
	want := []string{
		"https://evil.example/x mismatch", "https://news.example.com/", "https://example.com/dir/rel", "https://example.com/abs",
		"mailto:jo@example.com", "https://hidden.example/ unseen", "https://example.com/dir/page?send", "https://example.com/dir/page",
		"https://img.example.net/p.gif", "https://www.bank.example.org/login", "http://www.example.com noscheme", "mailto:jo@example.com noscheme",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestLinksAreBoundedAndKeptOnce(t *testing.T) {
	t.Run("D22_a_hundred_thousand_links", func(t *testing.T) {
		var b strings.Builder
		for i := range 100_000 {
			fmt.Fprintf(&b, "http://h%d.example.com/ ", i)
		}
		var f Finder
		f.Text(b.String(), Text)
		if len(f.Links) != MaxLinks || !f.Full {
			t.Errorf("%d links, full %v", len(f.Links), f.Full)
		}
	})
	t.Run("the same link a thousand times does not crowd out others", func(t *testing.T) {
		got := ScanText(nil, strings.Repeat("http://example.com/ ", 20_000)+"http://example.org/", Text)
		if len(got) != 2 {
			t.Errorf("%d links: %q", len(got), brief(got))
		}
	})
}

func TestHostileTextTakesLinearTime(t *testing.T) {
	const size = 2 << 20
	for name, piece := range map[string]string{
		"D22_dots": ".", "D22_ats": "@", "D22_colons": "://", "D22_open_brackets_and_URLs": "(http://a", "D22_URLs_with_ideographic_spaces": "(http://a.example\u3000",
		"D22_comma_separated_URLs": "http://a.example,", "D22_closing_brackets": ")", "D22_dotted_letters": "a.", "D22_dotted_pairs": "a.b@", "D22_schemes": "http:", "D22_dot_words": "dot com ",
		"D22_escapes": "http://a.example/?u=%25252525252525 ", "D22_disguises": "a[.]", "D22_zero_width": "a\u200b.", "D22_hyphens": ".-",
	} {
		t.Run(name, func(t *testing.T) {
			within(t, time.Minute, func() {
				ScanText(nil, "http://x.example/"+strings.Repeat(piece, size/len(piece)), Text)
				ScanText(nil, strings.Repeat(piece, size/len(piece)), Text)
			})
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

var pslLine = regexp.MustCompile(`^checkPublicSuffix\('([^']*)', (?:null|'([^']*)')\);`)

func TestRegisteredDomainFollowsThePublicSuffixList(t *testing.T) {
	dir := os.Getenv("WEIR_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	table, err := os.ReadFile(filepath.Join(dir, "suites/psl/test_psl.txt"))
	if err != nil {
		t.Skipf("SHARED SUITE NOT RUN: %v", err)
	}
	n := 0
	for line := range strings.Lines(string(table)) {
		m := pslLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		n++
		want, _, _ := asciiHost(m[2])
		if got := RegisteredDomain(m[1]); got != want {
			t.Errorf("%s: got %q, want %q", m[1], got, want)
		}
	}
	if n < 70 {
		t.Errorf("only %d cases were read", n)
	}
}
