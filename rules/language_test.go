package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weir/message"
)

const parcel = "From: a@b.example\nTo: <ann@x.example>, bob@y.example\nSubject: parcel\nContent-Type: multipart/mixed; boundary=b\n\n" +
	"--b\nContent-Type: text/plain\n\nsee http://evil.example/in#bob@y.example and http://good.example/#me+x now\n" +
	"--b\nContent-Type: application/zip; name=\"a.zip\"\nContent-Disposition: attachment; filename=\"a.zip\"\n\nPK\n" +
	"--b\nContent-Type: application/zip; name=\"b.zip\"\n\nPK\n--b--\n"

func TestTheLanguageOnASmallMail(t *testing.T) {
	for _, c := range []struct{ name, rule, want string }{
		{"a field of a part", "mimeheader X Content-Type =~ /zip/", "X"},
		{"of each part, counted", "mimeheader X Content-Type =~ /zip/\ntflags X multiple", "X"},
		{"a field that no part has", "mimeheader X Content-Foo =~ /./", ""},
		{"what stands for it", "mimeheader X Content-Foo =~ /UNSET/ [if-unset: UNSET]", "X"},
		{"negated: no part has it", "mimeheader X Content-Type !~ /exe/\nmimeheader Y Content-Type !~ /zip/", "X"},
		{"all fields of a part", "mimeheader X ALL =~ /^Content-Disposition: attachment/m", "X"},
		{"raw", "mimeheader X Content-Type:raw =~ /^ ?application/", "X"},
		{"the parts together", "mimeheader X Content-Type =~ /a\\.zip.*b\\.zip/s\ntflags X concat", "X"},
		{"the parts together, with a line for each that has no such field", "header __A Subject =~ /parcel/\nmimeheader X Content-Foo =~ /^\\n{4}\\z/\ntflags X concat\nmeta Y __A && X", "X Y"},
		{"no value is an empty one", "mimeheader X Content-Foo =~ /^$/\nmimeheader Y Content-Type =~ /^$/\nmimeheader Z Content-Foo !~ /x*/", "X"},
		{"a range without parts, together", "mimeheader X Content-Type =~ /^$/\ntflags X concat range=9", "X"},
		{"a piece that stands in another part than the first one that might have it", "header __TO To:addr =~ /(?<TO_ADDR>[bq])/\nmimeheader X Content-Type =~ /name=\"%{TO_ADDR}\\.zip/", "X"},
		{"a range of parts", "mimeheader X Content-Type =~ /b\\.zip/\ntflags X range=1-2\nmimeheader Y Content-Type =~ /b\\.zip/\ntflags Y range=4", "Y"},
		{"a piece that another rule catches", "header __TO To:addr =~ /(?<TO_ADDR>.+)/\nuri X m;/in\\#%{TO_ADDR};\ntflags __TO multiple", "X"},
		{"the first match is caught, unless the rule is flagged multiple", "header __TO To:addr =~ /(?<TO_ADDR>.+)/\nuri X m;/in\\#%{TO_ADDR};", ""},
		{"a piece is taken as it is written", "body __P /(?<PIECE>me.x)/\nbody X /\\#%{PIECE} now/", "X"},
		{"nothing caught, nothing found", "body __P /(?<PIECE>nothing like it)/\nbody X /%{PIECE}/\n", ""},
		{"negated", "header __S Subject =~ /(?<WORD>\\w+)/\nheader X From !~ /%{WORD}/\nheader Y Subject !~ /%{WORD}/", "X"},
		{"tags of patterns", "replace_tag A [a4]\nreplace_inter I \\W?\nbody X /<inter I>p<A><A>?rcel/\nreplace_rules X", "X"},
		{"tags are written out in the last definition, wherever they stand", "replace_rules X\nbody X /nothing/\nbody X /p<A>rcel/\nreplace_tag A [a4]", "X"},
		{"the last tflags count alone", "body X /parcel|now/\ntflags X multiple\ntflags X nosubject", "X"},
		{"priority changes nothing", "priority X -100\nmeta X __P\nbody __P /parcel/\npriority __P 500", "X"},
		{"reuse names a rule", "reuse FOO\nscore FOO 2\nbody X /parcel/", "X"},
		{"plugins are on where no .pre file is", "ifplugin Mail::SpamAssassin::Plugin::MIMEHeader\nbody X /parcel/\nendif", "X"},
		{"features", "if can(Mail::SpamAssassin::Conf::feature_bug6558_free)\nbody X /parcel/\nendif", "X"},
		{"enable_compat", "if can(Mail::SpamAssassin::Conf::compat_old)\nbody Y /parcel/\nendif\nenable_compat old\nif can(Mail::SpamAssassin::Conf::compat_old)\nbody X /parcel/\nendif", "X"},
		{"an old name in place of a new one", "header X eval:check_from_in_blacklist()", ""},
		{"shadow counts and is found", "body X /parcel/\nshadow X until 2099-01-01", "X"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Compile(Options{}, File{Name: "test.cf", Data: []byte(c.rule)})
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Fields(found(t, s, message.Envelope{}, parcel, nil))
			for i := range got {
				got[i], _, _ = strings.Cut(got[i], "=")
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("hits %q, want %q; %v", got, c.want, s.Problems())
			}
		})
	}
}

func TestMorePiecesThanAPatternMayHaveAreTold(t *testing.T) {
	var to strings.Builder
	for i := range 500 {
		fmt.Fprintf(&to, "u%d@x.example, ", i)
	}
	s := compileText(t, "header __TO To:addr =~ /(?<TO_ADDR>.+)/\ntflags __TO multiple\nbody X /now %{TO_ADDR}/")
	m := message.New(message.Envelope{}, message.Options{})
	m.Load([]byte("To: " + to.String() + "v@x.example\n\nnow u7@x.example\n"))
	hits, failed, err := s.Match(t.Context(), m, noFacts, noon)
	if err != nil || len(hits) != 0 || len(failed) != 1 || failed[0] != "X" {
		t.Errorf("hits %v, failed %v, %v", hits, failed, err)
	}
}

func TestCallsAreReadAsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "  ": "", "1": "1", " 'a b' , 12.5": "a b|12.5", `"x,y",'z'`: "x,y|z", "relay.example, ::1, -3": "relay.example|::1|-3", "''": "",
		"'a": "!", "a b": "!", "'a' 'b'": "!", "a,": "a", ",a": "!", "$x": "!", "`id`": "!",
	} {
		args, ok := arguments(text)
		if got := strings.Join(args, "|"); ok != (want != "!") || ok && got != want {
			t.Errorf("%q: got %q, %v", text, got, ok)
		}
	}
}

func TestBadCallsAreErrors(t *testing.T) {
	for _, rule := range []string{"body X eval:foo", "body X eval:foo(", "body X eval:('a')", "body X eval:foo('a') && bar()", "header X eval:foo(`id`)", "full X eval:f o()"} {
		got, _, _ := problemsOf(rule)
		if !strings.HasPrefix(got, "error: a.cf:1: ") || !strings.Contains(got, "is no call (write: eval:function(") {
			t.Errorf("%s: %s", rule, got)
		}
	}
}

func TestPreFilesSayWhichPluginsAreOn(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const guarded = "ifplugin Mail::SpamAssassin::Plugin::MIMEHeader\nbody MIME /x/\nendif\nifplugin Mail::SpamAssassin::Plugin::ReplaceTags\nbody TAGS /x/\nendif\n"
	write("a.cf", guarded)
	write("a.pre", "loadplugin Mail::SpamAssassin::Plugin::MIMEHeader\nloadplugin Evil evil.pm\n")
	s, err := Load(Options{Paths: []string{dir}})
	if err != nil || s.Rule("MIME") == nil || s.Rule("TAGS") != nil {
		t.Errorf("%v, MIME %v, TAGS %v", err, s.Rule("MIME"), s.Rule("TAGS"))
	}
	files, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err = Compile(Options{}, append([]File{{Name: "stock:1.cf", Data: []byte(strings.ReplaceAll(guarded, "body ", "body STOCK_"))}}, files...)...)
	if err != nil || s.Rule("STOCK_TAGS") == nil || s.Rule("TAGS") != nil {
		t.Errorf("the stock rules are read before the .pre files: %v", err)
	}
}

func TestOfFourScoresOneCounts(t *testing.T) {
	for want, o := range map[float64]Options{1: {Offline: true, NoBayes: true}, 2: {NoBayes: true}, 3: {Offline: true}, 4: {}} {
		s, err := Compile(o, File{Name: "a.cf", Data: []byte("body X /x/\nscore X 1 2 3 4\n")})
		if err != nil {
			t.Fatal(err)
		}
		table := filterTable()
		if s.Fill(table); table.Entry("X").Score != want {
			t.Errorf("%+v: score %v, want %v", o, table.Entry("X").Score, want)
		}
	}
}

func TestLinesOfTheLanguageThatAreWrong(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a shadow with a bad day", "body X /x/\nshadow X until soon", `error: a.cf:2: shadow X: "soon" is no day (write: shadow NAME until 2026-12-31)`},
		{"a shadow that is over", "body X /x/\nshadow X until 2020-01-01", "warning: a.cf:2: shadow X: it scores since 2020-01-01"},
		{"a shadow with something behind it", "body X /x/\nshadow X and more", "error: a.cf:2: shadow: one name is needed"},
		{"a priority that is none", "priority X high", `error: a.cf:1: priority X: "high" is no whole number`},
		{"reuse of nothing", "reuse", `error: a.cf:1: reuse: "" is no name of a rule`},
		{"tflags without a flag", "tflags X", "error: a.cf:1: tflags X: no flag"},
		{"a tag without a piece", "replace_tag A", "error: a.cf:1: replace_tag: a name and a piece"},
		{"tags for no rule", "replace_rules NOBODY", "warning: a.cf:1: replace_rules NOBODY: no such rule with a pattern"},
		{"a piece that nobody catches", "body X /%{WORD}/", "not run: a.cf:1: body X: no rule catches %{WORD} (a rule catches it with (?<WORD>…))"},
		{"a field of a part with a modifier", "mimeheader X Content-Type:addr =~ /x/", `error: a.cf:1: mimeheader X: "Content-Type:addr" is no field of a part`},
		{"a mimeheader without a pattern", "mimeheader X Content-Type", "error: a.cf:1: mimeheader X: =~ or !~ is missing (write: mimeheader NAME"},
		{"a plugin that Weir does not have", "loadplugin Foo", "not run: a.cf:1: loadplugin: Weir loads no code, and has no Foo of its own"},
		{"loadplugin of nothing", "loadplugin", "error: a.cf:1: loadplugin: no plugin is named"},
		{"enable_compat of nothing", "enable_compat a-b", "error: a.cf:1: enable_compat: a name"},
		{"countries of links", "uri_block_cc X cn", "not run: a.cf:1: uri_block_cc X: "},
		{"four scores of which one is none", "body X /x/\nscore X 1 2 x 4", `error: a.cf:2: score X: "x" is no score`},
	} {
		if got, _, _ := problemsOf(c.text); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q:\n got %s\nwant %s", c.name, c.text, got, c.want)
		}
	}
}
