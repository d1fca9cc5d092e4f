package scan

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentNamesEveryKeyThatIsAlwaysThere compares docs/scan.md with a real report.
func TestTheDocumentNamesEveryKeyThatIsAlwaysThere(t *testing.T) {
	text, err := os.ReadFile("../../docs/scan.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "## JSON")
	list, _, found := strings.Cut(list, "are always there")
	if !found {
		t.Fatal("docs/scan.md does not say what is always there")
	}
	_, out, _ := run(t, ham, Command{Paths: []string{"-"}, JSON: true})
	var report map[string]any
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(list, -1)
	if len(names) < 10 {
		t.Fatalf("only %d names", len(names))
	}
	for _, m := range names {
		if _, ok := report[m[1]]; !ok {
			t.Errorf("%s is not in %s", m[1], out)
		}
	}
	for code, word := range map[int]string{ExitClean: "delivered as it came", ExitSpam: "at least one would not", ExitUsage: "nothing was judged", ExitPartial: "could not be read"} {
		if row := regexp.MustCompile(`(?m)^\| ` + string(rune('0'+code)) + ` \|.*$`).FindString(string(text)); !strings.Contains(row, word) {
			t.Errorf("exit code %d is told as %q", code, row)
		}
	}
}
