package key

import "testing"

// The cases of CASES.md that are tested here, each by the function beside it.
func TestCases(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"F08_families_and_names_do_not_run_together": familiesAndNamesDoNotRunTogether,
		"F08_no_two_names_share_a_key":               noTwoNamesShareAKey,
	} {
		t.Run(name, test)
	}
}
