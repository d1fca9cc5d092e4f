package attachments

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"weir/filters/filtertest"
)

func TestDocumentedTableIsTheSpec(t *testing.T) { filtertest.SymbolTable(t, Spec) }

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
