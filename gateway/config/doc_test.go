package config

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the reference in docs/config.md")

const docFile, docBegin, docEnd = "../../docs/config.md", "<!-- reference: written by go test ./gateway/config -update -->\n", "<!-- end of reference -->"

// reference is the part of docs/config.md that lists every key.
func reference(t *testing.T) string {
	t.Helper()
	c, err := Parse("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	sections := c.Sections(nil)
	f := walker{doc: &document{}}
	f.table("filters.<name>", "[filters.<name>]", "What every filter has. Its own settings stand in the same table.", reflect.ValueOf(*defaultFilter(&specs()[1])))
	var b bytes.Buffer
	seen := map[string]bool{}
	for _, s := range append(sections, f.sections...) {
		header := "`" + s.Header + "`"
		if s.Header == "" {
			header = "The top of the file"
		}
		if strings.HasPrefix(s.Header, "[policies.") {
			header = "`[policies.<name>]`"
		}
		if seen[header] {
			continue
		}
		seen[header] = true
		fmt.Fprintf(&b, "\n### %s\n\n", header)
		if s.Text != "" {
			fmt.Fprintf(&b, "%s\n\n", s.Text)
		}
		b.WriteString("| Key | Default | Meaning |\n|---|---|---|\n")
		for _, one := range s.Settings {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", one.Key, one.Value, strings.ReplaceAll(one.Text, "|", `\|`))
		}
	}
	return b.String() + "\n"
}

func TestTheDocumentListsEveryKey(t *testing.T) {
	text, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), docBegin)
	got, after, closed := strings.Cut(rest, docEnd)
	if !found || !closed {
		t.Fatalf("%s has no %q or no %q", docFile, docBegin, docEnd)
	}
	want := reference(t)
	if *update {
		if err := os.WriteFile(docFile, []byte(before+docBegin+want+docEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("the reference in docs/config.md is not that of the code: run go test ./gateway/config -update\ngot  %s\nwant %s", got, want)
	}
}

func TestTheExamplesInTheDocumentAreConfigs(t *testing.T) {
	text, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	mime := specs()[1]
	mime.Name = "mime"
	n := 0
	for rest := string(text); ; n++ {
		_, example, found := strings.Cut(rest, "```toml\n")
		if !found {
			break
		}
		example, rest, _ = strings.Cut(example, "```")
		if _, err := Parse("docs/config.md", []byte(example), append(specs(), mime)); err != nil {
			t.Errorf("%v\n%s", err, example)
		}
	}
	if n < 3 {
		t.Errorf("only %d examples", n)
	}
}
