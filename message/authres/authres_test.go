package authres

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	others "github.com/emersion/go-msgauth/authres"
	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		name  string
		field Field
		want  string
	}{
		{"nothing was checked", Field{Serv: "mx.example.net"}, "mx.example.net; none"},
		{"each result has its line", Field{Serv: "mx.example.net", Results: []Result{
			{Method: "spf", Value: "pass", Props: []Prop{{"smtp", "mailfrom", "joe@example.org"}}},
			{Method: "dkim", Value: "fail", Reason: "body hash did not verify", Props: []Prop{{"header", "d", "example.org"}, {"header", "b", "ab/+"}}},
		}}, "mx.example.net;\n\tspf=pass smtp.mailfrom=joe@example.org;\n\tdkim=fail reason=\"body hash did not verify\" header.d=example.org\n\theader.b=\"ab/+\""},
		{"an address of IPv6 is quoted", Field{Serv: "a", Results: []Result{{Method: "iprev", Value: "pass", Props: []Prop{{"policy", "iprev", "2001:db8::1"}}}}},
			"a;\n\tiprev=pass policy.iprev=\"2001:db8::1\""},
		{"the null sender is left out", Field{Serv: "a", Results: []Result{{Method: "spf", Value: "none", Props: []Prop{{"smtp", "mailfrom", ""}, {"smtp", "helo", "b"}}}}},
			"a;\n\tspf=none smtp.helo=b"},
		{"an internationalised sender stands as it is", Field{Serv: "a", Results: []Result{{Method: "spf", Value: "pass", Props: []Prop{{"smtp", "mailfrom", "jürgen@example.org"}}}}},
			"a;\n\tspf=pass smtp.mailfrom=\"jürgen@example.org\""},
		{"letters beyond ASCII stand nowhere else", Field{Serv: "a", Results: []Result{{Method: "dkim", Value: "fail", Props: []Prop{{"header", "d", "bücher.example"}}}}},
			"a;\n\tdkim=fail header.d=\"b?cher.example\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, c.field.Format()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestInjection writes what senders choose, and reads it as we do and as a reader does that knows no quotes.
func TestInjection(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"E07_cr_and_lf_in_d", "example.org\r\nAuthentication-Results: mx.example.net; dmarc=pass"},
		{"E07_nul_in_d", "bank.example\x00.evil.example"},
		{"E07_a_quote_ends_no_value", `x"; dmarc=pass header.from="bank.example`},
		{"E07_a_backslash_keeps_no_quote_open", `x\`},
		{"E07_a_semicolon_ends_no_result", "x;dmarc=pass"},
		{"E07_a_space_begins_no_property", "x header.from=bank.example"},
		{"E07_a_comment_does_not_swallow_the_rest", "x("},
		{"E07_a_comment_does_not_end", "x)"},
		{"E07_a_line_separator", "x\u2028dmarc=pass"},
		{"E07_a_c1_control", "x\u0085dmarc=pass"},
		{"E07_broken_utf8", "x\xff\xfe;"},
		{"E07_far_too_long", strings.Repeat("a", 2000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Field{Serv: "mx.example.net", Results: []Result{
				{Method: "spf", Value: "none", Reason: c.value, Props: []Prop{{"smtp", "mailfrom", c.value}, {"smtp", "helo", c.value}}},
				{Method: "dkim", Value: "fail", Props: []Prop{{"header", "d", c.value}, {"header", "s", c.value}}},
				{Method: "dmarc", Value: "fail", Props: []Prop{{"header", "from", "bank.example"}}},
			}}
			text := f.Format()
			checkLines(t, text)
			checkRead(t, text, f.Sane())
			got := f.Sane()
			if v := got.All("dmarc"); v != "fail" {
				t.Errorf("dmarc reads %q, want fail in %q", v, text)
			}
		})
	}
}

// checkLines fails on anything that ends a line or a header for somebody.
func checkLines(t *testing.T, text string) {
	t.Helper()
	for i, line := range strings.Split(text, "\n") {
		if i > 0 && !strings.HasPrefix(line, "\t") || strings.TrimSpace(line) == "" {
			t.Errorf("line %d is no continuation: %q", i+1, line)
		}
		if len(line) > 998 {
			t.Errorf("line %d has %d bytes", i+1, len(line))
		}
		if j := strings.IndexFunc(line[min(i, 1):], func(r rune) bool {
			return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfffd
		}); j >= 0 {
			t.Errorf("line %d holds a character that may end it: %q", i+1, line)
		}
	}
}

// checkRead reads a field with our parser and with that of go-msgauth, which looks at no quotes.
func checkRead(t *testing.T, text string, want Field) {
	t.Helper()
	got, err := Parse(strings.ReplaceAll(text, "\n", "\r\n"))
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("read back, -want +got:\n%s\n%s", d, text)
	}
	var named []string
	for _, r := range want.Results {
		named = append(named, r.Method+"="+r.Value)
	}
	for reader, text := range map[string]string{"go-msgauth": text, "go-msgauth, without comments": comment.ReplaceAllString(text, "")} {
		_, list, err := others.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v: %q", reader, err, text)
		}
		var read []string
		for _, r := range list {
			read = append(read, said(r))
		}
		if d := cmp.Diff(named, read); d != "" {
			t.Errorf("%s reads it otherwise, -want +got:\n%s\n%s", reader, d, text)
		}
	}
}

// comment finds comments as somebody does who looks at no quotes.
var comment = regexp.MustCompile(`(?s)\([^)]*(\)|$)`)

func said(r others.Result) string {
	switch r := r.(type) {
	case *others.SPFResult:
		return "spf=" + string(r.Value)
	case *others.DKIMResult:
		return "dkim=" + string(r.Value)
	case *others.DMARCResult:
		return "dmarc=" + string(r.Value)
	case *others.ARCResult:
		return "arc=" + string(r.Value)
	case *others.IPRevResult:
		return "iprev=" + string(r.Value)
	case *others.AuthResult:
		return "auth=" + string(r.Value)
	case *others.DomainKeysResult:
		return "domainkeys=" + string(r.Value)
	case *others.SenderIDResult:
		return "sender-id=" + string(r.Value)
	case *others.GenericResult:
		return r.Method + "=" + string(r.Value)
	}
	return fmt.Sprintf("%T", r)
}

func TestBounds(t *testing.T) {
	f := Field{Serv: "mx.example.net"}
	for range 3 * MaxResults {
		f.Results = append(f.Results, Result{Method: "dkim", Value: "fail", Reason: strings.Repeat("x ", 500)})
	}
	text := f.Format()
	if n := strings.Count(text, "dkim="); n != MaxResults {
		t.Errorf("%d results are written, want %d", n, MaxResults)
	}
	long := Prop{"header", "d", strings.Repeat("a", MaxValue)}
	for i := range f.Results {
		f.Results[i].Props = []Prop{long, long, long, long}
	}
	if n := len(f.Format()); n > maxField*5/4 || n < maxField/2 {
		t.Errorf("the field has %d bytes, want about %d", n, maxField)
	}
	if _, err := Parse("x" + strings.Repeat("; dkim=fail", MaxResults+1)); !errors.Is(err, ErrTooMany) {
		t.Errorf("error %v, want %v", err, ErrTooMany)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        Field
		err         error
	}{
		{"nothing checked", " mx.example.org ; none", Field{Serv: "mx.example.org"}, nil},
		{"with a version", "mx.example.org 1; spf=pass", one("mx.example.org", Result{Method: "spf", Value: "pass"}), nil},
		{"of another version", "mx.example.org 2; spf=pass", Field{}, ErrVersion},
		{"without anything", "  (nobody) ", Field{}, ErrNoServ},
		{"comments and folds are passed over", "a(x(y;)\\))\r\n\t;(c) dkim (d) = (e) PASS (2048 bit; key) header.D=b.example", one("a",
			Result{Method: "dkim", Value: "pass", Props: []Prop{{"header", "d", "b.example"}}}), nil},
		{"a semicolon in quotes ends nothing", `a; dkim=fail reason="x; dmarc=pass" header.i="a\"b"`, one("a",
			Result{Method: "dkim", Value: "fail", Reason: "x; dmarc=pass", Props: []Prop{{"header", "i", `a"b`}}}), nil},
		{"a method's version is left out", "a; dkim/1=pass", one("a", Result{Method: "dkim", Value: "pass"}), nil},
		{"what is no property is left out", "a;dmarc=pass action=none x = header.from=b.example; ; =; compauth", one("a",
			Result{Method: "dmarc", Value: "pass", Props: nil}), nil},
		{"a quoted local part stays", `a; spf=pass smtp.mailfrom="joe doe"@b.example`, one("a",
			Result{Method: "spf", Value: "pass", Props: []Prop{{"smtp", "mailfrom", `"joe doe"@b.example`}}}), nil},
		{"an open quote spoils all", `a; spf=fail reason="x; spf=pass`, Field{}, ErrOpen},
		{"an open comment spoils all", `a; spf=fail (x; spf=pass`, Field{}, ErrOpen},
		{"a backslash at the end", `a; spf=fail reason="x\`, Field{}, ErrOpen},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.value)
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func one(serv string, r Result) Field { return Field{Serv: serv, Results: []Result{r}} }

func TestAllAgree(t *testing.T) {
	for value, want := range map[string]string{
		"a; dmarc=pass":                         "pass",
		"a; dmarc=pass; spf=fail; DMARC = Pass": "pass",
		"a; dmarc=pass; dmarc=fail":             "",
		"a; spf=pass":                           "",
		"a; dmarc=fail (dmarc=pass)":            "fail",
	} {
		f, err := Parse(value)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.All("dmarc"); got != want {
			t.Errorf("%q: dmarc reads %q, want %q", value, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("mx.example.org; spf=pass smtp.mailfrom=a@b; dkim=fail (x) reason=\"y\" header.d=c")
	f.Add(`a 1;(;dkim/1 = "pass" header."d=x\`)
	f.Fuzz(func(t *testing.T, value string) {
		field, err := Parse(value)
		if err != nil || strings.Contains(strings.ToLower(value), "oldest-pass") { // go-msgauth refuses 0, which RFC 8617 has
			return
		}
		checkRead(t, field.Format(), field.Sane())
	})
}

func FuzzFormat(f *testing.F) {
	f.Add("mx.example.net", "spf", "pass", "a reason", "smtp", "mailfrom", "joe@example.org")
	f.Add("mx", "dkim", "fail", "x\r\n", "header", "d", "\x00\";dmarc=pass")
	f.Fuzz(func(t *testing.T, serv, method, value, reason, kind, name, about string) {
		if strings.Trim(serv, " ") == "" || len(serv) > 255 || slices.Contains([]string{"none", "reason"}, keyword(method)) {
			return
		}
		field := Field{Serv: serv, Results: []Result{
			{Method: method, Value: value, Reason: reason, Props: []Prop{{kind, name, about}, {"smtp", "mailfrom", about}}},
			{Method: "dmarc", Value: "fail"},
		}}
		text := field.Format()
		checkLines(t, text)
		if !strings.Contains(text, "oldest-pass") { // go-msgauth refuses 0, which RFC 8617 has
			checkRead(t, text, field.Sane())
		}
	})
}

func BenchmarkFormat(b *testing.B) {
	f := Field{Serv: "mx.example.net", Results: []Result{
		{Method: "spf", Value: "pass", Reason: "example.org says ip4:192.0.2.1", Props: []Prop{{"smtp", "mailfrom", "joe@example.org"}}},
		{Method: "dkim", Value: "pass", Props: []Prop{{"header", "d", "example.org"}, {"header", "s", "k2024"}, {"header", "a", "rsa-sha256"}, {"header", "b", "ab/+cdef"}}},
		{Method: "dmarc", Value: "pass", Props: []Prop{{"header", "from", "example.org"}, {"policy", "dmarc", "reject"}}},
		{Method: "arc", Value: "none"},
		{Method: "iprev", Value: "pass", Props: []Prop{{"policy", "iprev", "192.0.2.1"}}},
	}}
	b.ReportAllocs()
	for b.Loop() {
		if len(f.Format()) < 100 {
			b.Fatal("too short")
		}
	}
}
