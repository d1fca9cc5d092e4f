package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weir/message"
	"weir/scoring"
)

// problemsOf loads a text beside a table with two filters' symbols and gives all problems, one a line.
func problemsOf(text string) (string, *Set, *scoring.Table) {
	s, _ := Compile(Options{}, File{Name: "a.cf", Data: []byte(text)})
	table := filterTable()
	all := append(append(Problems{}, s.Problems()...), s.Fill(table)...)
	all.Sort(s.Files())
	var out []string
	for _, p := range all {
		out = append(out, fmt.Sprintf("%s: %v", p.Level, p))
	}
	return strings.Join(out, "\n"), s, table
}

func filterTable() *scoring.Table {
	table := &scoring.Table{}
	table.Declare(scoring.Symbol{Name: "SPF_FAIL", Score: 1.5, Text: "SPF says fail."}, "filters/spf", 0)
	table.Declare(scoring.Symbol{Name: "MIME_ODD", Score: 0.5}, "filters/mime", 0)
	return table
}

func TestProblemsNameFileLineReasonAndHint(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a good file has none", "body X /x/\nscore X 2\ndescribe X Finds x.\ntflags X multiple", ""},
		{"scores for filters' symbols are fine", "score SPF_FAIL 2", ""},
		{"a score for nothing", "\nscore SPF_FIAL 2", "error: a.cf:2: score SPF_FIAL: no rule and no filter has this symbol (did you mean SPF_FAIL?)"},
		{"an action for nothing", "action NOBODY reject", "error: a.cf:1: action NOBODY: no rule and no filter has this symbol (is it a typing error?)"},
		{"a description of nothing", "describe NOBODY text", "warning: a.cf:1: describe NOBODY: no rule"},
		{"a score that is none", "body X /x/\nscore X high", `error: a.cf:2: score X: "high" is no score`},
		{"two scores", "body X /x/\nscore X 1 2", "error: a.cf:2: score: a name and one number"},
		{"an unknown action", "body X /x/\naction X explode", `error: a.cf:2: action X: "explode" is no action (reject, quarantine`},
		{"a directive with a typing error", "boddy X /x/", "error: a.cf:1: unknown directive boddy (did you mean body?)"},
		{"a directive of Weir's own functions with a typing error", "vocabluary X word", "error: a.cf:1: unknown directive vocabluary (did you mean vocabulary?)"},
		{"another one", "brands x", "error: a.cf:1: unknown directive brands (did you mean brand?)"},
		{"a directive of a plugin", "frobnicate_links gmail.example", "not run: a.cf:1: unknown directive frobnicate_links"},
		{"a directive of a plugin that is known", "spamcop_to_address x@y.example", "not run: a.cf:1: spamcop_to_address: this is SpamAssassin's own business"},
		{"a pattern without its end", "body X /x", "error: a.cf:1: body X: the pattern's closing / is missing"},
		{"a pattern that can't be read", "body X /(x/", "error: a.cf:1: body X: 1 group(s) not closed"},
		{"a rule without a pattern", "body X", "error: a.cf:1: body X: nothing to look for (write: body NAME /pattern/i)"},
		{"a name that is none", "body 1X /x/", `error: a.cf:1: body: "1X" is no name`},
		{"a header without an operator", "header X Subject /x/", "error: a.cf:1: header X: =~ or !~ is missing"},
		{"a header without a pattern", "header X From:addr =~", "error: a.cf:1: header X: nothing to look for behind =~ (write: header NAME Subject =~ /pattern/i)"},
		{"a header without a pattern, negated", "header X ALL !~ ", "error: a.cf:1: header X: nothing to look for behind !~"},
		{"an unknown modifier", "header X Subject:foo =~ /x/", "error: a.cf:1: header X: unknown modifier :foo"},
		{"a meta that can't be read", "meta X A &&", "error: a.cf:1: meta X: the expression ends"},
		{"a meta with an unknown name", "meta X SPF_FAIL && MIME_OD", "warning: a.cf:1: meta X: nothing defines MIME_OD, it counts as 0 (did you mean MIME_ODD?)"},
		{"a circle", "meta A B\nmeta B C\nmeta C A", "error: a.cf:3: meta C: needs itself: A → B → C → A"},
		{"a meta of itself", "meta A A + 1", "error: a.cf:1: meta A: needs itself: A → A"},
		{"a name twice", "body X /x/\nbody X /y/", "warning: a.cf:2: X is defined a second time: line 1 no longer counts"},
		{"a filter's name", "body MIME_ODD /x/", "warning: a.cf:1: body MIME_ODD is not run: filters/mime reports a symbol of this name itself"},
		{"a score for a rule that is not run is no typing error", "body X eval:nobody_has_this()\nscore X 2", "not run: a.cf:1: body X: eval function nobody_has_this() is not known"},
		{"nor one in a block that is not read", "ifplugin Nonesuch\nbody X /x/\nendif\nscore X 2", "not run: a.cf:1: the lines up to else or endif: Nonesuch does not hold here"},
		{"an if without end", "if (1)\nbody X /x/", "error: a.cf:1: this if has no endif"},
		{"an endif without if", "endif", "error: a.cf:1: endif without an if"},
		{"an else too many", "if (1)\nelse\nelse\nendif", "not run: a.cf:2: the lines up to endif: the if holds\nerror: a.cf:3: else without an if"},
		{"an if that can't be read", "if (version >=)\nendif", "error: a.cf:1: if: "},
		{"a sub-rule with a score", "body __X /x/\nscore __X 3", "warning: a.cf:2: score __X: a sub-rule has no score"},
		{"a sample before its rule", "test X ok x", "error: a.cf:1: test X: no such rule before this line"},
		{"a sample without verdict", "body X /x/\ntest X x", "error: a.cf:2: test X: ok or fail is missing"},
		{"a bad number of hits", "body X /x/\ntflags X multiple maxhits=many", `error: a.cf:2: tflags X: "maxhits=many" is no number of hits`},
		{"settings of SpamAssassin's own", "required_score 5\nadd_header all Foo bar", "not run: a.cf:1: required_score: thresholds are set elsewhere (see [policies] in weir.toml)\nnot run: a.cf:2: add_header"},
		{"another version's file", "require_version 3.002000\nbody X /x/", "not run: a.cf:1: the rest of the file: it requires version 3.002000"},
		{"texts in other languages", "body X /x/\nlang de describe X Findet x.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, s, _ := problemsOf(c.text)
			if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
				t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
			}
			if strings.Contains(c.want, "error: a.cf") != (s.Problems().Err() != nil || strings.Contains(got, "error: ")) {
				t.Errorf("refused: %v, problems %s", s.Problems().Err(), got)
			}
		})
	}
}

func TestHostileRulesFilesAreRefusedByName(t *testing.T) {
	t.Run("D20_loadplugin_is_listed_and_nothing_is_loaded", func(t *testing.T) {
		got, _, _ := problemsOf("loadplugin Evil /tmp/evil.pm\nbody X /x/")
		if !strings.Contains(got, "not run: a.cf:1: loadplugin: Weir loads no code") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("D20_unknown_eval_is_listed_and_counts_as_not_hit", func(t *testing.T) {
		got, s, _ := problemsOf("body EVIL eval:system_call('id')\nheader EVIL2 eval:foo()\nmeta X !EVIL && !EVIL2")
		if !strings.Contains(got, "not run: a.cf:1: body EVIL: eval function system_call() is not known") || !strings.Contains(got, "a.cf:2: header EVIL2: eval function foo()") {
			t.Errorf("got %s", got)
		}
		if hits := found(t, s, message.Envelope{}, "Subject: x\n\nx\n", nil); hits != "X" {
			t.Errorf("hits %q, want X: the evals count 0", hits)
		}
	})
	t.Run("D20_code_in_patterns_is_refused", func(t *testing.T) {
		got, _, _ := problemsOf("body X /(?{ system('id') })/\nbody Y /(??{ 1 })/")
		if strings.Count(got, "runs Perl code: refused") != 2 {
			t.Errorf("got %s", got)
		}
	})
	t.Run("D20_a_million_rules_are_cut_at_the_limit", func(t *testing.T) {
		var b strings.Builder
		for i := range 1_000_000 {
			fmt.Fprintf(&b, "meta R%d 0\n", i)
		}
		s, err := Compile(Options{}, File{Name: "a.cf", Data: []byte(b.String())})
		if err == nil || !strings.Contains(err.Error(), "a.cf:100001: more than 100000 rules") || len(s.rules) != MaxRules {
			t.Errorf("%d rules, error %v", len(s.rules), err)
		}
	})
	t.Run("D20_each_rule_looks_at_another_field", func(t *testing.T) {
		var b strings.Builder
		for i := range MaxRules {
			fmt.Fprintf(&b, "header R%d exists:X-Field-%d\n", i, i)
		}
		s, err := Compile(Options{}, File{Name: "a.cf", Data: []byte(b.String())})
		if err != nil || len(s.plan.headers) != MaxRules {
			t.Errorf("%d groups, error %v", len(s.plan.headers), err)
		}
	})
	t.Run("D20_a_line_of_a_megabyte_is_refused", func(t *testing.T) {
		_, err := Compile(Options{}, File{Name: "a.cf", Data: []byte("body X /" + strings.Repeat("x", 1<<20) + "/\n")})
		if err == nil || !strings.Contains(err.Error(), "a.cf:1: the line has") {
			t.Errorf("error %v", err)
		}
	})
}

func TestPatternsThatAreNotRunAreListedAtLoad(t *testing.T) {
	for name, c := range map[string][2]string{
		"D19_huge_patterns_are_refused": {"body X /" + strings.Repeat("(?:a[bc]{1,900}d)|", 600) + "x/", "error: a.cf:1: body X: the pattern needs"},
		"D19_recursion_is_listed":       {"body X /a(?R)?b/", "not run: a.cf:1: body X: "},
	} {
		t.Run(name, func(t *testing.T) {
			got, s, _ := problemsOf(c[0] + "\nmeta Y !X")
			if !strings.HasPrefix(got, c[1]) || s.Rule("X").NotRun == "" {
				t.Errorf("got %s", got)
			}
			if hits := found(t, s, message.Envelope{}, "Subject: ab\n\nab aa\n", nil); hits != "Y" {
				t.Errorf("hits %q, want Y: a rule that is not run counts 0", hits)
			}
		})
	}
}

func TestIncludeStaysInTheRulesFolder(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret.cf"), "body SECRET /secret/\n")
	write(filepath.Join(dir, "sub", "more.cf"), "body MORE /more/\ninclude deep.cf\n")
	write(filepath.Join(dir, "sub", "deep.cf"), "body DEEP /deep/\n")
	if err := os.Symlink(filepath.Join(outside, "secret.cf"), filepath.Join(dir, "sub", "link.cf")); err != nil {
		t.Fatal(err)
	}
	load := func(line string) (*Set, string) {
		write(filepath.Join(dir, "local.cf"), line+"\n")
		s, err := Load(Options{Paths: []string{dir}})
		return s, fmt.Sprint(err)
	}
	for name, line := range map[string]string{
		"D20_include_by_dots":     "include ../" + filepath.Base(outside) + "/secret.cf",
		"D20_include_by_path":     "include " + filepath.Join(outside, "secret.cf"),
		"D20_include_by_link":     "include sub/link.cf",
		"D20_include_up_and_down": "include sub/../../" + filepath.Base(outside) + "/secret.cf",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := load(line)
			if s.Rule("SECRET") != nil || !strings.Contains(err, "local.cf:1: include") || !strings.Contains(err, "refused") {
				t.Errorf("rule read: %v, error %s", s.Rule("SECRET") != nil, err)
			}
		})
	}
	t.Run("below the folder it works, relative to the file", func(t *testing.T) {
		s, err := load("include sub/more.cf")
		if s.Rule("MORE") == nil || s.Rule("DEEP") == nil || s.Rule("DEEP").Line != 1 || err != "<nil>" {
			t.Errorf("error %s", err)
		}
	})
	t.Run("a circle ends", func(t *testing.T) {
		if _, err := load("include local.cf"); !strings.Contains(err, "more than 10 files include each other") {
			t.Errorf("error %s", err)
		}
	})
	t.Run("a file that is not there", func(t *testing.T) {
		if _, err := load("include none.cf"); !strings.Contains(err, "there is no such file") {
			t.Errorf("error %s", err)
		}
	})
}

func TestFilesAreReadPreFirstThenByPathAndName(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{a + "/20.cf": "", a + "/10.cf": "", a + "/z.pre": "", b + "/a.pre": "", b + "/05.cf": "", b + "/notes.txt": "", b + "/.hidden.cf": ""} {
		if err := os.WriteFile(name, []byte(text+"# x\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Read(a, b+"/05.cf", b)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, filepath.Base(f.Name))
	}
	if want := "z.pre a.pre 10.cf 20.cf 05.cf 05.cf"; strings.Join(got, " ") != want {
		t.Errorf("order %q, want %q", got, want)
	}
	if _, err := Read(filepath.Join(a, "none")); err == nil || !strings.Contains(err.Error(), "name a .cf file or a folder") {
		t.Errorf("a path that is not there: %v", err)
	}
}

func TestScoresTheLastOneWins(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       float64
	}{
		{"a rule is worth 1", "body X /x/", 1},
		{"a nice one -1", "body X /x/\ntflags X nice", -1},
		{"one on trial 0.01", "body T_X /x/\nmeta X 0", 1},
		{"a number", "body X /x/\nscore X 2.5", 2.5},
		{"of four the last, for network and Bayes", "body X /x/\nscore X 1 2 3 4", 4},
		{"the last line", "body X /x/\nscore X 2\nscore X 3", 3},
		{"in parentheses it is added", "body X /x/\nscore X 2\nscore X (0.5)", 2.5},
		{"before the rule it counts as well", "score X 2\nbody X /x/", 2},
	} {
		problems, _, table := problemsOf(c.text)
		if e := table.Entry("X"); e == nil || e.Score != c.want {
			t.Errorf("%s: got %+v, want %v; %s", c.name, e, c.want, problems)
		}
	}
	_, _, table := problemsOf("body T_X /x/\nbody __Y /y/\nscore SPF_FAIL 3\ndescribe SPF_FAIL Told.\naction SPF_FAIL reject\nshadow MIME_ODD")
	if e := table.Entry("T_X"); e.Score != 0.01 {
		t.Errorf("T_X scores %v", e.Score)
	}
	if table.Entry("__Y") != nil {
		t.Error("a sub-rule is in the table")
	}
	e := table.Entry("SPF_FAIL")
	if e.Score != 3 || e.Text != "Told." || e.Force == nil || *e.Force != scoring.Reject || len(e.Origins) != 2 || e.Origins[1].File != "a.cf" || e.Origins[1].Line != 3 {
		t.Errorf("SPF_FAIL: %+v", e)
	}
	if !table.Entry("MIME_ODD").Shadow {
		t.Error("shadow is lost")
	}
}

func TestPointsThatNoFilterLearnsFrom(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"a rule", "body X /x/", false},
		{"one with noautolearn", "body X /x/\ntflags X nice noautolearn", true},
		{"what a user has set", "body X /x/\ntflags X userconf", true},
		{"what was learned", "body X /x/\ntflags X learn", true},
		{"one about the network", "body X /x/\ntflags X net", false},
		{"the last line counts, whole", "body X /x/\ntflags X noautolearn\ntflags X nice", false},
		{"before the rule it counts as well", "tflags X noautolearn\nbody X /x/", true},
		{"a filter's symbol", "tflags SPF_FAIL noautolearn", true},
	} {
		_, _, table := problemsOf(c.text)
		name := "X"
		if table.Entry(name) == nil {
			name = "SPF_FAIL"
		}
		scored := table.Score([]scoring.Hit{{Name: name}})
		if scored[0].Aside != c.want {
			t.Errorf("%s: left aside %v, want %v", c.name, scored[0].Aside, c.want)
		}
	}
}

func TestAnAdminsFileComesAfterTheStock(t *testing.T) {
	s, err := Compile(Options{}, File{Name: "stock:1.cf", Data: []byte("body X /old/\ntest X ok old\nscore X 1")}, File{Name: "local.cf", Data: []byte("body X /new/\nscore X 3")})
	if err != nil || len(s.Problems()) > 0 {
		t.Fatal(err, s.Problems())
	}
	table := &scoring.Table{}
	if ps := s.Fill(table); len(ps) > 0 || table.Entry("X").Score != 3 || len(table.Entry("X").Origins) != 3 {
		t.Errorf("%v %+v", ps, table.Entry("X"))
	}
	if got := found(t, s, message.Envelope{}, "Subject: x\n\nnew\n", nil); got != "X" {
		t.Errorf("hits %q", got)
	}
	if failed, ran := s.CheckSamples(); ran != 0 || len(failed) != 0 {
		t.Errorf("%d samples of the replaced rule were run: %v", ran, failed)
	}
}

func TestSamplesThatFailAreTold(t *testing.T) {
	s := compileText(t, `header H Subject =~ /^sale$/
test H ok sale
test H ok other
uri U m{^http://bad\.example/}
test U fail http://bad.example/x
meta M U && SPF_FAIL > 1
test M ok [SPF_FAIL=2] Subject: x\n\nsee http://bad.example/x now
test M ok Subject: x\n\nsee http://bad.example/x now
test M fail [SPF_FAIL] see http://bad.example/x now
`)
	failed, ran := s.CheckSamples()
	var lines []int
	for _, p := range failed {
		lines = append(lines, p.Line)
	}
	if fmt.Sprint(lines) != "[3 5 8]" || ran != 6 {
		t.Errorf("samples at %v fail, want 3 5 8; %d ran: %v", lines, ran, failed)
	}
}

func FuzzRulesFile(f *testing.F) {
	for _, file := range Stock() {
		f.Add(string(file.Data[:min(len(file.Data), 3000)]))
	}
	f.Add("if (version > 3)\nheader X From:addr =~ /a/i [if-unset: b]\nelse\nmeta Y X && !Z\nendif\nlang de describe X y\ninclude ../x\ntflags X multiple maxhits=3\nscore X (1)\n")
	f.Add("meta A rules_matching(B*)\nmeta B1 A\nfull F m{x}s\nuri U /x/\nrawbody R /x/\nshadow A\naction A reject\nrequire_version 1\n")
	f.Add("loadplugin X\nreplace_tag A b\nreplace_rules B C\nbody B /<A>(?<N>.)/\nuri C /%{N}/\nmimeheader M X:raw !~ /x/ [if-unset: y]\ntflags M concat range=-2\nscore B 1 2 3 (4)\n")
	f.Add("header E eval:check_from_in_list('x')\nuri_detail U text =~ /x/\naskdns K _A_.x A /1/\nfreemail_domains a b\nshadow B until 2026-01-01\nenable_compat x\npriority B -1\nreuse B\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		began := time.Now()
		defer func() {
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		}()
		s, _ := Compile(Options{RuleLimit: 1}, File{Name: "a.cf", Data: []byte(text)})
		s.Fill(filterTable())
		s.CheckSamples()
		m := message.New(message.Envelope{}, message.Options{})
		m.Load([]byte(letter))
		if _, _, err := s.Match(t.Context(), m, noFacts, noon); err != nil {
			t.Error(err)
		}
		for _, r := range s.Rules() {
			s.UsedBy(r.Name)
		}
	})
}

func TestHintsAreBoundedSinceEachReadsAllNames(t *testing.T) {
	var text strings.Builder
	const rules, typos = 1000, 600
	for i := range rules {
		fmt.Fprintf(&text, "body RULE_NUMBER_%04d /x%d/\n", i, i)
	}
	for i := range typos / 2 {
		fmt.Fprintf(&text, "score RULE_NUMBEL_%04d 1\nmeta META_%04d RULE_NUMBEL_%04d\n", i, i, i)
	}
	got, _, _ := problemsOf(text.String())
	if n := strings.Count(got, "did you mean"); n == 0 || n > maxCompared/rules {
		t.Errorf("%d hints, want 1 to %d", n, maxCompared/rules)
	}
	if n := strings.Count(got, "\n") + 1; n != typos {
		t.Errorf("%d problems, want %d", n, typos)
	}
}

func TestProblemsComeInTheSameOrderEachTime(t *testing.T) {
	const text = "replace_tag A x\nreplace_rules F E D C B A\nbody X eval:nothing()\nbody Y eval:nothing()"
	first, _, _ := problemsOf(text)
	for range 20 {
		if again, _, _ := problemsOf(text); again != first {
			t.Fatalf("first\n%s\nthen\n%s", first, again)
		}
	}
}
