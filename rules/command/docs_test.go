package command

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/rules"
)

// blocks gives the fenced blocks of docs/rules.md with their info strings, in order.
func blocks(t *testing.T) (info, text []string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(string(data), "```") {
		if i%2 == 1 {
			kind, body, _ := strings.Cut(part, "\n")
			info, text = append(info, kind), append(text, body)
		}
	}
	return info, text
}

func TestExamplesOfTheDocsLoadAndHitTheirSamples(t *testing.T) {
	info, text := blocks(t)
	loaded, samples := 0, 0
	for i := range info {
		if info[i] != "cf" {
			continue
		}
		s, err := rules.Compile(rules.Options{}, rules.File{Name: "docs/rules.md", Data: []byte(text[i])})
		if err != nil {
			t.Errorf("%s\n%v", text[i], err)
			continue
		}
		for _, p := range s.Fill(filterTable()) {
			t.Errorf("%s\n%v", text[i], p)
		}
		failed, ran := s.CheckSamples()
		for _, p := range failed {
			t.Error(p)
		}
		loaded, samples = loaded+1, samples+ran
	}
	if loaded < 6 || samples < 10 {
		t.Errorf("only %d examples with %d samples", loaded, samples)
	}
}

func TestTheDocsShowWhatCheckSays(t *testing.T) {
	info, text := blocks(t)
	for i := range info {
		if info[i] != "cf refused" {
			continue
		}
		t.Chdir(t.TempDir())
		if err := os.WriteFile("local.cf", []byte(text[i]), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Check(&out, rules.Options{Paths: []string{"local.cf"}}, filterTable(), false); err != ErrFound {
			t.Errorf("error %v", err)
		}
		if out.String() != text[i+1] {
			t.Errorf("got:\n%s\nthe docs have:\n%s", out.String(), text[i+1])
		}
		return
	}
	t.Error("no refused example in the docs")
}

// TestTheDocsShowWhatCommandsSay runs the commands of the console block behind "cf asked" on those rules.
func TestTheDocsShowWhatCommandsSay(t *testing.T) {
	info, text := blocks(t)
	i := slices.Index(info, "cf asked")
	if i < 0 || info[i+1] != "console" {
		t.Fatal("no rules with a console behind them in the docs")
	}
	set, err := rules.Compile(rules.Options{}, rules.File{Name: "local.cf", Data: []byte(text[i])})
	if err != nil {
		t.Fatal(err)
	}
	table := filterTable()
	if err := set.Fill(table).Err(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for line := range strings.Lines(text[i+1]) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ weir ")
		if !ok {
			continue
		}
		out.WriteString(line)
		if names, list := strings.CutPrefix(command, "rules list "); list {
			err = List(&out, set, table, Listing{Names: []string{strings.Trim(names, "'")}})
		} else {
			err = Explain(&out, set, table, strings.TrimPrefix(command, "explain "))
		}
		if err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
	if out.String() != text[i+1] {
		t.Errorf("got:\n%s\nthe docs have:\n%s", out.String(), text[i+1])
	}
}
