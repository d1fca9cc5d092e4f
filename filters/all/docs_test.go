package all

import (
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/filtertest"
)

// TestTheDocumentsOfTheFiltersThatRemember holds docs/<name>.md to the code: every symbol with its score, every setting.
func TestTheDocumentsOfTheFiltersThatRemember(t *testing.T) {
	for _, spec := range memory {
		data, err := os.ReadFile("../../docs/" + spec.Name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, s := range spec.Symbols {
			line := "| " + s.Name + " | " + strconv.FormatFloat(s.Score, 'f', -1, 64) + " |"
			if s.Decides != 0 {
				line = "| " + s.Name + " | decides: " + s.Decides.String() + " |"
			}
			if !strings.Contains(text, line) {
				t.Errorf("docs/%s.md has no row %q", spec.Name, line)
			}
		}
		for _, key := range settings(t, spec) {
			if !strings.Contains(text, "\n"+key+" = ") {
				t.Errorf("docs/%s.md does not show the setting %s", spec.Name, key)
			}
		}
	}
}

// settings lists the keys of a filter's config.
func settings(t *testing.T, spec filters.Spec) (keys []string) {
	t.Helper()
	_, err := spec.New(func(into any) error {
		c := reflect.TypeOf(into).Elem()
		for i := range c.NumField() {
			keys = append(keys, c.Field(i).Tag.Get("toml"))
		}
		return nil
	}, filters.Env{Clock: filtertest.Clock(filtertest.Now)})
	if err != nil || len(keys) == 0 {
		t.Fatalf("filter %s has %d settings: %v", spec.Name, len(keys), err)
	}
	return keys
}
