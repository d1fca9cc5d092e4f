package bimi

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"weir/filters/filtertest"
)

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/bimi") }

func TestRecords(t *testing.T) {
	for text, want := range map[string]string{
		"v=BIMI1; l=https://bank.example/logo.svg":                                     "https://bank.example/logo.svg",
		"v=BIMI1;l=https://bank.example/logo.svg;a=https://bank.example/vmc.pem":       "https://bank.example/logo.svg https://bank.example/vmc.pem",
		" v = BIMI1 ; x=y; L=no; l = https://bank.example/a ; l=https://evil.example/": "https://bank.example/a",
		"v=BIMI1; l=; a=": "declined",
		"v=BIMI1; l=":     "declined",
		"v=BIMI1":         errInvalid.Error(),
		"v=BIMI1; l=http://bank.example/logo.svg":    errInvalid.Error(),
		"v=BIMI1; l=https:///logo.svg":               errInvalid.Error(),
		"v=BIMI1; l=https://a.example/\r\nX-Evil: 1": errInvalid.Error(),
		"v=BIMI1; l=javascript:alert(1)":             errInvalid.Error(),
		"v=BIMI1; l=https://a.example/; a=http://b":  errInvalid.Error(),
		"v=BIMI1; a=https://a.example/vmc.pem":       errInvalid.Error(),
		"v=bimi1; l=https://bank.example/":           errNoRecord.Error(),
		"l=https://bank.example/; v=BIMI1":           errNoRecord.Error(),
		"v=spf1 -all":                                errNoRecord.Error(),
		"":                                           errNoRecord.Error(),
		"v=BIMI1; l=https://a.example/" + strings.Repeat("x", maxRecord): errNoRecord.Error(),
	} {
		r, err := parse(text)
		got := strings.TrimSpace(r.location + " " + r.authority)
		if r.declined {
			got = "declined"
		}
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"v=BIMI1; s=Brand;": "brand", "v=BIMI1; s=a.b": "a.b", "s=brand": "", "v=BIMI1; s=a b": "", "v=BIMI1; s=..": "", "v=BIMI1": "", "v=BIMI1; s=" + strings.Repeat("a", 64): ""} {
		if got := selector(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add("v=BIMI1; l=https://a.example/x.svg; a=https://a.example/x.pem")
	f.Add("v=BIMI1; s=brand")
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := parse(s); err == nil && strings.ContainsAny(r.location+r.authority, "\r\n \x00\"<>") {
			t.Errorf("%q: %+v", s, r)
		}
		if name := selector(s); strings.ContainsAny(name, "\r\n \x00\"<>@") || len(name) > 63 {
			t.Errorf("%q: %q", s, name)
		}
	})
}

// TestTheDocument holds docs/bimi.md to the code.
func TestTheDocument(t *testing.T) {
	data, err := os.ReadFile("../../docs/bimi.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Spec.Symbols {
		if line := "| " + s.Name + " | " + strconv.FormatFloat(s.Score, 'f', -1, 64) + " |"; !strings.Contains(string(data), line) {
			t.Errorf("docs/bimi.md has no row %q", line)
		}
	}
}
