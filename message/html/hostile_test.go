package html

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestHostileHTMLIsBounded would take minutes if any of these were quadratic. Memory is bounded by what is asserted.
func TestHostileHTMLIsBounded(t *testing.T) {
	const million = 1_000_000
	for name, src := range map[string]string{
		"D21_a_million_nested_tags":                 strings.Repeat("<div>", million),
		"D21_a_million_nested_tags_closed":          strings.Repeat("<i>", million) + "x" + strings.Repeat("</i>", million),
		"D21_a_million_end_tags":                    strings.Repeat("<b>", 500) + strings.Repeat("</i>", million),
		"D21_a_million_attributes":                  "<p " + strings.Repeat("a ", million) + ">x",
		"D21_a_million_styles":                      strings.Repeat("<p style=color:red>", million/4),
		"D21_a_million_css_comments":                "<p style='" + strings.Repeat("/**/", million) + "display:none'>x",
		"D21_a_million_css_comments_in_a_sheet":     "<style>" + strings.Repeat("/**/", million) + "</style>x",
		"D21_open_css_parentheses":                  "<p style='" + strings.Repeat("a:(;", million) + "'>x",
		"D21_a_million_css_rules":                   "<style>" + strings.Repeat(".a{color:red}", million/4) + "</style>x",
		"D21_open_css_rules":                        "<style>" + strings.Repeat("a{", million) + "</style>x",
		"D21_nested_css_blocks":                     "<style>" + strings.Repeat("@media{", million) + "</style>x",
		"D21_a_million_classes":                     "<style>.a{color:red}</style><p class='" + strings.Repeat("a ", million) + "'>x",
		"D21_entity_flood":                          strings.Repeat("&amp;", million),
		"D21_open_entities":                         strings.Repeat("&", million),
		"D21_long_entities":                         strings.Repeat("&"+strings.Repeat("a", 40), million/40),
		"D21_numeric_entities":                      strings.Repeat("&#x41;", million) + "&#" + strings.Repeat("9", million),
		"D21_open_comment":                          strings.Repeat("<!--", million),
		"D21_comment_dashes":                        "<!--" + strings.Repeat("-- ", million),
		"D21_open_tags":                             strings.Repeat("<a ", million),
		"D21_open_quotes":                           strings.Repeat("<a href='", million/2),
		"D21_paragraphs_under_spans":                "<p>" + strings.Repeat("<b>", 500) + strings.Repeat("<p>", million/2),
		"D21_paragraphs_out_of_scope":               "<p><table><td>" + strings.Repeat("<b>", 400) + strings.Repeat("<div></div>", million/4),
		"D21_cells":                                 "<table>" + strings.Repeat("<tr><td>", million/4),
		"D21_nested_tables":                         strings.Repeat("<table><tr><td>", million/4),
		"D21_open_scripts":                          strings.Repeat("<script>", million/4),
		"D21_script_ends_that_are_none":             "<script>" + strings.Repeat("</scrip", million/4),
		"D21_a_million_links":                       strings.Repeat("<a href=x>y</a>", million/8),
		"D21_a_million_images":                      strings.Repeat("<img src=x>", million/8),
		"D21_a_million_forms":                       strings.Repeat("<form><input formaction=x>", million/8),
		"D21_a_million_frames":                      strings.Repeat("<embed src=x>", million/8),
		"D21_conditional_comments":                  strings.Repeat("<!--[if mso]><a href=x>--><", million/8),
		"D21_conditional_comments_in_one_another":   strings.Repeat("<!--[if mso]>", million/4),
		"D21_less_than_signs":                       strings.Repeat("<", million),
		"D21_hidden_text":                           strings.Repeat("<i style=display:none>x</i>", million/8),
		"D21_fonts_in_percent":                      strings.Repeat("<font style='font-size:99%'>", million/8),
		"D21_white_space":                           strings.Repeat(" \n", million),
		"D21_backgrounds":                           strings.Repeat("<td background=x>", million/8),
		"D21_table_of_end_tags":                     strings.Repeat("<table></td></tr></p></li>", million/8),
		"D21_a_million_links_in_conditional_markup": "<!--[if mso]>" + strings.Repeat("<v:a href=x>", million/8) + "<![endif]-->",
	} {
		t.Run(name, func(t *testing.T) {
			const limit = 100_000
			var d *Document
			within(t, time.Minute, func() { d = Render(src, limit) })
			if n := len(d.Text) + len(d.Hidden); n > limit+limit/10 {
				t.Errorf("%d bytes of text were rendered, more than %d", n, limit)
			}
			if len(d.Links) > maxLinks || len(d.Images) > maxImages || len(d.Forms) > maxForms || len(d.Loads) > maxLoads {
				t.Errorf("%d links, %d images, %d forms, %d loads", len(d.Links), len(d.Images), len(d.Forms), len(d.Loads))
			}
		})
	}
}

// TestTagsAreBounded: a tag keeps no more attributes than anything needs.
func TestTagsAreBounded(t *testing.T) {
	t.Run("D21_attributes_of_one_tag", func(t *testing.T) {
		z := tokenizer{src: "<p " + strings.Repeat("a=b ", 10*maxAttrs) + "href=x>text"}
		if z.next() != startTag || len(z.attrs) != maxAttrs || !z.moreAttrs {
			t.Errorf("%d attributes, more %v", len(z.attrs), z.moreAttrs)
		}
		if z.next() != textToken || z.text != "text" {
			t.Errorf("then %q", z.text)
		}
	})
}

func TestLimitsAreTold(t *testing.T) {
	for name, src := range map[string]string{
		"D21_depth":  strings.Repeat("<div>", maxDepth+2) + "x",
		"D21_links":  strings.Repeat("<a href=x>", maxLinks+1),
		"D21_images": strings.Repeat("<img src=x>", maxImages+1),
		"D21_forms":  strings.Repeat("<form>", maxForms+1),
		"D21_loads":  strings.Repeat("<embed src=x>", maxLoads+1),
		"D21_tags":   strings.Repeat("<br>", maxTags+1),
		"D21_text":   strings.Repeat("x ", 1000),
		"D21_hidden": "<i hidden>" + strings.Repeat("x ", 1000),
		"D21_rules":  "<style>" + manyRules(maxRules+1) + "</style>x",
	} {
		t.Run(name, func(t *testing.T) {
			if !Render(src, 1000).Truncated {
				t.Error("a limit was reached and Truncated is not set")
			}
		})
	}
	t.Run("an ordinary document is whole", func(t *testing.T) {
		if Render("<p>x", 1000).Truncated {
			t.Error("Truncated is set")
		}
	})
}

// within fails the test if f takes longer than any machine needs for work that is linear: what is quadratic takes
// minutes on these inputs.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("not done after %v", limit)
	}
}

func manyRules(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(".c" + strings.Repeat("x", i%50) + string(rune('a'+i/50%26)) + string(rune('a'+i/1300)) + "{color:red}")
	}
	return b.String()
}

// TestDeepTextIsStillSeen: what is nested too deep is rendered with the look of what is around it, never dropped.
func TestDeepTextIsStillSeen(t *testing.T) {
	d := Render(strings.Repeat("<div>", 3*maxDepth)+"deep"+strings.Repeat("</div>", 3*maxDepth)+"after", 0)
	if d.Text != "deep\nafter" {
		t.Errorf("got %q", d.Text)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("<p style='display:none'>a<b>c</p><a href=x>y</a>&amp;&#x41;")
	f.Add("<style>.a{color:#fff}@media x{}</style><td class=a bgcolor=white>z")
	f.Add("<!--[if mso]><v:a href='x'><![endif]--><script>x</script><title>t")
	f.Add("<table><tr><td>a<td>b<table><p>c<li>d<option>e<form><input type=submit value=v>")
	f.Fuzz(func(t *testing.T, src string) {
		const limit = 1000
		d := Render(src, limit)
		if n := len(d.Text) + len(d.Hidden); n > 2*limit+100 {
			t.Errorf("%d bytes of text from %d", n, len(src))
		}
		if utf8.ValidString(src) && !d.Truncated && !utf8.ValidString(d.Text+d.Hidden+d.Title) {
			t.Errorf("%q became invalid UTF-8: %q", src, d.Text+d.Hidden)
		}
		if strings.Contains(d.Text, "\n\n") || strings.Contains(d.Text, "  ") {
			t.Errorf("white space is not folded: %q", d.Text)
		}
		for _, l := range d.Links {
			if !strings.Contains(strings.ReplaceAll(d.Text, "\n", " "), l.Text) {
				t.Errorf("a link shows %q, the text is %q", l.Text, d.Text)
			}
		}
	})
}
