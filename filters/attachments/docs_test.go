package attachments

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestDocumentedTableIsTheSpec(t *testing.T) {
	doc, err := os.ReadFile("../../docs/attachments.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, s := range Spec.Symbols {
		want = append(want, fmt.Sprintf("| %s | %g | %s |", s.Name, s.Score, s.Text))
	}
	for line := range strings.Lines(string(doc)) {
		if strings.HasPrefix(line, "| ATTACHMENT_") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("docs/attachments.md does not list the symbols of the Spec; its table should be:\n%s", strings.Join(want, "\n"))
	}
}

func TestEverySettingIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/attachments.md")
	if err != nil {
		t.Fatal(err)
	}
	c := reflect.TypeFor[Config]()
	for i := range c.NumField() {
		if key := c.Field(i).Tag.Get("toml"); !strings.Contains(string(doc), "\n"+key+" = ") {
			t.Errorf("docs/attachments.md does not show the setting %s", key)
		}
	}
}
