package html

import (
	"errors"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		name, html, call string
		args             []string
		want             int
	}{
		{"a tag that is there", "<BODY>x", "html_tag_exists", []string{"body"}, 1},
		{"a tag that is not", "<b>x", "html_tag_exists", []string{"body"}, 0},
		{"a tag left open", "<body>x", "html_tag_balance", []string{"body", "!= 0"}, 1},
		{"a tag that was closed", "<body>x</body>", "html_tag_balance", []string{"body", "!= 0"}, 0},
		{"a tag that was never there", "x", "html_tag_balance", []string{"body", "== 0"}, 0},
		{"any HTML", "x", "html_test", []string{"html"}, 1},
		{"no forms", "x", "html_test", []string{"form_action_mailto"}, 0},
		{"a short document", "12345", "html_eval", []string{"length", "< 7"}, 1},
		{"a longer one", "1234567", "html_eval", []string{"length", "<6"}, 0},
		{"the lower end of a range is not part of it", "1234", "html_range", []string{"length", "5", "10"}, 0},
		{"the upper end is", "123456789", "html_range", []string{"length", "5", "10"}, 1},
		{"a range without end", "123456789", "html_range", []string{"length", "5", "inf"}, 1},
		{"an image and little text", "<img>x", "html_image_only", []string{"0", "10"}, 1},
		{"little text and no image", "x", "html_image_only", []string{"0", "10"}, 0},
		{"little text by the image's area", "<img width=10 height=10>x", "html_image_ratio", []string{"0", "0.01"}, 1},
		{"much text", "<img width=10 height=10>xxxx", "html_image_ratio", []string{"0", "0.01"}, 0},
		{"a title", "<title>buy now</title>", "html_text_match", []string{"title", "buy"}, 1},
		{"another title", "<title>hello</title>", "html_text_match", []string{"title", "buy"}, 0},
		{"one comment that is other", "<!-- a --><!-- b -->", "html_text_not_match", []string{"comment", "a"}, 1},
		{"all comments are so", "<!-- a -->", "html_text_not_match", []string{"comment", "a"}, 0},
		{"a title longer than the Subject", "<title>1234567890</title>", "html_title_subject_ratio", []string{"3"}, 1},
		{"a title that is not", "<title>1234</title>", "html_title_subject_ratio", []string{"3"}, 0},
		{"a frame that loads a page", `<iframe src="http://example.com/"></iframe>`, "check_iframe_src", nil, 1},
		{"a frame that loads nothing", `<iframe></iframe>`, "check_iframe_src", nil, 0},
	} {
		mail := "Subject: s\nContent-Type: text/html\n\n" + c.html + "\n"
		if got := evaltest.Ask(t, New(), nil, mail, "body", c.call, c.args...); got != c.want {
			t.Errorf("%s: %s(%q) = %d, want %d", c.name, c.call, c.args, got, c.want)
		}
	}
}

func TestPlainTextHasNoHTML(t *testing.T) {
	if got := evaltest.Ask(t, New(), nil, "Subject: s\n\n<body>x", "body", "html_test", "html"); got != 0 {
		t.Errorf("got %d", got)
	}
}

func TestWrongArgumentsAreTold(t *testing.T) {
	for _, c := range []eval.Call{
		{Name: "html_range", Args: []string{"length", "many"}}, {Name: "html_range", Args: []string{"length"}},
		{Name: "html_eval", Args: []string{"length", "~ 4"}}, {Name: "html_eval", Args: []string{"length", "> x"}},
		{Name: "html_text_match", Args: []string{"body", "x"}}, {Name: "html_text_match", Args: []string{"title"}},
		{Name: "html_text_match", Args: []string{"title", "("}}, {Name: "html_title_subject_ratio"},
	} {
		if _, err := New().Bind(c); err == nil || errors.Is(err, eval.ErrUnknown) {
			t.Errorf("%s(%q): error %v", c.Name, c.Args, err)
		}
	}
	if _, err := New().Bind(eval.Call{Name: "html_nothing"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("unknown function: error %v", err)
	}
	var off *eval.Off
	if _, err := New().Bind(eval.Call{Name: "html_charset_faraway"}); !errors.As(err, &off) {
		t.Errorf("function that never hits: error %v", err)
	}
}
