package rules

import (
	"fmt"
	"strings"
	"testing"

	"weir/scoring"
)

// lint gives what Lint says of files, one problem a line.
func lint(t *testing.T, files ...File) string {
	t.Helper()
	s, err := Compile(Options{}, files...)
	if err != nil {
		t.Fatal(err)
	}
	table := &scoring.Table{}
	for _, name := range s.plan.outside { // filters report them
		if name != "NOBODY" {
			table.Declare(scoring.Symbol{Name: name}, "filters/x", 0)
		}
	}
	s.Fill(table)
	var b strings.Builder
	for _, p := range s.Lint(table) {
		fmt.Fprintf(&b, "%s:%d: %s: %s\n", p.File, p.Line, p.Level, p.Text)
	}
	return b.String()
}

func TestLintTellsWhatIsHardlyMeant(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing wrong":             {"body X /x/\nbody Y /y/\nmeta Z X && !Y && SPF_FAIL", ""},
		"a contradiction":           {"body X /x/\nmeta Z X && !X", "r.cf:2: warning: meta Z: can never hit: it contradicts itself"},
		"a name that is not run":    {"body X eval:nobody_knows()\nbody Y /y/\nmeta Z X && Y", "X is always 0 here"},
		"nothing defines it":        {"body Y /y/\nmeta Z Y && NOBODY", "NOBODY is always 0 here"},
		"a negated one is fine":     {"body Y /y/\nmeta Z Y && !NOBODY", ""},
		"never, by another's never": {"body Y /y/\nmeta A Y && !Y\nmeta Z A && Y", "meta Z: can never hit: A is always 0 here"},
		"counts":                    {"body Y /y/\ntflags Y multiple\nmeta Z Y > 7", ""},
		"counts that nothing has":   {"body Y /y/\nmeta Z Y > 3 && Y < 2", "meta Z: can never hit: it contradicts itself"},
		"sums":                      {"body X /x/\nbody Y /y/\nmeta Z X + Y + SPF_FAIL > 2", ""},
		"a product proves nothing":  {"body X /x/\nbody Y /y/\nmeta Z Y > 20 && X > Y * 14 / 10 && X < Y * 10", ""},
		"a double":                  {"header X Subject =~ /x/\nheader Y Subject  =~ /x/\ntflags Y noautolearn", "r.cf:2: warning: header Y: finds the same as X (r.cf:1)"},
		"a doubled sub-rule":        {"header __X Subject =~ /x/\nheader Y Subject =~ /x/\nmeta Z __X && SPF_FAIL", "r.cf:2: note: header Y: finds the same as __X (r.cf:1)"},
		"another flag":              {"body X /x/\nbody Y /x/\ntflags Y nosubject", ""},
		"another field":             {"header X Subject =~ /x/\nheader Y From =~ /x/", ""},
		"a name for another":        {"body X /x/\nmeta Y X\nmeta Z X", ""},
		"an unused sub-rule":        {"body __X /x/\nbody __Y /y/\nmeta Z rules_matching(__Y*)", "r.cf:1: note: body __X: no meta uses this sub-rule"},
		"a catcher is used":         {"header __X To =~ /(?<TO_IT>\\w+)/\nbody Z /%{TO_IT}/", ""},
	} {
		got := lint(t, File{Name: "r.cf", Data: []byte(c.text)})
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got\n%s, want %q", name, got, c.want)
		}
	}
}

func TestLintTellsOfSlowPatterns(t *testing.T) {
	got := lint(t, File{Name: "r.cf", Data: []byte("body X /^(?=a)(?:a+)+$/\nbody Y /(?!b)a+c/")})
	if !strings.Contains(got, "r.cf:1: warning: body X: mail can be made that the pattern takes very long on") || strings.Contains(got, "Y") {
		t.Errorf("got %s", got)
	}
}

func TestLintTellsWhatALaterFileReplaces(t *testing.T) {
	got := lint(t, File{Name: "a.cf", Data: []byte("\nbody X /x/")}, File{Name: "b.cf", Data: []byte("body X /y/")}, File{Name: "c.cf", Data: []byte("body X /z/")})
	want := "a.cf:2: note: X: no longer counts, a later file defines it again\nb.cf:1: note: X: no longer counts, a later file defines it again\n"
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestFilesThatSpamAssassinShipsHaveNotesOnly(t *testing.T) {
	got := lint(t, File{Name: "a.cf", Data: []byte("require_version 4.000001\nbody X /x/\nmeta Z X && !X")})
	if !strings.Contains(got, "a.cf:3: note: meta Z") {
		t.Errorf("got %s", got)
	}
}

func TestStockRulesHaveNoWarning(t *testing.T) {
	if got := lint(t, Stock()...); strings.Contains(got, "warning") {
		t.Error(got)
	}
}
