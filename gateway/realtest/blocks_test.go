package realtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a document.
type block struct {
	doc, lang, text string
	line            int // where its first line stands
}

var fence = regexp.MustCompile("(?ms)^```(\\S+)\n(.*?)^```$")

// blocks takes the fenced blocks out of a document of the repository.
func blocks(t *testing.T, doc string) (list []block) {
	t.Helper()
	root, err := ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, doc))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range fence.FindAllSubmatchIndex(text, -1) {
		list = append(list, block{doc, string(text[m[2]:m[3]]), string(text[m[4]:m[5]]), strings.Count(string(text[:m[4]]), "\n") + 1})
	}
	return list
}

// of picks the blocks of a language.
func of(list []block, lang string) (some []block) {
	for _, b := range list {
		if b.lang == lang {
			some = append(some, b)
		}
	}
	return some
}

// step is a command of a console block and what it prints, where … stands for anything.
type step struct {
	command string
	want    *regexp.Regexp
	shown   string
	line    int
}

// steps reads a console block: a line that begins with "$ " is a command, the others are its output.
func steps(b block) (list []step) {
	var command string
	var shown []string
	at := b.line
	add := func() {
		if command != "" {
			list = append(list, step{command, outputPattern(shown), strings.Join(shown, "\n"), at})
		}
	}
	for i, line := range strings.Split(strings.TrimSuffix(b.text, "\n"), "\n") {
		if c, ok := strings.CutPrefix(line, "$ "); ok {
			add()
			command, shown, at = c, nil, b.line+i
		} else {
			shown = append(shown, line)
		}
	}
	add()
	return list
}

// outputPattern matches the output shown. … stands for any text within a line; a line … for any lines, also none.
func outputPattern(shown []string) *regexp.Regexp {
	var p strings.Builder
	for _, line := range shown {
		if line == "…" {
			p.WriteString("(?:[^\n]*\n)*?")
			continue
		}
		p.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", "[^\n]*") + "\n")
	}
	return regexp.MustCompile("^" + p.String() + "$")
}

func TestOutputPattern(t *testing.T) {
	for _, c := range []struct {
		shown, output string
		match         bool
	}{
		{"a", "a\n", true},
		{"a", "b\n", false},
		{"a", "a\nb\n", false},
		{"", "", false}, // an empty line is shown, nothing was printed
		{"x … z", "x y z\n", true},
		{"x … z", "x y\nz\n", false},
		{"a\n…", "a\nb\nc\n", true},
		{"a\n…", "a\n", true},
		{"…\nc", "a\nb\n", false},
		{"a.c", "abc\n", false},
	} {
		if got := outputPattern(strings.Split(c.shown, "\n")).MatchString(c.output); got != c.match {
			t.Errorf("%q and %q: %v", c.shown, c.output, got)
		}
	}
}

func TestSteps(t *testing.T) {
	list := steps(block{text: "$ one\n1\n2\n$ two\n$ three\n3\n", line: 10})
	if len(list) != 3 || list[0].shown != "1\n2" || list[1].shown != "" || list[2].command != "three" || list[2].line != 14 {
		t.Errorf("%+v", list)
	}
}
