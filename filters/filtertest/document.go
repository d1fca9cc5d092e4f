package filtertest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"weir/filters"
)

// SymbolTable holds the table of symbols in docs/<name>.md to the filter's Spec: the same rows in the same order, each with name,
// score and meaning. It is run in the filter's folder.
func SymbolTable(t *testing.T, spec filters.Spec) {
	t.Helper()
	page := "docs/" + spec.Name + ".md"
	doc, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	prefix, _, _ := strings.Cut(spec.Symbols[0].Name, "_")
	var want, got []string
	for _, s := range spec.Symbols {
		want = append(want, fmt.Sprintf("| %s | %g | %s |", s.Name, s.Score, s.Text))
	}
	for line := range strings.Lines(string(doc)) {
		if strings.HasPrefix(line, "| "+prefix+"_") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s does not list the symbols of the Spec; its table should be:\n%s", page, strings.Join(want, "\n"))
	}
}
