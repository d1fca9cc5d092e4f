package all

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"weir/filters"
	"weir/filters/dkim"
	"weir/filters/helo"
	"weir/filters/iprev"
	"weir/filters/spf"
)

// TestTheDocumentsOfTheFiltersOfAuthentication holds docs/<name>.md to the code: every symbol with its score, every setting.
func TestTheDocumentsOfTheFiltersOfAuthentication(t *testing.T) {
	for _, spec := range []filters.Spec{iprev.Spec, helo.Spec, spf.Spec, dkim.Spec} {
		data, err := os.ReadFile("../../docs/" + spec.Name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, s := range spec.Symbols {
			if line := "| " + s.Name + " | " + strconv.FormatFloat(s.Score, 'f', -1, 64) + " |"; !strings.Contains(text, line) {
				t.Errorf("docs/%s.md has no row %q", spec.Name, line)
			}
		}
		if rows := strings.Count(text, "\n| "+strings.ToUpper(spec.Name)+"_"); rows != len(spec.Symbols) {
			t.Errorf("docs/%s.md has %d rows of symbols, the filter has %d", spec.Name, rows, len(spec.Symbols))
		}
		if strings.Contains(text, "There is nothing to configure") {
			continue
		}
		for _, key := range settings(t, spec) {
			if !strings.Contains(text, "\n"+key+" = ") {
				t.Errorf("docs/%s.md does not show the setting %s", spec.Name, key)
			}
		}
	}
}

// TestFailuresOfTheDNSScoreNothing is C16: what could not be found out is no point against the mail.
func TestFailuresOfTheDNSScoreNothing(t *testing.T) {
	t.Run("C16_no_symbol_of_a_temporary_error_scores", func(t *testing.T) {
		seen := 0
		for _, spec := range Filters {
			for _, s := range spec.Symbols {
				if strings.HasSuffix(s.Name, "TEMPERROR") {
					if seen++; s.Score != 0 {
						t.Errorf("%s scores %v", s.Name, s.Score)
					}
				}
			}
		}
		if seen < 5 {
			t.Errorf("only %d symbols of temporary errors", seen)
		}
	})
}
