package mime

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

// alternative is a mail with both kinds of text.
func alternative(text, html string) string {
	return "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + text +
		"\n--b\nContent-Type: text/html\n\n" + html + "\n--b--\n"
}

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		name, mail, call string
		args             []string
		want             int
	}{
		{"base64", "Content-Transfer-Encoding: base64\n\naGk=", "check_for_mime", []string{"mime_base64_count"}, 1},
		{"no base64", "A: b\n\nhi", "check_for_mime", []string{"mime_base64_count"}, 0},
		{"text in base64 without need", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGk=", "check_for_mime", []string{"mime_base64_encoded_text"}, 1},
		{"text in base64 with need", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\naGk=", "check_for_mime", []string{"mime_base64_encoded_text"}, 0},
		{"an attached text in base64", "Content-Type: text/plain\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\naGk=", "check_for_mime", []string{"mime_base64_encoded_text"}, 0},
		{"quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\nhi", "check_for_mime", []string{"mime_qp_count"}, 1},
		{"an attachment", "Content-Disposition: attachment\n\nhi", "check_for_mime", []string{"mime_attachment"}, 1},
		{"a charset of ISO that there is not", "Content-Type: text/plain; charset=iso-9999-1\n\nhi", "check_for_mime", []string{"mime_bad_iso_charset"}, 1},
		{"one that there is", "Content-Type: text/plain; charset=ISO-8859-15\n\nhi", "check_for_mime", []string{"mime_bad_iso_charset"}, 0},
		{"a boundary without end", "Content-Type: multipart/mixed; boundary=b\n\n--b\nA: b\n\nhi", "check_for_mime", []string{"mime_missing_boundary"}, 1},
		{"HTML", "Content-Type: text/html\n\nhi", "check_for_mime_html", nil, 1},
		{"HTML beside text", alternative("hi", "hi"), "check_for_mime_html", nil, 1},
		{"HTML beside text is not all", alternative("hi", "hi"), "check_for_mime_html_only", nil, 0},
		{"a part of HTML is all", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\nhi\n--b--\n", "check_for_mime_html_only", nil, 1},
		{"little text beside much HTML", alternative("x", strings.Repeat("x", 400)), "check_mime_multipart_ratio", []string{"0.00", "0.01"}, 1},
		{"as much text as HTML", alternative("x", "x"), "check_mime_multipart_ratio", []string{"0.00", "0.01"}, 0},
		{"no empty line in front of the body", "A: b\n--x\n", "check_msg_parse_flags", []string{"missing_head_body_separator"}, 1},
		{"an empty line there", "A: b\n\n--x\n", "check_msg_parse_flags", []string{"missing_head_body_separator"}, 0},
		{"octets that are not ASCII", "Content-Type: text/plain\n\ncaf\xe9", "check_for_ascii_text_illegal", nil, 1},
		{"octets of a charset", "Content-Type: text/plain; charset=utf-8\n\ncaf\xe9", "check_for_ascii_text_illegal", nil, 0},
		{"characters as entities", "A: b\n\n&#x0411;&#x0412;x", "check_abundant_unicode_ratio", []string{"0.5"}, 1},
		{"few of them", "A: b\n\n&#x0411; and much more text", "check_abundant_unicode_ratio", []string{"0.5"}, 0},
		{"capitals", "Subject: x\n\n" + strings.Repeat("BUY THIS NOW ", 20), "check_for_uppercase", []string{"75", "100"}, 1},
		{"small letters", "Subject: x\n\n" + strings.Repeat("buy this now ", 20), "check_for_uppercase", []string{"25", "100"}, 0},
		{"capitals in a short text", "Subject: x\n\nBUY THIS NOW", "check_for_uppercase", []string{"75", "100"}, 0},
		{"capitals in a charset that is full of them", "Content-Type: text/plain; charset=iso-2022-jp\n\n" + strings.Repeat("BUY THIS NOW ", 20), "check_for_uppercase", []string{"75", "100"}, 0},
		{"an image as an alternative", strings.Replace(alternative("x", "y"), "text/html", "image/png", 1), "check_ma_non_text", nil, 1},
		{"text as alternatives", alternative("x", "y"), "check_ma_non_text", nil, 0},
		{"long lines of base64", "Content-Transfer-Encoding: base64\n\n" + strings.Repeat("A", 80) + "\n", "check_base64_length", []string{"79"}, 1},
		{"lines of base64 within a range", "Content-Transfer-Encoding: base64\n\n" + strings.Repeat("A", 80) + "\n", "check_base64_length", []string{"78", "79"}, 0},
		{"a charset that nobody here reads", "Content-Type: text/plain; charset=koi8-r\n\n" + strings.Repeat("\xf0\xd2\xc9", 9), "check_for_faraway_charset", nil, 1},
		{"a charset of a part that nobody here reads", "Content-Type: text/plain; charset=koi8-r\n\nhi", "check_for_mime", []string{"mime_faraway_charset"}, 1},
		{"a charset that somebody reads", "Content-Type: text/plain; charset=euc-jp\n\nhi", "check_for_mime", []string{"mime_faraway_charset"}, 0},
		{"ASCII in a faraway charset", "Content-Type: text/plain; charset=koi8-r\n\nhello", "check_for_faraway_charset", nil, 0},
	} {
		lines := evaltest.Lines{{"ok_locales", "en ja"}}
		if got := evaltest.Ask(t, New(), lines, c.mail, "body", c.call, c.args...); got != c.want {
			t.Errorf("%s: %s(%q) = %d, want %d", c.name, c.call, c.args, got, c.want)
		}
	}
}

func TestExactEncodings(t *testing.T) {
	head := "Content-Transfer-Encoding: quoted-printable\n\n"
	for _, c := range []struct {
		name, mail, call string
		args             []string
		want, recorded   int // with exact encodings, and without
	}{
		{"a long line", head + strings.Repeat("x", 90) + "\n", "check_for_mime", []string{"mime_qp_long_line"}, 1, 0},
		{"a line that is not", head + strings.Repeat("x", 78) + "\n", "check_for_mime", []string{"mime_qp_long_line"}, 0, 0},
		{"needless codes", head + "=41=42=43\n", "check_qp_ratio", []string{"0.2"}, 1, 0},
		{"codes that are needed", head + "=E9=3D=20\n", "check_qp_ratio", []string{"0.01"}, 0, 0},
		{"entities in a text of 7 bits", "Content-Transfer-Encoding: 7bit\n\n&#x0411;x", "check_abundant_unicode_ratio", []string{"0.5"}, 1, 0},
	} {
		for value, want := range map[string]int{"1": c.want, "0": c.recorded} {
			lines := evaltest.Lines{{"mime_exact_encodings", value}}
			if got := evaltest.Ask(t, New(), lines, c.mail, "body", c.call, c.args...); got != want {
				t.Errorf("%s, mime_exact_encodings %s: %d, want %d", c.name, value, got, want)
			}
		}
	}
}

func TestWrongArgumentsAreTold(t *testing.T) {
	for _, c := range []eval.Call{
		{Name: "check_for_mime", Args: []string{"nothing"}}, {Name: "check_msg_parse_flags"}, {Name: "check_for_uppercase", Args: []string{"1"}},
		{Name: "check_qp_ratio", Args: []string{"much"}}, {Name: "check_mime_multipart_ratio", Args: []string{"0"}},
	} {
		if _, err := New().Bind(c); err == nil || errors.Is(err, eval.ErrUnknown) {
			t.Errorf("%s(%q): error %v", c.Name, c.Args, err)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "check_nothing"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("unknown function: error %v", err)
	}
	for _, l := range [][2]string{{"ok_locales", ""}, {"mime_exact_encodings", "maybe"}} {
		if known, err := New().Set(l[0], l[1]); !known || err == nil {
			t.Errorf("%s %q: known %v, error %v", l[0], l[1], known, err)
		}
	}
}
