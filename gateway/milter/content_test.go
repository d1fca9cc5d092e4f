package milter

import (
	"bytes"
	"context"
	"encoding/binary"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-milter"
	"github.com/google/go-cmp/cmp"

	"weir/filters"
	"weir/gateway"
	"weir/gateway/spool"
	"weir/message"
)

// seen keeps the bytes that filters see.
func seen(into *string) setup {
	return adding(filters.Data, func(_ context.Context, m *message.Message) (filters.Result, error) {
		*into = string(m.Raw)
		return filters.Result{}, nil
	})
}

// TestTheMessageIsPutTogetherByteForByte compares what came to the mail server with what filters see.
func TestTheMessageIsPutTogetherByteForByte(t *testing.T) {
	for _, c := range []struct{ name, mail, want string }{
		{"plain", plain, ""},
		{"white space after the colon", "Subject:none\nA:  two\nB:\ttab\nC: \nD:\n\nx\n", ""},
		{"white space at the end of a line", "Subject: a \nA: b\t \n\nx \n", ""},
		{"folded fields", "Subject: a\n b\n\tc\n   d\nDKIM-Signature: v=1;\n b=abc\n\n\nx\n", ""},
		{"a fold with nothing before it", "Subject:\n a\n\nx\n", ""},
		{"a fold of white space alone", "Subject: a\n \n b\n\nx\n", ""},
		{"8-bit", "Subject: caf\xc3\xa9 \xff\n\n\xff\xfe caf\xc3\xa9\n", ""},
		{"dots", "Subject: x\n\n.\n..\n.x\n", ""},
		{"an empty body", "Subject: x\n\n", ""},
		{"empty lines at the end", "Subject: x\n\na\n\n\n", ""},
		{"no header", "\n\nhello\n", "\r\nhello\r\n"},
		{"the last line without its end", "Subject: x\n\nhello", "Subject: x\r\n\r\nhello\r\n"},
		{"a long line", "Subject: x\n\n" + strings.Repeat("0123456789", 20000) + "\n", ""},
		{"5 MB", "Subject: x\n\n" + strings.Repeat("0123456789abcde\n", 5<<16), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			d := start(t, seen(&got))
			m := d.dial().greet()
			m.envelope("ann@shop.example", "bob@house.example")
			var answers []string
			if strings.HasPrefix(c.mail, "\n") {
				m.send('N', "")
				m.want("c", m.ask('B', "hello\r\n"))
				answers = m.end()
			} else {
				answers = m.content(c.mail)
			}
			m.want("c", answers[len(answers)-1])
			want := c.want
			if want == "" {
				want = strings.ReplaceAll(c.mail, "\n", "\r\n")
			}
			if got != want {
				t.Errorf("%d bytes %.200q\nwant %d %.200q", len(got), got, len(want), want)
			}
		})
	}
}

// TestFieldsOfAnOldMailServer come without the space behind the colon, and want none.
func TestFieldsOfAnOldMailServer(t *testing.T) {
	var got string
	d := start(t, seen(&got))
	m := d.connect()
	m.negotiate(2, 0x3f, 0)
	m.want("c", m.ask('C', connect4("203.0.113.7")))
	m.want("c", m.ask('H', "x\x00"))
	m.envelope("ann@shop.example", "bob@house.example")
	m.want("c", m.ask('L', "Subject\x00TAG_WORD\n\tand more\x00"))
	m.want("c", m.ask('L', "X-Spam-Flag\x00NO\x00"))
	m.want("c", m.ask('N', ""))
	answers := m.end()
	if want := "Subject: TAG_WORD\r\n\tand more\r\nX-Spam-Flag: NO\r\n\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if answers[0] != "m 1|X-Spam-Flag|" || !strings.HasPrefix(answers[len(answers)-2], "i 0|Authentication-Results|mx") {
		t.Errorf("%q", answers)
	}
}

// TestAFieldCantEndTheHeader has values that no mail server sends.
func TestAFieldCantEndTheHeader(t *testing.T) {
	for in, want := range map[string]string{
		" a\nX-Evil: b":     " a\r\n\tX-Evil: b",
		" a\n\nbody":        " a\r\n\t\r\n\tbody",
		" a\n":              " a",
		" a\r\n\r\n":        " a",
		" a\r\n b":          " a\r\n b",
		" a\rX-Evil: b":     " a X-Evil: b",
		"":                  "",
		"\n":                "",
		" a\r\n\r\nX: evil": " a\r\n\t\r\n\tX: evil",
	} {
		var got string
		d := start(t, seen(&got))
		m := d.dial().greet()
		m.envelope("ann@shop.example", "bob@house.example")
		m.send('L', "Subject\x00"+in+"\x00")
		m.send('N', "")
		m.end()
		if want := "Subject:" + want + "\r\n\r\n"; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// normal is what ends does, said with patterns.
func normal(s string) string {
	s = regexp.MustCompile(`\r*\n`).ReplaceAllString(s, "\n")
	s = regexp.MustCompile(`\r+`).ReplaceAllString(s, " ")
	if s != "" && !strings.HasSuffix(s, "\n") {
		s += "\n"
	}
	return strings.ReplaceAll(s, "\n", "\r\n")
}

// throughEnds writes pieces of n bytes.
func throughEnds(t testing.TB, s string, n int) string {
	t.Helper()
	b := spool.NewPool("", 1<<20).Get(0)
	defer b.Close()
	e := ends{to: b}
	for p := []byte(s); len(p) > 0; p = p[min(n, len(p)):] {
		e.write(p[:min(n, len(p))])
	}
	e.finish()
	if e.err != nil {
		t.Fatal(e.err)
	}
	raw, _ := b.Bytes()
	if e.total != int64(len(raw)) {
		t.Errorf("%d bytes are counted of %d", e.total, len(raw))
	}
	return string(raw)
}

func TestLineEnds(t *testing.T) {
	for _, s := range []string{"", "a", "a\n", "a\r\n", "a\r", "a\r\r\n", "a\n\n", "\r\n\r\n", "\r", "\n", "a\rb", "a\r\rb\r", "\n\r", "\r\n\r", "a\r\n.\r\n.\n", "\r\r\r\nx\ny\rz"} {
		for n := 1; n < 5; n++ {
			if got, want := throughEnds(t, s, n), normal(s); got != want {
				t.Errorf("%q in pieces of %d: %q, want %q", s, n, got, want)
			}
		}
	}
}

// FuzzLineEnds compares with patterns; no bare CR or LF is left.
func FuzzLineEnds(f *testing.F) {
	f.Add("a\r\r\nb\rc\n", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if got, want := throughEnds(t, s, max(n, 1)), normal(s); got != want {
			t.Errorf("%q in pieces of %d: %q, want %q", s, n, got, want)
		}
	})
}

// TestLineEndsTakeLinearTime has text in which one kind of line end is missing: each byte is looked at twice at most.
func TestLineEndsTakeLinearTime(t *testing.T) {
	for _, s := range []string{"\rX", "\nX", "\r\nX", "\r\r"} {
		big := bytes.Repeat([]byte(s), 1<<20)
		b := spool.NewPool(t.TempDir(), 1<<16).Get(0)
		e := ends{to: b}
		e.write(big)
		_ = b.Close()
	}
}

// applied carries out changes of the header as a mail server does. still: fields that were deleted still count.
func applied(header []string, answers []string, still bool) (list []string) {
	type field struct {
		name, text string
		gone       bool
	}
	var fields []field
	for _, h := range header {
		name, _, _ := strings.Cut(h, ":")
		fields = append(fields, field{name, h, false})
	}
	for _, a := range answers {
		if len(a) < 2 {
			continue
		}
		parts := strings.Split(a[2:]+"||", "|")
		switch a[0] {
		case 'i':
			fields = append([]field{{parts[1], parts[1] + ":" + parts[2], false}}, fields...)
		case 'm':
			n := 0
			for i := range fields {
				f := &fields[i]
				if !strings.EqualFold(f.name, parts[1]) || f.gone && !still {
					continue
				}
				if n++; string(rune('0'+n)) == parts[0] {
					f.text, f.gone = parts[1]+":"+parts[2], parts[2] == ""
					break
				}
			}
		}
	}
	for _, f := range fields {
		if !f.gone {
			list = append(list, f.text)
		}
	}
	return list
}

// TestB20_fields_are_removed_by_index has forged fields between others of their name, and mail servers that count in two ways.
func TestB20_fields_are_removed_by_index(t *testing.T) {
	header := []string{
		"X-Spam-Flag: NO 1", "Authentication-Results: other.example; spf=pass", "Authentication-Results: mx.weir.example; dkim=pass 1",
		"x-spam-flag: NO 2", "Subject: Lunch", "AUTHENTICATION-RESULTS: mx.weir.example; dkim=pass 2", "Authentication-Results: third.example; spf=pass",
		"X-Spam-Flag: NO 3", "From: a@b.example",
	}
	for name, still := range map[string]bool{"B20_deleted_fields_count": true, "B20_deleted_fields_do_not_count": false} {
		t.Run(name, func(t *testing.T) {
			d := start(t, func(d *door) {
				d.settings.Headers = gateway.HeaderNames{Flag: "X-Spam-Flag", ID: "X-Weir-ID", SubjectPrefix: "[SPAM]"}
			})
			m := d.dial().greet()
			got := applied(header, d.gone(m.mail(strings.Join(header, "\n")+"\n\nTAG_WORD\n")), still)
			want := []string{"X-Weir-ID: ID", "X-Spam-Flag: YES", "Authentication-Results: other.example; spf=pass", "Subject: [SPAM] Lunch",
				"Authentication-Results: third.example; spf=pass", "From: a@b.example"}
			sortTop(want, got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// gone replaces the id of the last report.
func (d *door) gone(answers []string) []string { return rough2(answers, d.last(1).ID) }

func rough2(answers []string, id string) []string {
	for i := range answers {
		answers[i] = strings.ReplaceAll(answers[i], id, "ID")
	}
	return answers
}

// sortTop puts the added fields into the order of the report, which is the gateway's business.
func sortTop(want, got []string) {
	if len(got) > 1 && got[0] == want[1] {
		want[0], want[1] = want[1], want[0]
	}
}

// TestTheHeaderIsThatOfTheReport: added fields stand in the order in which the SMTP door would write them.
func TestTheHeaderIsThatOfTheReport(t *testing.T) {
	d := start(t)
	m := d.dial().greet()
	got := applied(fields("From: a@b.example\nX-Spam-Score: 5"), m.mail("From: a@b.example\nX-Spam-Score: 5\n\nTAG_WORD\n"), false)
	var want []string
	for _, e := range d.last(1).Edits {
		if e.Op == gateway.Add {
			want = append(want, e.Name+": "+e.Value)
		}
	}
	if diff := cmp.Diff(append(want, "From: a@b.example"), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestB20_nothing_leaves_an_added_value tries to.
func TestB20_nothing_leaves_an_added_value(t *testing.T) {
	for name, c := range map[string]struct{ value, want string }{
		"B20_CRLF_and_a_field":      {"a\r\nX-Evil: b", " a\n\tX-Evil: b"},
		"B20_LF_and_a_field":        {"a\nX-Evil: b", " a\n\tX-Evil: b"},
		"B20_the_end_of_the_header": {"a\r\n\r\nbody", " a\n\tbody"},
		"B20_a_line_of_white_space": {"a\n \t\n b", " a\n b"},
		"B20_bare_CR":               {"a\rX-Evil: b", " aX-Evil: b"},
		"B20_NUL":                   {"a\x00evil", " aevil"},
		"B20_a_fold":                {"a\n\tb", " a\n\tb"},
		"B20_a_line_of_NUL":         {"a\n\x00\n\x00b", " a\n\tb"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &session{wire: &wire{}, agreed: agreed{steps: milter.OptHeaderLeadingSpace}}
			s.edit([]gateway.Edit{{Op: gateway.Add, Name: "X-\x00\rTest", Value: c.value}})
			if got, want := string(s.wire.out), packet('i', "\x00\x00\x00\x00X-Test\x00"+c.want+"\x00"); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// FuzzEdit has any value and looks for what leaves it.
func FuzzEdit(f *testing.F) {
	f.Add("a\r\n\r\nb\x00")
	f.Fuzz(func(t *testing.T, value string) {
		got := string(appendValue(nil, value))
		for i, line := range strings.Split(got, "\n") {
			if i > 0 && (line == "" || line[0] != ' ' && line[0] != '\t' || strings.Trim(line, " \t") == "") || strings.ContainsAny(line, "\r\x00") {
				t.Fatalf("%q: line %q", value, line)
			}
		}
	})
}

func TestMacros(t *testing.T) {
	var m macros
	for _, p := range []string{"Cj\x00mx\x00{client_name}\x00a\x00", "Mi\x001\x00{auth_authen}\x00ann\x00", "Ei\x002\x00", "", "X", "H{cipher}", "R{rcpt_mailer}\x00"} {
		m.set([]byte(p))
	}
	for name, want := range map[string]string{"j": "mx", "client_name": "a", "i": "2", "auth_authen": "ann", "cipher": "", "rcpt_mailer": "", "none": "", "": ""} {
		if got := m.get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	m.set([]byte("Mi\x003\x00"))
	if got := m.get("auth_authen"); got != "" {
		t.Errorf("after other macros of the same stage: %q", got)
	}
	m.forget(false)
	if m.get("i") != "" || m.get("j") != "mx" {
		t.Errorf("after a message: i %q, j %q", m.get("i"), m.get("j"))
	}
	if m.forget(true); m.get("j") != "" {
		t.Error("after the connection: j is left")
	}
}

// TestABodyIsReplacedInPiecesThatFit has one larger than a packet may be.
func TestABodyIsReplacedInPiecesThatFit(t *testing.T) {
	var body [][]byte
	var want strings.Builder
	for _, n := range []int{0, 1, milter.MaxBodyChunk, milter.MaxBodyChunk + 1, 200_000} {
		body = append(body, bytes.Repeat([]byte("abc\r\n"), n/5+1)[:n])
		want.Write(body[len(body)-1])
	}
	s := &session{wire: &wire{}}
	s.replaceBody(body)
	var got strings.Builder
	for out := s.wire.out; len(out) > 0; {
		n := int(binary.BigEndian.Uint32(out))
		if out[4] != 'b' || n < 2 || n > milter.MaxBodyChunk+1 {
			t.Fatalf("a packet %c of %d bytes", out[4], n)
		}
		got.Write(out[5 : 4+n])
		out = out[4+n:]
	}
	if got.String() != want.String() {
		t.Errorf("%d bytes, want %d", got.Len(), want.Len())
	}
}
