package body

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func twoVersions(plain, html string) string {
	return "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n" + plain +
		"\n--b\nContent-Type: text/html\n\n" + html + "\n--b--\n"
}

func TestVersionsOfATextAreCompared(t *testing.T) {
	const count = "multipart_alternative_difference_count"
	for _, c := range []struct {
		name, mail, call string
		args             []string
		want             int
	}{
		{"they say the same", twoVersions("one two three", "<p>one two <b>three</b></p>"), "", []string{"1", "100"}, 0},
		{"all differs", twoVersions("other words here", "<p>one two three</p>"), "", []string{"99", "100"}, 1},
		{"half differs", twoVersions("one two", "<p>one two three four</p>"), "", []string{"49", "50"}, 1},
		{"a word that is more often in the HTML", twoVersions("one", "<p>one one</p>"), "", []string{"99", "100"}, 1},
		{"what is no word does not count", twoVersions("one", "<p>one * * *</p>"), "", []string{"1", "100"}, 0},
		{"a picture in place of words", twoVersions("one", "<img src=cid:x>"), "", []string{"99", "100"}, 1},
		{"no alternatives", "Content-Type: text/html\n\n<p>one</p>", "", []string{"1", "100"}, 0},
		{"an invitation", strings.Replace(twoVersions("x", "<p>one</p>"), "--b\nContent-Type: text/plain\n\nx\n", "", 1), "", []string{"1", "100"}, 1},
		{"an invitation with a calendar", "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>one</p>\n--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b--\n", "", []string{"1", "100"}, 0},
		{"much more text than HTML", twoVersions("one two three four five six", "<p>a b</p>"), count, []string{"2", "1"}, 1},
		{"too few words of HTML", twoVersions("one two three four five six", "<p>a b</p>"), count, []string{"2", "2"}, 0},
		{"no words of HTML", twoVersions("one", "<p></p>"), count, []string{"0", "0"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := c.call
			if call == "" {
				call = "multipart_alternative_difference"
			}
			if got := evaltest.Ask(t, New(), nil, c.mail, "body", call, c.args...); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestTheShapeOfTheText(t *testing.T) {
	letter := "Subject: x\n\n" + "Hello Ann,\n\nall is well.\n-- \nBob, whose signature is long\n"
	for _, c := range []struct {
		name, mail, call string
		args             []string
		want             int
	}{
		{"half of the lines are blank", "Subject: x\n\na\n\nb\n\n", "check_blank_line_ratio", []string{"49", "50"}, 1},
		{"too few lines to tell", "Subject: x\n\na\n\nb\n\n", "check_blank_line_ratio", []string{"0.5", "100", "5"}, 0},
		{"too few lines, from 0", "Subject: x\n\na\n\nb\n\n", "check_blank_line_ratio", []string{"0", "100", "5"}, 1},
		{"blanks between letters", "Subject: buy it\n\nb u y n o w\n", "tvd_vertical_words", []string{"99", "100"}, 1},
		{"words as usual", "Subject: hello\n\nnothing much to see here\n", "tvd_vertical_words", []string{"0", "30"}, 1},
		{"a short mail", "Subject: x\n\nhello\n", "check_body_length", []string{"6"}, 1},
		{"a longer mail", "Subject: x\n\nhello\n", "check_body_length", []string{"5"}, 0},
		{"a stock tip", "Subject: x\n\nCompany: Gold Mine\nSymbol: GLDM\nCurrent Price : 1\nHello: you\n", "check_stock_info", []string{"3"}, 1},
		{"no more than that", "Subject: x\n\nCompany: Gold Mine\nSymbol: GLDM\nSymbol: GLDM\nHello: you\n", "check_stock_info", []string{"3"}, 0},
		{"any number of lines", "Subject: x\n\n", "check_stock_info", []string{"0"}, 1},
		{"the text up to the signature", letter, "plaintext_body_length", []string{"25", "25"}, 1},
		{"the signature", letter, "plaintext_sig_length", []string{"29", "30"}, 1},
		{"one by the other", letter, "plaintext_body_sig_ratio", []string{"0.8", "0.9"}, 1},
		{"no signature", "Subject: x\n\nhello\n-- \nx\n", "plaintext_body_sig_ratio", []string{"1000000"}, 1},
		{"no plain text", "Content-Type: text/html\n\n<p>x</p>", "plaintext_body_length", []string{"0"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := evaltest.Ask(t, New(), nil, c.mail, "body", c.call, c.args...); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestCallsThatMakeNoSense(t *testing.T) {
	for _, c := range []eval.Call{
		{Name: "check_body_length"}, {Name: "check_stock_info", Args: []string{"many"}}, {Name: "tvd_vertical_words", Args: []string{"1"}},
		{Name: "check_blank_line_ratio"}, {Name: "plaintext_sig_length"}, {Name: "multipart_alternative_difference_count", Args: []string{"1"}},
	} {
		if _, err := New().Bind(c); err == nil {
			t.Errorf("%s(%q) is taken", c.Name, c.Args)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "other"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
