package written

import (
	"errors"
	"strings"
	"testing"

	"weir/rules/eval"
	"weir/rules/eval/evaltest"
)

func TestSignsInTheSource(t *testing.T) {
	for name, c := range map[string]struct {
		sign, source string
		want         int
	}{
		"letters of size 1":                         {"tiny_text", `<span style="font-size:1px">lorem</span>`, 1},
		"letters of size 1, three times":            {"tiny_text", strings.Repeat(`<b style='font-size: 0;'> lorem</b>`, 3), 3},
		"letters of size 10":                        {"tiny_text", `<span style="font-size:10px">lorem</span>`, 0},
		"small space without words":                 {"tiny_text", `<td style="font-size:1px;">&nbsp;</td>`, 0},
		"words that are not displayed":              {"unshown_text", `<p style="color:red; DISPLAY : none">red</p>`, 1},
		"words that are hidden":                     {"unshown_text", `<p style="visibility:hidden">red</p>`, 1},
		"words that are displayed":                  {"unshown_text", `<p style="display:block">red</p>`, 0},
		"a white font":                              {"white_font", `<font face=x color="#FFFFFE"> kettle moon</font>`, 1},
		"a white font by name":                      {"white_font", `<FONT COLOR=white>kettle</FONT>`, 1},
		"a yellow font":                             {"white_font", `<font color="#FFFF00">kettle</font>`, 0},
		"a white font around a link":                {"white_font", `<font color=white>kettle<a href=x>y</a></font>`, 0},
		"a word cut by a comment":                   {"cut_word", `vi<!--x-->tamins`, 1},
		"a word cut by a tag that means nothing":    {"cut_word", `vi<kzzqxw>tamins`, 1},
		"a word cut by an empty tag":                {"cut_word", `vi<b></b>tamins`, 1},
		"a word in bold":                            {"cut_word", `<b>vi</b>tamins`, 0},
		"a comment between words":                   {"cut_word", `red <!--x--> sun`, 0},
		"letters turned round":                      {"turned", `<p style="unicode-bidi:bidi-override;direction:rtl">x</p>`, 1},
		"letters turned round by a tag":             {"turned", `<bdo dir="rtl">x</bdo>`, 1},
		"letters turned round by a style sheet":     {"turned", `<style>p{direction:rtl;unicode-bidi:bidi-override}</style>`, 1},
		"a text from right to left":                 {"turned", `<p dir="rtl">x</p>`, 0},
		"a linked image":                            {"linked_image", `<a href="http://x.org/"> <b><img border=0 src="http://x.org/a.png"></b></a>`, 1},
		"an image behind a link's words":            {"linked_image", `<a href="http://x.org/">x <img src="http://x.org/a.png"></a>`, 0},
		"an image behind a link":                    {"linked_image", `<a href="http://x.org/">x</a><img src="http://x.org/a.png">`, 0},
		"an image of the mail":                      {"inner_image", `<img alt=x src=cid:1@x>`, 1},
		"a script":                                  {"script", `<script type="x"> <!-- document.write("x")</script>`, 1},
		"an empty script":                           {"script", `<script></script>`, 0},
		"a frame":                                   {"frame", `<iframe width=0 src="http://x.org/">`, 1},
		"a frame of the page":                       {"frame", `<iframe src="x.html">`, 0},
		"a page that opens another":                 {"on_load", `<body onLoad="window.open('x')">`, 1},
		"a page with a colour":                      {"on_load", `<body bgcolor="red">`, 0},
		"a page that leads on":                      {"refresh", `<meta http-equiv="refresh" content="0;URL=http://x.org/">`, 1},
		"a page that says its type":                 {"refresh", `<meta http-equiv="Content-Type" content="text/html">`, 0},
		"a form":                                    {"form", `<form method=post action="http://x.org/">`, 1},
		"a form that goes nowhere":                  {"form", `<form>`, 0},
		"a field":                                   {"input", `<input name=a type="TEXT">`, 1},
		"a hidden field":                            {"input", `<input name=a type="hidden">`, 0},
		"a field for a password":                    {"password_input", `<input name=a type=password>`, 1},
		"a red font":                                {"loud", `<font color=#ff0000>`, 1},
		"a blue font is loud":                       {"loud", `<font color="blue">`, 1},
		"a blue font is not red":                    {"red_or_large", `<font color="blue">`, 0},
		"a large font":                              {"red_or_large", `<font size="+4">`, 1},
		"a font of the usual size":                  {"loud", `<font size="2">`, 0},
		"a dark page":                               {"loud", `<body text=white bgcolor="#000000">`, 1},
		"HTML that begins":                          {"html_opened", `<HTML lang=en>`, 1},
		"HTML that ends":                            {"html_closed", `</html >`, 1},
		"a line that begins with a table":           {"html_line", "x\n \t<table>", 1},
		"a table within a line":                     {"html_line", "x <table>", 0},
		"a page that says what it is":               {"html_line", "<!DOCTYPE html>", 1},
		"a link that writes a mail":                 {"mailto_subject", `<a href="mailto:a@x.org?subject=out">`, 1},
		"a link that writes an empty mail":          {"mailto_subject", `<a href="mailto:a@x.org">`, 0},
		"a link that runs a script":                 {"script_link", `<a href = " javascript: f(1)">`, 1},
		"a link to a page about scripts":            {"script_link", `<a href="https://javascript.org/">`, 0},
		"a link that is a page":                     {"page_link", `<a href="data:text/html;base64,PGI+">`, 1},
		"a link that is an image":                   {"page_link", `<a href="data:image/png;base64,iV">`, 0},
		"the source of a link":                      {"link_source", `<a href=http://x.org/>`, 1},
		"the source of a link, as text":             {"link_source", `&lt;A href=`, 1},
		"the source of a link, in a forum":          {"link_source", `see [URL=http://x.org/]`, 1},
		"letters as numbers":                        {"letter_numbers", `&#80;&#97;&#121;&#x50&#x61;`, 1},
		"four letters as numbers":                   {"letter_numbers", `&#80;&#97;&#121;&#112; &#80;`, 0},
		"other signs as numbers":                    {"letter_numbers", `&#8212;&#169;&#32;&#48;&#x2F;`, 0},
		"letters in quoted-printable":               {"encoded_letters", `=46=72=65=65=43=61=73=68`, 1},
		"a number that goes on in digits":           {"encoded_letters", `?id=46046046046046046046046046`, 0},
		"one letter as a number, and signs":         {"letter_numbers", `&#80;x#80;x#97;x#80;x#97;`, 0},
		"letters that need quoted-printable":        {"encoded_letters", `=C3=BC=C3=9F=C3=BC=C3=9F=C3=BC`, 0},
		"a row of letters at the end":               {"code_tail", "Order now\n\n xkqjwzzvbnmtrqplk \n\n", 1},
		"a row of letters within":                   {"code_tail", "Order\nxkqjwzzvbnmtrqplk\nnow", 0},
		"a name at the end":                         {"code_tail", "Regards\n\nAnn", 0},
		"a long text":                               {"long_chunk", strings.Repeat("word ", 240), 1},
		"a text that is not as long":                {"long_chunk", strings.Repeat("word ", 230), 0},
		"a comment hides what is in it":             {"form", `<!-- <form action=x> -->`, 0},
		"an empty comment hides nothing":            {"form", `<!--><form action=x> -->`, 1},
		"a comment that does not end hides nothing": {"form", `<!-- <form action=x>`, 1},
		"a tag that does not end":                   {"form", `<form action=x`, 1},
		"a bracket that begins no tag":              {"form", `1 < 2 <3 <> <form action=x>`, 1},
		"a name that only begins so":                {"form", `<format action=x>`, 0},
		"an attribute that only ends so":            {"form", `<form data-reaction=x>`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := signsOf(evaltest.Mail(nil, "Content-Type: text/html\n\n"+c.source))[names[c.sign]]
			if got != c.want {
				t.Errorf("%s: %s is found %d times, want %d", c.source, c.sign, got, c.want)
			}
		})
	}
}

func TestARuleHitsOnceUnlessItIsFlaggedMultiple(t *testing.T) {
	mail := "Content-Type: text/html\n\n" + strings.Repeat("<form action=x>", 3)
	if got := evaltest.Ask(t, New(), nil, mail, "rawbody", "written", "form"); got != 1 {
		t.Errorf("got %d, want 1", got)
	}
	check, err := New().Bind(eval.Call{Name: "written", Args: []string{"form"}, Flags: []string{"multiple"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := check(evaltest.Mail(nil, mail)); got != 3 {
		t.Errorf("multiple: got %d, want 3", got)
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	if _, err := New().Bind(eval.Call{Name: "writing"}); !errors.Is(err, eval.ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
	for _, args := range [][]string{nil, {"form", "input"}, {"in_blood"}} {
		if _, err := New().Bind(eval.Call{Name: "written", Args: args}); err == nil || errors.Is(err, eval.ErrUnknown) {
			t.Errorf("written(%q): got %v, want an error", args, err)
		}
	}
}

// TestHostileSourcesAreReadInTime would not end soon if a walk took time that grows with the square of the text.
func TestHostileSourcesAreReadInTime(t *testing.T) {
	for _, piece := range []string{"<", "<a", "<a ", "<!--", "<!-->", "<a href=", "<a =:>", "&#80;", "[url", "<style>", "<b></b>", "<font color=white>ab", "<table> ", "<p style=':'>", "\n", "=41", "<bdo =a="} {
		evaltest.Ask(t, New(), nil, "Content-Type: text/html\n\n"+strings.Repeat(piece, 1_000_000/len(piece)), "rawbody", "written", "form")
	}
}

func FuzzWalk(f *testing.F) {
	f.Add([]byte(`<a href="javascript:f()"><img src=cid:x></a><!-- x --><font color=white>ab</font>&#80;[url=`))
	f.Fuzz(func(t *testing.T, src []byte) {
		w := &walker{}
		w.text(src)
		w.encoded(src)
		for s, n := range w.found {
			if n < 0 || n > len(src) {
				t.Errorf("sign %d is found %d times in %d bytes", s, n, len(src))
			}
		}
	})
}
