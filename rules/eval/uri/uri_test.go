package uri

import (
	"errors"
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/rules/eval"
	"weir/rules/view"
)

// page is a mail with an HTML text.
func page(html string) *view.Mail {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("Subject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n" + html + "\n"))
	return view.New(m, view.NewSettings(), view.Facts{}, time.Unix(0, 0))
}

// hits runs a call on a page.
func hits(t *testing.T, html, name string, args ...string) int {
	t.Helper()
	check, err := New().Bind(eval.Call{Name: name, Args: args})
	if err != nil {
		t.Fatalf("%s(%v): %v", name, args, err)
	}
	return check(page(html))
}

func TestRedirectors(t *testing.T) {
	for _, c := range []struct {
		name, link string
		want       int
	}{
		{"none", "http://example.com/a", 0},
		{"to another domain", "http://example.com/go?http://example.net/", 1},
		{"to the same domain", "http://www.example.com/go?http://a.example.com/", 0},
		{"to the same and on", "http://www.example.com/http://a.example.com/http://example.net", 1},
		{"with one slash", "http://example.com/go?https:/example.net", 1},
		{"without a host", "http://example.com/go?http:///", 0},
	} {
		if got := hits(t, `<a href="`+c.link+`">x</a>`, "check_for_http_redirector"); got != c.want {
			t.Errorf("%s: %s: %d, want %d", c.name, c.link, got, c.want)
		}
	}
}

func TestAnchorsThatShowAnotherPlace(t *testing.T) {
	for _, c := range []struct {
		name, html, function string
		args                 []string
		want                 int
	}{
		{"a name shown, an address behind it", `<a href="http://192.0.2.1/">https://bank.com/</a>`, "check_https_ip_mismatch", nil, 1},
		{"an address shown", `<a href="http://192.0.2.1/">https://192.0.2.9/</a>`, "check_https_ip_mismatch", nil, 0},
		{"no link shown", `<a href="http://192.0.2.1/">bank</a>`, "check_https_ip_mismatch", nil, 0},
		{"a user's name in front of the address", `<a href="http://bank.com@192.0.2.1/">https://bank.com/</a>`, "check_https_ip_mismatch", nil, 1},
		{"another domain", `<a href="http://evil.com/">https://bank.com/</a>`, "check_https_http_mismatch", nil, 1},
		{"the same domain", `<a href="http://a.bank.com/">https://www.bank.com/</a>`, "check_https_http_mismatch", nil, 0},
		{"an address is for the other function", `<a href="http://192.0.2.1/">https://bank.com/</a>`, "check_https_http_mismatch", nil, 0},
		{"no https shown", `<a href="http://evil.com/">http://bank.com/</a>`, "check_https_http_mismatch", nil, 0},
		{"upper case", `<a href="HTTP://EVIL.COM/">see HTTPS://Bank.com.</a>`, "check_https_http_mismatch", nil, 1},
		{"too few anchors", `<a href="http://evil.com/">https://bank.com/</a>`, "check_https_http_mismatch", []string{"2", "10"}, 0},
		{"enough anchors", `<a href="http://evil.com/">https://bank.com/</a><a href="http://b.com/">b</a>`, "check_https_http_mismatch", []string{"2", "10"}, 1},
		{"too many anchors", `<a href="http://evil.com/">https://bank.com/</a><a href="http://b.com/">b</a>`, "check_https_http_mismatch", []string{"1", "2"}, 0},
	} {
		if got := hits(t, c.html, c.function, c.args...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestLinksThatAreCut(t *testing.T) {
	if got := hits(t, `<a href="http://example.com/`+strings.Repeat("a", 9000)+`">x</a>`, "check_uri_truncated"); got != 1 {
		t.Errorf("a link of 9000 bytes: %d", got)
	}
	if got := hits(t, `<a href="http://example.com/">x</a>`, "check_uri_truncated"); got != 0 {
		t.Errorf("a short link: %d", got)
	}
}

func TestLinksFromSeveralSides(t *testing.T) {
	const html = `<a href="http://www.exam%70le.com/a">click</a> <img src="http://b.org/x.png"> see https://c.net/`
	for _, c := range []struct {
		name, definition string
		want             int
	}{
		{"as it was written", `raw =~ /%70/`, 1},
		{"in another dress", `cleaned =~ m{example\.com/a}`, 1},
		{"its tag", `type =~ /^img$/`, 1},
		{"a tag that is not there", `type =~ /^form$/`, 0},
		{"what the anchor shows", `text =~ /^CLICK$/i`, 1},
		{"the domain", `domain =~ /^example\.com$/`, 1},
		{"the host", `host =~ /^www\.example\.com$/`, 1},
		{"all of one link", `type =~ /^a$/ domain =~ /^example\.com$/ text =~ /click/`, 1},
		{"of two links", `type =~ /^img$/ domain =~ /^example\.com$/`, 0},
		{"not", `type =~ /^a$/ domain !~ /^example\.com$/`, 0},
		{"in a text", `type =~ /^parsed$/ host =~ /^c\.net$/`, 1},
		{"the last of a kind counts", `raw =~ /nowhere/ raw =~ /%70/`, 1},
		{"a slash within", `raw =~ m{com/a$}`, 1},
	} {
		if got := hits(t, html, "uri_detail", c.definition); got != c.want {
			t.Errorf("%s: %s: %d, want %d", c.name, c.definition, got, c.want)
		}
	}
}

func TestDefinitionsThatAreWrong(t *testing.T) {
	for _, text := range []string{"", "raw", "raw =~", "raw == /a/", "colour =~ /a/", "raw =~ /a", "raw =~ /(/", "raw =~ /a/ nonsense"} {
		if _, err := New().Bind(eval.Call{Name: "uri_detail", Args: []string{text}}); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	var off *eval.Off
	if _, err := New().Bind(eval.Call{Name: "check_phishing"}); !errors.As(err, &off) {
		t.Errorf("feeds: %v, want that it is off", err)
	}
	if _, err := New().Bind(eval.Call{Name: "nonsense"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("an unknown function: %v", err)
	}
	if _, err := New().Bind(eval.Call{Name: "check_https_http_mismatch", Args: []string{"x"}}); err == nil {
		t.Error("a word for a number: no error")
	}
}

func FuzzDefinitions(f *testing.F) {
	f.Add(`raw =~ /a/i type !~ m{b} text =~ m!c!`)
	f.Fuzz(func(t *testing.T, text string) {
		if all, err := readSides(text); err == nil && len(all) == 0 {
			t.Fatal("neither conditions nor an error")
		}
	})
}
