package source

import (
	"strings"
	"testing"

	"weir/rules/problem"
)

// notes is a Visitor that writes down what it sees.
type notes struct {
	lines, skipped, problems []string
	max                      int // lines that it takes; 0: all
}

func (n *notes) Plugin(name string) bool { return name == "Some::Plugin" }
func (n *notes) Can(name string) bool    { return name == "Some::Plugin::feature" }
func (n *notes) Has(name string) bool    { return name == "Some::Plugin::method" }
func (n *notes) LocalOnly() bool         { return true }
func (n *notes) Line(l Line) bool {
	n.lines = append(n.lines, l.Key+"="+l.Value)
	return len(n.lines) != n.max
}
func (n *notes) Skipped(l Line) { n.skipped = append(n.skipped, l.Key+"="+l.Value) }
func (n *notes) Problem(p problem.Problem) {
	n.problems = append(n.problems, p.Level.String()+" "+p.Error())
}

func visit(text string) *notes {
	n := &notes{}
	Walk(&File{Name: "a.cf", Data: []byte(text)}, n)
	return n
}

func TestLinesAreTakenApart(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a directive and its value", "score X 1", "score=X 1"},
		{"white space around it", " \tscore \t X  1 \r\n", "score=X  1"},
		{"case and dashes of a directive", "Add-Header all X", "add_header=all X"},
		{"a comment", "score X 1 # why", "score=X 1"},
		{"a hash with a backslash is none", `body X /\#1/ # why`, "body=X /#1/"},
		{"a comment alone, and nothing", "# why\n\n   \n", ""},
		{"a directive alone", "clear_headers", "clear_headers="},
		{"texts in English", "lang en describe X y\nlang EN_us describe X z", "describe=X y describe=X z"},
		{"texts in other languages are left out", "lang de describe X y\nlang", ""},
		{"a byte order mark", "\ufeffscore X 1", "score=X 1"},
		{"version", "if (version >= 3.004002)\na\nelse\nb\nendif", "a="},
		{"version, the other way", "if version < 4.000001\na\nelse\nb\nendif", "b="},
		{"perl_version", "if (perl_version >= 5.018000)\na\nendif", "a="},
		{"a plugin", "ifplugin Some::Plugin\na\nendif\nif plugin (Other::Plugin)\nb\nendif", "a="},
		{"not a plugin", "if !plugin(Some::Plugin)\na\nelse\nb\nendif", "b="},
		{"can and has", "if can(Some::Plugin::feature) && has(Some::Plugin::method)\na\nendif\nif can(Some::Plugin::other)\nb\nendif", "a="},
		{"local_tests_only", "if (local_tests_only)\na\nendif", "a="},
		{"within each other", "if 1\nif 0\na\nelse\nb\nendif\nc\nelse\nif 1\nd\nendif\nendif\ne", "b= c= e="},
		{"a version in the middle of a file", "a\nrequire_version 3.1\nb", "a="},
		{"the right version", "require_version 4.000001\na\nrequire_version @@VERSION@@\nb", "a= b="},
	} {
		if got := strings.Join(visit(c.text).lines, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLinesThatDoNotHoldAreToldToo(t *testing.T) {
	n := visit("if 0\nbody X /x/\nendif\nrequire_version 1\nscore X 2")
	if got := strings.Join(n.skipped, " "); got != "body=X /x/ score=X 2" {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(n.problems, "|"); got != "not run a.cf:1: the lines up to else or endif: 0 does not hold here|not run a.cf:4: the rest of the file: it requires version 1 of SpamAssassin (this is the language of 4.000001)" {
		t.Errorf("problems %s", got)
	}
}

func TestAVisitorCanEndAFile(t *testing.T) {
	n := &notes{max: 2}
	if Walk(&File{Name: "a.cf", Data: []byte("a\nb\nc\nd")}, n) || len(n.lines) != 2 {
		t.Errorf("lines %v", n.lines)
	}
}

func TestManyIfsEndTheFile(t *testing.T) {
	n := visit(strings.Repeat("if 1\n", 1_000_000) + "a")
	if len(n.lines) != 0 || !strings.Contains(n.problems[0], "a.cf:101: more than 100 ifs") || len(n.problems) > 110 {
		t.Errorf("%d lines, %d problems, first %s", len(n.lines), len(n.problems), n.problems[0])
	}
}

func FuzzWalk(f *testing.F) {
	f.Add("if (version > 3)\nheader X From:addr =~ /a/i\nelse\nmeta Y X\nendif\nlang de describe X y\ninclude ../x\nrequire_version 1\n")
	f.Fuzz(func(t *testing.T, text string) { visit(text) })
}
