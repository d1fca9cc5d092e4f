package rules

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goFiles reads the Go files of the whole repository, by their path in it.
func goFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != ".." {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel("..", path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil || len(files) < 300 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	return files
}

var ruleName = regexp.MustCompile(`\b_*[A-Z][A-Z0-9]*_[A-Z0-9_]+\b`)

// TestCodeKnowsNoRuleOfOthers: what a rule is called says nothing of what it does, so that no code may go by it. A name that a
// filter of ours has declared as its own symbol is no rule's.
func TestCodeKnowsNoRuleOfOthers(t *testing.T) {
	s := debianSet(t)
	files := goFiles(t)
	own := map[string]bool{}
	for path, text := range files {
		if dir, name, _ := strings.Cut(strings.TrimPrefix(path, "filters/"), "/"); strings.HasPrefix(path, "filters/") && !strings.HasSuffix(name, "_test.go") {
			for _, symbol := range ruleName.FindAllString(text, -1) {
				own[symbol] = own[symbol] || strings.HasPrefix(symbol, strings.ToUpper(dir)+"_")
			}
		}
	}
	for path, text := range files {
		for _, name := range ruleName.FindAllString(text, -1) {
			if s.Rule(name) != nil && !own[name] {
				t.Errorf("%s has %s, which is a rule of SpamAssassin's", path, name)
			}
		}
	}
}

// TestStockRulesHaveNamesOfTheirOwn: of two rules of one name the later counts, so that whoever loads SpamAssassin's files
// beside the stock rules would have one rule where both files mean their own.
func TestStockRulesHaveNamesOfTheirOwn(t *testing.T) {
	theirs := debianSet(t)
	stock, err := Load(Options{Stock: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range stock.Rules() {
		if theirs.Rule(r.Name) != nil {
			t.Errorf("%s:%d: %s: a rule of SpamAssassin's has that name", r.File, r.Line, r.Name)
		}
	}
}
