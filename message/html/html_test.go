package html

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRenderShowsWhatAReaderSees(t *testing.T) {
	for _, c := range []struct {
		name, src, text, hidden string
		tricks                  Trick
	}{
		{"plain text is text", "hello  \n world", "hello world", "", 0},
		{"blocks stand on lines of their own", "<p>one<p>two</p><div>three</div>four", "one\ntwo\nthree\nfour", "", 0},
		{"a line break is a newline", "a<br>b<BR/>c", "a\nb\nc", "", 0},
		{"cells are set off by a space", "<table><tr><td>a<td>b</td></tr><tr><td>c</table>", "a b\nc", "", 0},
		{"inline tags join", "V<b>ia</b>g<!-- x -->ra", "Viagra", "", 0},
		{"entities are decoded once", "a &amp;lt; b&nbsp;c &#65;&#x42; &euro; &copy &bogus; &", "a &lt; b\u00a0c AB € © &bogus; &", "", 0},
		{"script, style and comments are no text", "a<script>x<b></script><style>p{}</style><!-- y -->b", "ab", "", 0},
		{"noscript is shown", "<noscript>a <b>b</b></noscript>", "a b", "", 0},
		{"a template is not shown", "a<template>b<p>c</template>d", "a\nd", "", 0},
		{"the title is not part of the text", "<title>T &amp; t</title>a", "a", "", 0},
		{"preformatted text keeps its lines", "<pre>a\nb</pre>", "a\nb", "", 0},
		{"a less-than sign alone is text", "1 < 2 <3 a<", "1 < 2 <3 a<", "", 0},
		{"a tag that never ends is dropped", "a <b href='x", "a", "", 0},
		{"display none", `a<div style="display:none">b<p>c</div>d`, "a\nd", "b\nc", NotShown},
		{"display none in capitals with !important", `a<SPAN STYLE='DISPLAY : NONE !important'>b</SPAN>`, "a", "b", NotShown},
		{"display none with a comment inside", `<i style="display:/**/none">b</i>`, "", "b", NotShown},
		{"an entity in the style", `<i style="display&#58;none">b</i>`, "", "b", NotShown},
		{"visibility can be undone by a child", `<div style="visibility:hidden">a<i style="visibility:visible">b</i></div>`, "b", "a", NotShown},
		{"the hidden attribute", `<p hidden>x</p>y`, "y", "x", NotShown},
		{"a paragraph ends the hidden one before it", `<p style="display:none">x<p>y`, "y", "x", NotShown},
		{"font size zero, undone by a child", `<td style="font-size:0">x<i style="font-size:14px">y</i></td>`, "y", "x", TinyText},
		{"font shorthand of one pixel", `<i style="font: 1px/1px Arial">x</i>y`, "y", "x", TinyText},
		{"font of 0.05em", `<i style="font-size:.05em">x</i>y`, "y", "x", TinyText},
		{"white on white", `<font color=white>x</font>y`, "y", "x", SameColor},
		{"nearly white on an inherited background", `<table bgcolor="#fff"><td><p style="color:#fefefe">x</p>y`, "y", "x", SameColor},
		{"white on black is visible", `<table bgcolor=black><td style="color:rgb(255,255,255)">x</td></table>`, "x", "", 0},
		{"white on an image is visible", `<div style="background:url(a.png) #fff;color:#fff">x</div>`, "x", "", 0},
		{"white on a background that a class paints", `<style>.d{background:#000}</style><div class="d" style="color:#fff">x</div>`, "x", "", 0},
		{"white on a background that a nested selector may paint", `<style>div .d{background:#000}</style><div class="d" style="color:#fff">x</div>`, "x", "", 0},
		{"a class hides", `<style>@media x{.h{display:block}} p.h , .z{ display:none }</style><p class="a H">x</p><div class=h>y</div>`, "y", "x", NotShown},
		{"transparent text", `<i style="color:transparent">x</i>y`, "y", "x", SameColor},
		{"opacity zero", `<div style="opacity:0">x</div>y`, "y", "x", Faded},
		{"no height with overflow hidden", `<div style="max-height:0px;overflow:hidden">x</div>y`, "y", "x", NoRoom},
		{"no height alone is visible", `<div style="height:0">x</div>y`, "x\ny", "", 0},
		{"off the screen", `<div style="position:absolute;left:-9999px">x</div><p style="text-indent:-999em">z</p>y`, "y", "x\nz", OffScreen},
		{"a button's text is shown", `<input type=submit value="Log in">`, "Log in", "", 0},
		{"a semicolon in an url", `<i style="background:url(data:a;b);display:none">x</i>`, "", "x", NotShown},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Render(c.src, 0)
			got := []any{d.Text, d.Hidden, d.Tricks}
			if diff := cmp.Diff([]any{c.text, c.hidden, c.tricks}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestRenderListsLinksAndLoads(t *testing.T) {
	d := Render(`<base href="https://b.example/"><title>A title</title>
<meta http-equiv="Refresh" content="0; URL='https://go.example/'">
<a href=" https://x.example/?a=1&copy=2&amp;b=3 ">see <b>this</b>
<br>now</a><map><area href="/area"></map><a name=top>no link</a>
<a href="/open">open <a href="/next">next</a>
<img src=p.gif width="1" height=1px alt="An image"><img src=q.gif width="50%">
<td background="bg.png"><i style="background-image:url('c.png')"></i></td>
<form action="https://f.example/" method=POST><input type=password name=p><input type=image src=i.png></form>
<script src=s.js></script><p onclick="x()"><iframe src="if.html">no</iframe><link href=l.css rel=stylesheet>
<!--[if mso]><v:roundrect href="https://mso.example/"><![endif]-->`, 0)
	want := &Document{
		Base: "https://b.example/", Title: "A title", MetaGoto: "https://go.example/",
		Links: []Link{
			{Href: "https://x.example/?a=1&copy=2&b=3", Text: "see this now"}, {Href: "/area"},
			{Href: "/open", Text: "open"}, {Href: "/next", Text: "next"}, {Href: "https://mso.example/"},
		},
		Images: []Image{
			{"p.gif", 1, 1, "An image"}, {"q.gif", -1, -1, ""}, {"bg.png", -1, -1, ""}, {"c.png", -1, -1, ""}, {"i.png", -1, -1, ""},
		},
		Forms: []Form{{"https://f.example/", "post", true}}, Scripts: 2, Loads: []string{"s.js", "if.html", "l.css"},
	}
	want.Text, want.Tags, want.Unclosed = d.Text, d.Tags, d.Unclosed
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
