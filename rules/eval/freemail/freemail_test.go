package freemail

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
	"weir/rules/view"
)

var providers = evaltest.Lines{{"freemail_domains", "gmail.com hotmail.co.?? yahoo.*"}, {"freemail_domains", "freenet.de"}}

func TestFreeAddresses(t *testing.T) {
	for _, c := range []struct {
		name, mail, call string
		args             []string
		want             int
	}{
		{"in From", "From: ann@gmail.com\n\n", "check_freemail_from", nil, 1},
		{"by a pattern", "From: ann@yahoo.fr\n\n", "check_freemail_from", nil, 1},
		{"by another pattern", "From: ann@hotmail.co.uk\n\n", "check_freemail_from", nil, 1},
		{"a star has no dot in it", "From: ann@yahoo.co.uk\n\n", "check_freemail_from", nil, 0},
		{"in capitals", "From: ANN@GMAIL.COM\n\n", "check_freemail_from", nil, 1},
		{"elsewhere", "From: ann@example.org\n\n", "check_freemail_from", nil, 0},
		{"below a provider", "From: ann@x.gmail.com\n\n", "check_freemail_from", nil, 0},
		{"a role", "From: support@gmail.com\n\n", "check_freemail_from", nil, 0},
		{"what forwards", "From: ann=a=b@gmail.com\n\n", "check_freemail_from", nil, 0},
		{"in a field", "Reply-To: ann@gmail.com\n\n", "check_freemail_header", []string{"Reply-To"}, 1},
		{"not in that field", "From: ann@gmail.com\n\n", "check_freemail_header", []string{"Reply-To"}, 0},
		{"that ends in a digit", "Reply-To: ann7@gmail.com\n\n", "check_freemail_header", []string{"Reply-To", `\d@`}, 1},
		{"that does not", "Reply-To: ann@gmail.com\n\n", "check_freemail_header", []string{"Reply-To", `\d@`}, 0},
		{"in the text", "Subject: x\n\nwrite to ann@gmail.com today\n", "check_freemail_body", nil, 1},
		{"in the text, as a quotation", "Subject: x\n\nAnn <ann@gmail.com> wrote\n", "check_freemail_body", nil, 0},
		{"in the text, in front of what was said", "Subject: x\n\nann@gmail.com wrote: hello\n", "check_freemail_body", nil, 0},
		{"in the text, in front of a number", "Subject: x\n\nann@gmail.com tel: 123\n", "check_freemail_body", nil, 1},
		{"in the text, within a link", "Subject: x\n\nhttp://x.com/?a=ann@gmail.com\n", "check_freemail_body", nil, 0},
		{"in a link to write to", "Content-Type: text/html\n\n<a href='mailto:ann@gmail.com'>write</a>", "check_freemail_body", nil, 1},
		{"so many that they say nothing", "Subject: x\n\na@x.com b@x.com c@x.com d@x.com ann@gmail.com\n", "check_freemail_body", nil, 0},
		{"no top-level domain", "Subject: x\n\nann@gmail.com.nosuchtld\n", "check_freemail_body", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), providers, c.mail, "header", c.call, c.args...); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestWhoIsToBeAnswered(t *testing.T) {
	for _, c := range []struct {
		name, mail string
		or         int // with reply: From stands in where there is no Reply-To
		want       int
	}{
		{"at another free address", "From: ann@gmail.com\nReply-To: bob@yahoo.fr\n\n", 1, 1},
		{"at the same", "From: ann@gmail.com\nReply-To: ann@gmail.com\n\n", 0, 0},
		{"at one that is not free", "From: ann@gmail.com\nReply-To: ann@example.org\n\nwrite to bob@yahoo.fr\n", 0, 0},
		{"at another that the text names", "From: ann@example.org\nReply-To: ann@gmail.com\n\nwrite to bob@yahoo.fr\n", 0, 1},
		{"at the one that the text names", "From: ann@example.org\nReply-To: ann@gmail.com\n\nwrite to ann@gmail.com\n", 0, 0},
		{"who writes, the text names another", "From: ann@gmail.com\n\nwrite to bob@yahoo.fr\n", 1, 0},
		{"a list", "Return-Path: <list-request@x.org>\nFrom: ann@gmail.com\nReply-To: bob@yahoo.fr\n\n", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), providers, c.mail, "header", "check_freemail_replyto", "replyto"); got != c.want {
				t.Errorf("replyto: got %d, want %d", got, c.want)
			}
			if got := evaltest.Ask(t, New(), providers, c.mail, "header", "check_freemail_replyto", "reply"); got != c.or {
				t.Errorf("reply: got %d, want %d", got, c.or)
			}
		})
	}
}

func TestExceptionsAreNamedByFiles(t *testing.T) {
	const mail = "From: ann@gmail.com\n\n"
	for _, lines := range []evaltest.Lines{
		{{"freemail_whitelist", "ann@gmail.com"}},
		{{"freemail_welcomelist", "gmail.com"}},
		{{"freemail_import_welcomelist_auth", "1"}, {"welcomelist_auth", "*@gmail.com"}},
		{{"freemail_import_def_whitelist_auth", "1"}, {"def_whitelist_auth", "ann@*"}},
	} {
		if got := evaltest.Ask(t, New(), append(providers[:2:2], lines...), mail, "header", "check_freemail_from"); got != 0 {
			t.Errorf("%v: got %d", lines, got)
		}
	}
	if got := evaltest.Ask(t, New(), append(providers[:2:2], [2]string{"welcomelist_auth", "*@gmail.com"}), mail, "header", "check_freemail_from"); got != 1 {
		t.Errorf("a list that is not asked for counts: got %d", got)
	}
}

func TestWhatMakesNoSense(t *testing.T) {
	for _, l := range [][2]string{{"freemail_domains", "gm@il.com"}, {"freemail_domains", ""}, {"freemail_whitelist", "nobody"}, {"freemail_max_body_emails", "many"}} {
		if known, err := New().Set(l[0], l[1]); !known || err == nil {
			t.Errorf("%v: known %v, %v", l, known, err)
		}
	}
	var off *eval.Off
	if _, err := New().Bind(eval.Call{Name: "check_freemail_from"}); !errors.As(err, &off) {
		t.Errorf("without providers: %v", err)
	}
	r := New()
	r.Set("freemail_domains", "gmail.com")
	for _, c := range []eval.Call{{Name: "check_freemail_header"}, {Name: "check_freemail_replyto", Args: []string{"x"}}, {Name: "check_freemail_from", Args: []string{"("}}} {
		if _, err := r.Bind(c); err == nil {
			t.Errorf("%s(%q) is taken", c.Name, c.Args)
		}
	}
	if _, err := r.Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func FuzzParagraph(f *testing.F) {
	f.Add("Ann <ann@gmail.com> wrote: see http://x.com/?a@b.com mailto:bob@yahoo.fr a.b.c@d.e.com>")
	f.Fuzz(func(t *testing.T, text string) {
		s := scanner{top: func(top string) bool { return top == "com" }, seen: map[string]bool{}}
		s.paragraph(text)
		if len(s.list) > maxNamed {
			t.Errorf("%d addresses", len(s.list))
		}
	})
}

func TestQuotationsAreGoneForBodyRules(t *testing.T) {
	for _, c := range []struct{ name, mail, want string }{
		{"where the text is looked at", "From: ann@gmail.com\nSubject: x\n\nAnn <bob@x.com> said: me@x.com wrote: hello to bob@yahoo.fr", "Ann   said:   hello to bob@yahoo.fr "},
		{"where it is not", "From: ann@example.org\nSubject: x\n\nAnn <bob@x.com> said", "Ann <bob@x.com> said "},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := New()
			r.Set("freemail_domains", "gmail.com yahoo.*")
			if _, err := r.Bind(eval.Call{Name: "check_freemail_replyto", Args: []string{"reply"}}); err != nil {
				t.Fatal(err)
			}
			m := evaltest.Mail(view.NewSettings(), c.mail)
			r.Edit(m)
			if got := strings.TrimRight(strings.Join(m.Body()[1:], "|"), " \n"); got != strings.TrimRight(c.want, " ") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestD20_wildcards_are_bounded(t *testing.T) {
	r := New()
	for i := range maxPatterns {
		if _, err := r.Set("freemail_domains", fmt.Sprintf("*a%d*.%s", i, strings.Repeat("b*", 100))); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range []string{"one.*", strings.Repeat("a", maxPattern) + "*"} {
		if _, err := r.Set("freemail_domains", one); err == nil {
			t.Errorf("%.20s: no error", one)
		}
	}
	if _, err := r.Bind(eval.Call{Name: "check_freemail_from"}); err != nil {
		t.Error(err)
	}
}
