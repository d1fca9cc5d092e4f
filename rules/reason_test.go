package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/message"
	"weir/rules/view"
	"weir/scoring"
)

const reasoned = "From: Ann <ann@shop.example>\nTo: bob@example.org\nSubject: A great day\nContent-Type: multipart/mixed; boundary=x\n\n" +
	"--x\nContent-Type: text/plain\n\nGreat things: http://shop.example/now\n\nand \xff\x1b[2J great ends\n" +
	"--x\nContent-Type: application/zip; name=a.zip\n\nPK\n--x--\n"

// reasons explains what rules find in a mail.
func reasons(t *testing.T, text string, symbols ...string) map[string]*scoring.Reason {
	t.Helper()
	s, err := Compile(Options{}, File{Name: "r.cf", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(reasoned))
	facts := view.Facts{Symbol: func(name string) int { return strings.Count(strings.Join(symbols, " "), name) }}
	hits, _, why, err := s.Explain(t.Context(), m, facts, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := s.Match(t.Context(), m, facts, time.Now())
	if d := cmp.Diff(plain, hits); d != "" || err != nil {
		t.Errorf("explained hits differ (%v):\n%s", err, d)
	}
	return why
}

func TestPlacesOfWhatARuleFound(t *testing.T) {
	for rule, want := range map[string][]scoring.Match{
		"body X /great/i":                       {{Where: "Subject", At: 2, Before: "A ", Text: "great", After: " day\n"}},
		"body X /great/i\ntflags X nosubject":   {{Where: "body paragraph 1", Text: "Great", After: " things: http://shop.example/n…"}},
		"body X /thi.gs/\ntflags X multiple":    {{Where: "body paragraph 1", At: 6, Before: "Great ", Text: "things", After: ": http://shop.example/now\n"}},
		"rawbody X /^and/m":                     nil,
		"uri X /shop\\.example/":                {{Where: "link 1", At: 7, Before: "http://", Text: "shop.example", After: "/now"}},
		"header X From:addr =~ /shop/":          {{Where: "From:addr", At: 4, Before: "ann@", Text: "shop", After: ".example"}},
		"header X Cc =~ /^a/ [if-unset: any]":   {{Where: "Cc", Text: "a", After: "ny"}},
		"header X Subject !~ /bad/":             {{Where: "Subject", Before: "A great day", Not: true}},
		"header X exists:Subject":               {{Where: "Subject", Before: "A great day"}},
		"mimeheader X Content-Type =~ /\\bzip/": {{Where: "part 3, Content-Type", At: 12, Before: "application/", Text: "zip", After: "; name=a.zip"}},
		"full X /PK/":                           nil,
	} {
		why := reasons(t, rule)["X"]
		if why == nil || why.Count < 1 || why.File != "r.cf" || why.Line != 1 {
			t.Errorf("%s: %+v", rule, why)
			continue
		}
		if want == nil {
			if len(why.Matched) != 1 || why.Matched[0].Text == "" {
				t.Errorf("%s: %+v", rule, why.Matched)
			}
			continue
		}
		if d := cmp.Diff(want, why.Matched); d != "" {
			t.Errorf("%s (-want +got):\n%s", rule, d)
		}
	}
}

func TestAMetaTellsItsNumbersAndWhatItBuildsOn(t *testing.T) {
	why := reasons(t, "body __G /great/i\ntflags __G multiple\nbody __N /nothing/\nmeta __M __G > 1\nmeta X (__M && !__N) + rules_matching(__G*) + SPF_FAIL", "SPF_FAIL")
	if got, want := why["X"].Values, "(__M=1 && !__N=0) + rules_matching(__G*)=3 + SPF_FAIL=1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := map[string]float64{"__M": 1, "__N": 0, "rules_matching(__G*)": 3, "__G": 3, "SPF_FAIL": 1}
	if d := cmp.Diff(want, why["X"].Uses); d != "" {
		t.Error(d)
	}
	if g := why["__G"]; g == nil || g.Count != 3 || len(g.Matched) != 3 || why["__M"] == nil || why["__N"] != nil {
		t.Errorf("%+v", why)
	}
}

func TestCallsAreToldWithTheirArguments(t *testing.T) {
	why := reasons(t, "body X eval:check_body_length('5000')\nuri_detail Y domain =~ /^shop/")
	if why["X"] == nil || why["X"].Call != "check_body_length('5000')" {
		t.Errorf("%+v", why["X"])
	}
	if why["Y"] == nil || why["Y"].Call != "" || why["Y"].Rule != "domain =~ /^shop/" {
		t.Errorf("%+v", why["Y"])
	}
}

func TestPlacesAreCutToWholeLetters(t *testing.T) {
	text := strings.Repeat("ü", 100)
	m := place(piece{"x", []byte(text + "match" + text)}, 200, 205)
	if m.Before != "…"+strings.Repeat("ü", 15) || m.After != strings.Repeat("ü", 15)+"…" || m.Text != "match" {
		t.Errorf("%+v", m)
	}
	m = place(piece{"x", []byte("a" + text)}, 0, 201)
	if m.Text != "a"+strings.Repeat("ü", 59)+"…" {
		t.Errorf("%+v", m)
	}
	if m = place(piece{"x", []byte("\xfc\xfcab")}, 1, 3); m.Before != "�" || m.Text != "�a" {
		t.Errorf("%+v", m)
	}
}

func TestSubRulesAreReportedWhereAskedForAndScoreNothing(t *testing.T) {
	s, err := Compile(Options{SubRules: true}, File{Name: "r.cf", Data: []byte("body __A /great/i\ntflags __A multiple\nscore __A 1\ndescribe __A Says great.\nmeta X __A")})
	if err != nil {
		t.Fatal(err)
	}
	table := &scoring.Table{}
	if err := s.Fill(table).Err(); err != nil {
		t.Fatal(err)
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte(reasoned))
	hits, _, err := s.Match(t.Context(), m, view.Facts{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	want := []scoring.Scored{{Name: "X", Score: 1, Count: 1}, {Name: "__A", Count: 3}}
	if d := cmp.Diff(want, table.Score(hits)); d != "" {
		t.Error(d)
	}
}
