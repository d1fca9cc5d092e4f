package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/rules"
	"weir/scoring"
)

func filterTable() *scoring.Table {
	t := &scoring.Table{}
	t.Declare(scoring.Symbol{Name: "SPF_FAIL", Score: 1.5, Text: "SPF says fail."}, "filters/spf", 0)
	return t
}

func localFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "local.cf")
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCheckPutsLinesOfOneReasonTogether(t *testing.T) {
	var out bytes.Buffer
	file := localFile(t, "use_bayes 1\nuse_bayes 0\nbayes_path x\nbody X /x/\n\nbayes_path y\nbody __Y /y/\n")
	if err := Check(&out, rules.Options{Paths: []string{file}}, filterTable(), false); err != nil {
		t.Fatal(err)
	}
	want := file + ":1-3,6: not run: use_bayes, bayes_path: filters are set elsewhere\n    see [filters] in weir.toml\n" +
		"1 file, 1 rule and 1 sub-rule, 0 samples run: 0 errors, 0 warnings, 4 lines not run, 1 note (--all shows them)\n"
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
	out.Reset()
	if err := Check(&out, rules.Options{Paths: []string{file}}, filterTable(), true); err != nil || !strings.Contains(out.String(), ":7: note: body __Y: no meta uses") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

func TestCheckListsWhatIsWrongAndFails(t *testing.T) {
	for _, c := range []struct {
		name, text string
		fails      bool
		want       []string
	}{
		{"a good file", "body X /x/\ntest X ok an x\ntest X fail a y\n", false,
			[]string{"1 file, 1 rule and 0 sub-rules, 2 samples run: 0 errors, 0 warnings, 0 lines not run"}},
		{"a typing error", "body X /x/\nscore SPF_FIAL 3\n", true,
			[]string{"local.cf:2: error: score SPF_FIAL: no rule", "    did you mean SPF_FAIL?", "1 error,"}},
		{"a failing sample", "body X /x/\ntest X ok nothing\n", true, []string{"local.cf:2: error: test X: the rule does not hit \"nothing\""}},
		{"a line that is not run", "loadplugin Foo\nbody X /x/\n", false, []string{"local.cf:1: not run: loadplugin: Weir loads no code", "1 line not run"}},
		{"an unknown name in a meta", "meta X NOBODY\n", false, []string{"local.cf:1: warning: meta X: nothing defines NOBODY", "can never hit: NOBODY is always 0 here", "2 warnings"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			err := Check(&out, rules.Options{Paths: []string{localFile(t, c.text)}}, filterTable(), false)
			if errors.Is(err, ErrFound) != c.fails {
				t.Errorf("error %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in:\n%s", want, out.String())
				}
			}
		})
	}
	if err := Check(&bytes.Buffer{}, rules.Options{Paths: []string{filepath.Join(t.TempDir(), "none")}}, filterTable(), false); err == nil || errors.Is(err, ErrFound) {
		t.Errorf("a path that is not there: %v", err)
	}
}

// loaded is a stock-like file and an admin's on top.
func loaded(t *testing.T) (*rules.Set, *scoring.Table) {
	t.Helper()
	s, err := rules.Compile(rules.Options{},
		rules.File{Name: "stock:10.cf", Data: []byte("body __A /aa/\nmeta MAIN __A && SPF_FAIL\ndescribe MAIN Finds a.\nscore MAIN 2\ntest MAIN fail aa\nbody EVAL eval:foo()\n")},
		rules.File{Name: "local.cf", Data: []byte("score MAIN 3.5\nscore SPF_FAIL 0.5\nmeta TOP MAIN && rules_matching(__A*)\naction TOP quarantine\nshadow MAIN\n")})
	if err != nil {
		t.Fatal(err)
	}
	table := filterTable()
	if err := s.Fill(table).Err(); err != nil {
		t.Fatal(err)
	}
	return s, table
}

func TestListShowsKindScoreAndWhereItWasSet(t *testing.T) {
	s, table := loaded(t)
	var out bytes.Buffer
	if err := List(&out, s, table, Listing{}); err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(out.String()) {
		f := strings.Fields(line)
		rows[f[0]] = strings.Join(f[1:], " ")
	}
	for name, want := range map[string]string{
		"MAIN": "meta 3.5 stock:10.cf:2 local.cf:1 shadow", "__A": "body - stock:10.cf:1 -", "TOP": "meta 1 local.cf:3 default action quarantine",
		"EVAL": "other - stock:10.cf:6 - not run: eval function foo() is not known",
	} {
		if name == "EVAL" {
			want = strings.Replace(want, "other", "body", 1)
		}
		if rows[name] != want {
			t.Errorf("%s: %q, want %q", name, rows[name], want)
		}
	}
}

func TestListAsJSONIsOneObjectALine(t *testing.T) {
	s, table := loaded(t)
	var out bytes.Buffer
	if err := List(&out, s, table, Listing{JSON: true}); err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(out.String()) {
		var e rules.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Name == "MAIN" && (*e.Score != 3.5 || e.SetAt.File != "local.cf" || e.SetAt.Line != 1 || e.Text != "Finds a.") {
			t.Errorf("%s", line)
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d lines, want 4", n)
	}
}

func TestExplainTellsEverythingOfASymbol(t *testing.T) {
	s, table := loaded(t)
	for symbol, want := range map[string][]string{
		"MAIN": {"MAIN  scores nothing (shadow)", "Finds a.", "Rule at stock:10.cf:2", "meta MAIN __A && SPF_FAIL", "uses __A: body /aa/ (stock:10.cf:1)",
			`spares "aa"`, "stock:10.cf:4  2", "local.cf:1  3.5", "Used by: TOP (1)", "uses SPF_FAIL (0.5): reported by filters/spf. SPF says fail."},
		"SPF_FAIL": {"SPF_FAIL  score 0.5", "SPF says fail.", "Reported by filters/spf", "filters/spf  1.5  (default)", "local.cf:2  0.5", "Used by: MAIN (3.5)"},
		"__A":      {"__A  a sub-rule", "Used by: MAIN (3.5) TOP (1)"},
		"TOP":      {"Decides by itself: quarantine"},
		"EVAL":     {"It is not run: eval function foo() is not known"},
	} {
		var out bytes.Buffer
		if err := Explain(&out, s, table, symbol); err != nil {
			t.Errorf("%s: %v", symbol, err)
		}
		for _, w := range want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q is missing in:\n%s", symbol, w, out.String())
			}
		}
	}
	err := Explain(&bytes.Buffer{}, s, table, "spf_fial")
	if !errors.Is(err, rules.ErrUnknownSymbol) || !strings.Contains(err.Error(), "did you mean SPF_FAIL?") {
		t.Errorf("an unknown symbol: %v", err)
	}
}

func TestD20_many_problems_of_one_kind_are_put_together_in_no_time(t *testing.T) {
	var problems rules.Problems
	for i := range 300_000 {
		problems = append(problems, rules.Problem{File: "a.cf", Line: i/2 + 1, Level: rules.Warning, Text: fmt.Sprintf("describe NOBODY_%d: no rule", i)})
	}
	done := make(chan []*group, 1)
	go func() { done <- grouped(problems) }()
	select {
	case list := <-done:
		if len(list) != 1 || len(list[0].subjects) != len(problems) || ranges(list[0].lines) != "1-150000" {
			t.Errorf("%d groups", len(list))
		}
	case <-time.After(time.Minute):
		t.Fatal("it takes too long")
	}
}
