package view_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/message"
	"weir/rules/view"
)

func mail(raw string) *view.Mail {
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(raw))
	return view.New(m, view.NewSettings(), view.Facts{}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
}

const html = "Content-Type: text/html\n\n"

func TestBody(t *testing.T) {
	for _, c := range []struct {
		name, mail string
		want       []string
	}{
		{"the Subject is first", "Subject: =?utf-8?q?caf=C3=A9?=\n\nhi\n", []string{"café\n", "hi "}},
		{"without Subject an empty line is", "A: b\n\nhi", []string{"\n", "hi"}},
		{"empty lines end paragraphs", "Subject: x\n\na\n b \n \n c\n\nd\n", []string{"x\n", "a b \n", " c\n", "d "}},
		{"of HTML the rendered text", "Subject: x\n" + html + "<p>a&lt;b</p>", []string{"x\n", "\n", "a<b\n"}},
		{"characters of Latin-1 alone are octets", "Subject: x\n" + html + "caf&eacute;", []string{"x\n", "caf\xe9"}},
		{"with one beyond they are UTF-8", "Subject: x\n" + html + "caf&eacute; &euro;", []string{"x\n", "café €"}},
		{"text in a charset", "Content-Type: text/plain; charset=iso-8859-1\n\ncaf\xe9\xa0x", []string{"\n", "café x"}},
		{"attachments separate texts", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\none\n--b\nContent-Type: image/png\n\n?\n--b\nA: b\n\ntwo\n--b--\n",
			[]string{"x\n", "one\n", "two "}},
		{"a calendar is not shown", "Subject: x\nContent-Type: text/calendar\n\none", []string{"x\n"}},
		{"hidden text is there too", "Subject: x\n" + html + `a<font color=white>b</font>`, []string{"x\n", "ab"}},
		{"a multipart without parts has nothing", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n", []string{}},
	} {
		if diff := cmp.Diff(c.want, append([]string{}, mail(c.mail).Body()...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestLongParagraphsAreCut(t *testing.T) {
	word := strings.Repeat("x", 1500) + " "
	got := mail("Subject: s\n\n" + word + word + strings.Repeat("y", 5000)).Body()
	var sizes []int
	for _, p := range got {
		sizes = append(sizes, len(p))
	}
	if diff := cmp.Diff([]int{2, 1501, 1501, 2048, 2048, 904}, sizes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLongPartsAreCut(t *testing.T) {
	m := mail("Subject: s\n\n" + strings.Repeat(strings.Repeat("x", 99)+"\n", 2000))
	n := 0
	for _, p := range m.Body() {
		n += len(p)
	}
	if n < 50_000 || n > 51_100 || m.Partial() == "" {
		t.Errorf("%d bytes, partial %q", n, m.Partial())
	}
	if raw := m.RawBody(); len(strings.Join(raw, "")) != 200_000 {
		t.Errorf("rawbody has %d bytes", len(strings.Join(raw, "")))
	}
}

func TestVisibleAndHiddenBody(t *testing.T) {
	m := mail("Subject: s\n" + html + `a<font color=white>b</font>c`)
	if diff := cmp.Diff([]string{"s\n", "ac"}, m.VisibleBody()); diff != "" {
		t.Errorf("visible (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b"}, m.HiddenBody()); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
}

func TestRawBodyIsCutAtLineEnds(t *testing.T) {
	text := strings.Repeat(strings.Repeat("x", 99)+"\n", 100)
	got := mail("Subject: s\n\n" + text).RawBody()
	for i, p := range got[:len(got)-1] {
		if len(p) < 2048 || len(p) > 4096 || !strings.HasSuffix(p, "\n") {
			t.Errorf("chunk %d has %d bytes, and ends in %q", i, len(p), p[len(p)-1:])
		}
	}
	if strings.Join(got, "") != text {
		t.Error("text is missing")
	}
}

func TestFullHasUnixLineEnds(t *testing.T) {
	if got := string(mail("A: b\r\n\r\nhi\r\n").Full()); got != "A: b\n\nhi\n" {
		t.Errorf("%q", got)
	}
}

// What another mail program may show comes behind what rules are written for.
func TestOtherReadingsComeBehind(t *testing.T) {
	two := "Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n"
	for _, c := range []struct{ name, mail, first, then string }{
		{"two boundaries", "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\nA: b\n\nharmless\n--a--\n--b\nContent-Transfer-Encoding: base64\n\naGlkZGVuIHRleHQ=\n--b--\n", "harmless", "hidden text"},
		{"two types", two + "--b\nContent-Transfer-Encoding: base64\n\naGlkZGVuIHRleHQ=\n--b--\n", "", "hidden text"},
		{"UTF-16 with a mark", "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n//5oAGkAZABkAGUAbgAgAHQAZQB4AHQA\n", "", "hidden text"},
	} {
		body := strings.Join(mail(c.mail).Body(), "")
		i, j := strings.Index(body, c.first), strings.LastIndex(body, c.then)
		if i < 0 || j < i {
			t.Errorf("%s: %q has %q at %d and %q at %d", c.name, body, c.first, i, c.then, j)
		}
	}
}

func BenchmarkViews(b *testing.B) {
	raw := "Subject: s\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n" +
		strings.Repeat("Some words of a mail.\n", 200) + "--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n" +
		strings.Repeat("<tr><td style=3D\"color:#333\">Some <b>words</b> of <a href=3D\"http://example.com/\">a</a> mail.</td></tr>\n", 200) + "--b--\n"
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(raw))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		v := view.New(m, view.NewSettings(), view.Facts{}, time.Time{})
		if len(v.Body()) == 0 || len(v.RawBody()) == 0 {
			b.Fatal("no text")
		}
	}
}
