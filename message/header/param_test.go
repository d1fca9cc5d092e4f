package header

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weir/message/anomaly"
)

func TestParameterReadings(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string // readings of x
	}{
		{"token", "a/b; x=1", []string{"1"}},
		{"quoted", `a/b; x="1; y=2"`, []string{"1; y=2"}},
		{"name in capitals, white space around", "a/b ;\tX = 1 ;", []string{"1"}},
		{"absent", "a/b; y=1", nil},
		{"empty", "a/b; x=; y=1", []string{""}},
		{"D02_twice", "a/b; x=1; x=2", []string{"1", "2"}},
		{"D02_twice_the_same", "a/b; x=1; x=1", []string{"1"}},
		{"D02_quoted_pair", `a/b; x="1\"2\3"`, []string{`1"23`, `1\"2\3`}},
		{"D02_open_quote", `a/b; x="1; y=2`, []string{"1; y=2", "1"}},
		{"D02_comment_before", "a/b; (c; x=9) x=1", []string{"1"}},
		{"D02_comment_behind", "a/b; x=1(c)", []string{"1", "1(c)"}},
		{"D02_nested_comment", `a/b; (a(b\)c)d) x=1`, []string{"1"}},
		{"D02_open_comment", "a/b; (c; x=1", []string{"1"}},
		{"D02_doubled_semicolons", "a/b;; ;x=1", []string{"1"}},
		{"D02_missing_semicolons", `a/b x="1" y=2`, []string{"1"}},
		{"D02_white_space_in_a_token", "a/b; x=1 2; y=3", []string{"1", "1 2"}},
		{"D02_sections", "a/b; x*0=1; x*1=2", []string{"12"}},
		{"D02_sections_out_of_order", "a/b; x*1=2; x*0=1", []string{"12", "21"}},
		{"D02_sections_with_a_gap", "a/b; x*0=1; x*2=3", []string{"1", "13"}},
		{"D02_sections_twice", "a/b; x*0=1; x*1=2; x*1=3", []string{"12", "13", "123"}},
		{"D02_section_without_the_first", "a/b; x*1=2", []string{"", "2"}},
		{"D02_plain_and_section", `a/b; x="1"; x*0="2"`, []string{"1", "2"}},
		{"D02_percent_encoded", "a/b; x*=utf-8'de'%C3%A4b", []string{"äb"}},
		{"D02_percent_encoded_sections", "a/b; x*0*=iso-8859-1''%E4; x*1=%41; x*2*=%42", []string{"ä%41B"}},
		{"D02_percent_encoded_split_character", "a/b; x*0*=utf-8''%C3; x*1*=%A4", []string{"ä"}},
		{"D02_bad_percent", "a/b; x*=%zz%4", []string{"%zz%4"}},
		{"D02_huge_section_number", "a/b; x*0=1; x*9999=2", []string{"1", "12"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := ParseMedia(c.in, new(anomaly.Set))
			if m.Value != "a/b" {
				t.Errorf("value is %q", m.Value)
			}
			if diff := cmp.Diff(c.want, m.Readings("x")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			v, ok := m.Param("x")
			if ok != (c.want != nil) || ok && v != c.want[0] {
				t.Errorf("canonical is %q, %v", v, ok)
			}
		})
	}
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{
		`attachment; filename="a b.txt"`:                            "a b.txt",
		`attachment; filename="=?utf-8?q?=C3=A4?=.txt"`:             "ä.txt",
		`attachment; filename=ae.txt; filename*=utf-8''%C3%A4.txt`:  "ä.txt",
		`attachment; filename*0="a.t"; filename*1="xt"`:             "a.txt",
		`attachment; filename*0*=utf-8''%e2%82; filename*1*=%ac.md`: "€.md",
		`attachment; filename="a%0D%0Ab"`:                           "a%0D%0Ab",
		`attachment; filename*=us-ascii''a%0D%0Ab`:                  "a  b",
	} {
		if got := ParseMedia(in, nil).Name("filename"); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestD10HugeParameterLists(t *testing.T) {
	for name, in := range map[string]string{
		"D10_a_million_parameters":   "a/b" + strings.Repeat("; a=b", 1_000_000),
		"D10_a_million_sections":     "a/b" + strings.Repeat("; x*1=b", 1_000_000),
		"D10_a_million_parentheses":  "a/b; " + strings.Repeat("(", 1_000_000),
		"D10_nested_comments":        "a/b; " + strings.Repeat("(", 500_000) + strings.Repeat(")", 500_000) + "; x=1",
		"D10_comments_in_a_row":      "a/b; " + strings.Repeat("(c)", 500_000) + "; x=1",
		"D10_a_million_semicolons":   "a/b" + strings.Repeat(";", 1_000_000) + "x=1",
		"D10_a_million_open_quotes":  "a/b; " + strings.Repeat(`"`, 1_000_000),
		"D10_a_million_equals_signs": "a/b; " + strings.Repeat("=", 1_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			var notes anomaly.Set
			m := ParseMedia(in, &notes)
			if len(m.params) > maxParams || len(m.Readings("x")) > maxReadings {
				t.Errorf("%d parameters", len(m.params))
			}
			if !notes.Has(anomaly.ParamMany) && !notes.Has(anomaly.ParamOdd) {
				t.Error("not noted")
			}
		})
	}
}

func FuzzParseMedia(f *testing.F) {
	for _, s := range []string{`multipart/mixed; boundary="a\"b"; x*0*=utf-8''%41`, "a (b(c) ;; x=1(", "a/b; x*99999=1; =;\"", "a/b x=\"1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		m := ParseMedia(in, new(anomaly.Set))
		for _, name := range []string{"boundary", "x", "filename"} {
			all := m.Readings(name)
			if v, ok := m.Param(name); ok && (len(all) == 0 || all[0] != v) {
				t.Errorf("canonical %q is not the first of %q", v, all)
			}
			if n := m.Name(name); strings.ContainsAny(n, "\r\n\x00") && !strings.ContainsAny(in, "\r\n\x00") {
				t.Errorf("%q", n)
			}
		}
	})
}
