package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// rooms says what each part of the house may import of the others. The first line that matches a package counts;
// "/..." stands for a folder and all below it. No arrow runs back up.
var rooms = []struct {
	room string
	may  []string
}{
	{"weir/message/...", []string{"weir/message/..."}},
	{"weir/scoring", nil},
	{"weir/scoring/...", []string{"<itself>"}},
	{"weir/rules/ascii", nil},
	{"weir/rules/problem", nil},
	{"weir/rules/replace", nil},
	{"weir/rules/expr", []string{"weir/rules/ascii"}},
	{"weir/rules/pattern", []string{"weir/rules/ascii"}},
	{"weir/rules/view/...", []string{"weir/message/...", "weir/rules/view/...", "weir/rules/ascii", "weir/rules/pattern"}},
	{"weir/rules/eval/...", []string{"weir/message/...", "weir/rules/eval/...", "weir/rules/view/...", "weir/rules/ascii", "weir/rules/pattern"}},
	{"weir/rules/...", []string{"weir/rules/...", "weir/message/...", "weir/scoring"}},
	{"weir/filters/setting", nil},
	{"weir/filters/all", []string{"weir/filters/..."}},
	{"weir/filters/ruleset/...", []string{"weir/filters/ruleset/...", "weir/filters", "weir/filters/setting", "weir/message/...", "weir/scoring", "weir/rules", "weir/rules/view"}},
	{"weir/filters/filtertest", []string{"weir/filters", "weir/filters/setting", "weir/message/...", "weir/scoring"}},
	{"weir/filters", []string{"weir/message/...", "weir/scoring"}},
	{"weir/filters/...", []string{"<itself>", "weir/filters", "weir/filters/setting", "weir/filters/dnslist", "weir/filters/scanner", "weir/message/...", "weir/scoring/..."}},
	{"weir/gateway", []string{"weir/message/...", "weir/scoring", "weir/filters"}},
	{"weir/gateway/config/...", []string{"weir/gateway/...", "weir/filters", "weir/filters/setting", "weir/message/...", "weir/scoring", "weir/rules/..."}},
	{"weir/gateway/...", []string{"weir/gateway/...", "weir/filters", "weir/filters/setting", "weir/message/...", "weir/scoring"}},
	{"weir", []string{"weir/..."}},
}

// TestImports holds the house together: who may import whom (docs/flow.md). Test files may import anything but main's
// list of filters upwards; they are not looked at.
func TestImports(t *testing.T) {
	checked := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "tools" || d.Name() == "weir-data") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		checked++
		checkFile(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 30 {
		t.Fatalf("only %d files were looked at", checked)
	}
}

func checkFile(t *testing.T, path string) {
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	pkg := strings.TrimSuffix("weir/"+filepath.ToSlash(filepath.Dir(path)), "/.")
	for _, r := range rooms {
		if !matches(r.room, pkg) {
			continue
		}
		for _, spec := range f.Imports {
			if name, _ := strconv.Unquote(spec.Path.Value); matches("weir/...", name) && !allowed(r.may, pkg, name) {
				t.Errorf("%s imports %s: a package of %s may import only %v", path, name, r.room, r.may)
			}
		}
		return
	}
	t.Errorf("%s: package %s has no room in the house", path, pkg)
}

// matches tells whether a package is what a pattern names: itself, or a folder with all below it.
func matches(pattern, pkg string) bool {
	folder, tree := strings.CutSuffix(pattern, "/...")
	return pkg == folder || tree && strings.HasPrefix(pkg, folder+"/")
}

// allowed tells whether pkg may import name. "<itself>" is a filter's own folder: no filter imports another.
func allowed(may []string, pkg, name string) bool {
	for _, pattern := range may {
		if pattern == "<itself>" {
			pattern = pkg + "/..."
		}
		if matches(pattern, name) {
			return true
		}
	}
	return false
}

func TestImportRulesRefuseWhatTheyShould(t *testing.T) {
	for _, c := range []struct {
		pkg, name string
		want      bool
	}{
		{"weir/filters/spf", "weir/filters/dkim", false},
		{"weir/filters/spf", "weir/gateway", false},
		{"weir/filters/spf", "weir/filters/spf/record", true},
		{"weir/message", "weir/scoring", false},
		{"weir/scoring", "weir/message", false},
		{"weir/gateway/smtp", "weir/filters/all", false},
		{"weir/rules", "weir/filters", false},
		{"weir/rules/view/uri", "weir/rules/eval", false},
		{"weir/rules/eval/dns", "weir/rules", false},
		{"weir/rules/eval/dns", "weir/rules/view/uri", true},
		{"weir/filters/ruleset", "weir/rules", true},
	} {
		for _, r := range rooms {
			if matches(r.room, c.pkg) {
				if got := allowed(r.may, c.pkg, c.name); got != c.want {
					t.Errorf("%s imports %s: allowed %v, want %v", c.pkg, c.name, got, c.want)
				}
				break
			}
		}
	}
}
