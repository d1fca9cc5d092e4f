package render

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func render(src string) *Document {
	wide := strings.IndexFunc(src, func(r rune) bool { return r >= 0x80 }) >= 0
	return HTML([]byte(src), wide, len(src), nil)
}

func TestText(t *testing.T) {
	for _, c := range []struct{ name, html, want string }{
		{"white space is folded", "a \n\t b", "a b"},
		{"a line break", "a <br> b", "a\nb"},
		{"an empty tag with a slash", "a<br/>b<br />c", "a\nb\nc"},
		{"paragraphs", "<p>a</p><p>b", "\n\na\n\n\n\nb"},
		{"cells", "<td>a</td><td>b</td>", " a  b "},
		{"entities", "&lt;&eacute;&copyx; &#65;&#x42; &euro; &apos; &none;", "<é©x; AB € ' &none;"},
		{"a name may go on behind an entity of Latin-1", "&nothing;", "¬hing;"},
		{"an entity beyond Latin-1 needs its semicolon", "&euro &eacute", "&euro é"},
		{"halves of a character make one", "&#xD83D;&#xDE00;", "😀"},
		{"a no-break space is a blank", "a&nbsp;b", "a b"},
		{"a script and a style are not shown", "a<script>if (a<b) x()</script>b<style>p{}</style>c", "abc"},
		{"an unclosed style swallows the rest", "a<style>b", "a"},
		{"an unclosed title does not", "a<title>b<b>c", "a\n\nb\n\nc"},
		{"a comment is not shown", "a<!-- b -- > c --> d", "a c --> d"},
		{"a comment without end ends at the next bracket", "a<!-- b <b>c</b> d", "ac d"},
		{"a marked section for one mail program", "a<![if gte mso 9]>b<![endif]>c", "abc"},
		{"a section of plain text", "a<![CDATA[<b>&lt;]]>c", "a<b>&lt;c"},
		{"a sign that is no tag", "1 < 2 <3", "1 < 2 <3"},
		{"a tag without end is not shown", "a <b c", "a "},
		{"an end tag hides what is in quotation marks", `a</b ">" >b`, "ab"},
		{"processing instructions are not shown", "a<?php b ?>c", "ac"},
		{"curved quotation marks enclose attributes", "<a href=“http://x/”>y</a>", "y"},
		{"blanks around tags that stand for white space", "a <div> b </div> c", "a\nb\nc"},
	} {
		if got := string(render(c.html).Text()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestHidden(t *testing.T) {
	for _, c := range []struct {
		name, html string
		hidden     bool
	}{
		{"plain text is seen", "x", false},
		{"white on white", `<font color="white">x</font>`, true},
		{"nearly white on white", `<span style="color:#fdfdfd">x</span>`, true},
		{"grey on white is seen", `<span style="color:#888">x</span>`, false},
		{"black on black", `<div style="background-color:black">x</div>`, true},
		{"a background of several layers", `<p style="background: url('a,b') , no-repeat rgb(0, 0, 0)">x</p>`, true},
		{"the colour of the ground by its attribute does not count", `<body bgcolor=black>x`, false},
		{"behind the end of the font", `<font color=white></font>x`, false},
		{"an invalid colour", `<font color="nocolor">x</font>`, true},
		{"a transparent letter", `<p style="color: transparent">x</p>`, true},
		{"colours in channels", `<p style="color: rgb(255,255,255) !important">x</p>`, true},
		{"tiny", `<font size=1>x</font>`, true},
		{"small is seen", `<font size=-1>x</font>`, false},
		{"not displayed", `<div style="display: none">x</div>`, true},
		{"not visible", `<div style="visibility:hidden">x</div>`, true},
		{"within a cell that another ends", `<table><td style="display:none"><td>x`, false},
		{"within a row", `<tr><td style="color:white">a<tr><td>x`, false},
	} {
		d := render(c.html)
		if got := strings.Contains(string(d.Hidden()), "x"); got != c.hidden {
			t.Errorf("%s: hidden %v, want %v", c.name, got, c.hidden)
		}
		if got := strings.Contains(string(d.Visible()), "x"); got == c.hidden {
			t.Errorf("%s: visible %v", c.name, got)
		}
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct{ name, html, fact, want string }{
		{"length in characters", "é<b>", "length", "4"},
		{"characters that are shown", "a b<br>", "html_length", "4"},
		{"characters that are no white space", "a b<br>", "non_space_len", "2"},
		{"what is not shown", "<b>a</b>", "ratio", "0.875"},
		{"images", `<img width=10 height=5><img width="50%" height=10>`, "image_area", "4050"},
		{"an image without size is not counted", `<img src=x>`, "image_area", "0"},
		{"large letters", `<font size=+3>x</font>`, "max_size", "6"},
		{"basefont moves them", `<basefont size=4><font size=+3>x</font>`, "max_size", "7"},
		{"small letters", `<font size=1>x`, "min_size", "1"},
		{"more ends than beginnings", `<b></b></b></b>`, "closed_extra_ratio", "0.5"},
		{"tags that are none", `<b><xx>`, "bad_tag_ratio", "0.5"},
		{"each kind counts once", `<b><b><xx>`, "non_element_ratio", "0.5"},
		{"office tags are tags", `<b><o:p>`, "bad_tag_ratio", "0"},
		{"tags within words", `vi<b>ag</b>ra`, "obfuscation_ratio", "1"},
		{"word halves around tags", `vi<b>ag</b>ra`, "backhair_count", "1"},
		{"of word halves only those right at the tag count", `ab<b>cd<b>ef`, "backhair_count", "1"},
		{"a font's face", `<font face="x@y">`, "font_face_bad", "1"},
		{"good faces", `<font face="Arial, 'Comic Sans MS'">`, "font_face_bad", "none"},
		{"a form that mails", `<form action="MAILTO:a@example.com">`, "form_action_mailto", "1"},
		{"objects", `<object>`, "embeds", "1"},
		{"an unknown fact", `x`, "nothing", "none"},
	} {
		got := "none"
		if v, there := render(c.html).Value(c.fact); there {
			got = fmt.Sprint(v)
		}
		if got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.name, c.fact, got, c.want)
		}
	}
}

func TestTexts(t *testing.T) {
	d := render(`<title>T&eacute;</title><a href=x>one <img> two</a><!-- c --><script>s</script><a>three</a>`)
	for list, want := range map[List][]string{
		Title: {"T\xe9"}, Anchor: {"one <img>\n two", "three"}, Comment: {"<!-- c -->"}, Script: {"s"},
	} {
		var got []string
		for _, w := range d.Texts(list) {
			got = append(got, string(w.Text))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("list %d (-want +got):\n%s", list, diff)
		}
	}
	if open, there := render("<p><p></p>").Inside("p"); open != 1 || !there {
		t.Errorf("p: %d open, %v", open, there)
	}
}

// links writes down what a collector is told.
type links struct{ log []string }

func (l *links) Tag(tag, value string) { l.log = append(l.log, tag+" "+value) }
func (l *links) Base(value string)     { l.log = append(l.log, "base is "+value) }
func (l *links) Anchor(href string, there bool) {
	l.log = append(l.log, fmt.Sprintf("anchor %s %v", href, there))
}
func (l *links) Text(text string) { l.log = append(l.log, "text "+text) }

func TestLinks(t *testing.T) {
	var l links
	HTML([]byte(`<base href="http://a/"><a href="x&amp;y">click <img src=i.png></a><a>z</a><td background=b.gif>`+
		`<form action=f><meta http-equiv=refresh content="0; url=http://r/;x"><iframe src="http://f/"></iframe>`+
		`<a x/href="odd">`), false, 0, &l)
	want := []string{
		"base http://a/", "base is http://a/", "a x&y", "anchor x&y true", "text click ", "img i.png", "text <img>\n",
		"anchor  false", "text z", "td b.gif", "form f", "meta http://r/", "iframe http://f/", "a odd", "anchor odd true",
	}
	if diff := cmp.Diff(want, l.log); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHostileDocumentsAreReadInTime(t *testing.T) {
	const n = 1 << 20
	for name, src := range map[string]string{
		"open titles":         strings.Repeat("<title>", n/7),
		"open styles":         strings.Repeat("<style>", n/7),
		"open comments":       strings.Repeat("<!--", n/4),
		"open sections":       strings.Repeat("<![CDATA[", n/9),
		"named sections":      strings.Repeat("<![x[", n/5),
		"open quotation":      strings.Repeat(`<a b="`, n/6),
		"open declarations":   strings.Repeat(`<!doctype "`, n/11),
		"fonts within fonts":  strings.Repeat("<font color=red>", n/16) + strings.Repeat("</b></font>", n/11),
		"cells without table": strings.Repeat("<td><font>", n/10),
		"one large tag":       "<a " + strings.Repeat("b=c ", n/4) + ">",
		"end tags":            strings.Repeat("</", n/2),
		"signs":               strings.Repeat("<", n),
		"entities":            strings.Repeat("&", n),
		"new tags": func() string {
			var b strings.Builder
			for i := range n / 8 {
				fmt.Fprintf(&b, "<t%d>", i)
			}
			return b.String()
		}(),
	} {
		done := make(chan *Document, 1)
		go func() { done <- render(src) }()
		select {
		case d := <-done:
			if d.Text(); d.facts.length != len(src) {
				t.Errorf("%s: %d of %d bytes read", name, d.facts.length, len(src))
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: still reading after 30 s", name)
		}
	}
}

// Text between tags is kept in few pieces, however often it is interrupted: a million signs need no room for a million.
func TestD21TextsThatLookAlikeAreOnePiece(t *testing.T) {
	const n = 1 << 18
	for _, c := range []struct {
		name, html string
		chunks     int
	}{
		{"signs that begin no tag", strings.Repeat("<", n), 1},
		{"tags without look", strings.Repeat("a<i>", n), 1},
		{"line breaks", strings.Repeat("<br>", n), 1},
		{"hidden text and text in turns", strings.Repeat("a<font color=white>b</font>", 10), 20},
	} {
		if got := len(render(c.html).chunks); got > c.chunks {
			t.Errorf("D21 %s: %d pieces, want %d", c.name, got, c.chunks)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		`<a href="x">y</a><font color=#fff size=+1>z</font>`, `<title>a<style>b</title><script>`, `<![CDATA[x]]><!doctype html "`,
		`<p style="background: url(x), red; color: rgb(1,2,3)">&eacute;&#xD83D;&#xDE00;&#0;`, "<!-- a -- b -->\x00<td><tr></td", "a<b c=d",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if !utf8.Valid(src) {
			return
		}
		var l links
		d := HTML(src, true, len(src), &l)
		if text := d.Text(); !utf8.Valid(text) {
			t.Errorf("%q is shown as %q, which is no UTF-8", src, text)
		}
		if n := len(d.Visible()) + len(d.Hidden()); n != len(d.Text()) {
			t.Errorf("%q: visible and hidden are %d bytes, all %d", src, n, len(d.Text()))
		}
	})
}
