package control

import "testing"

// The cases of CASES.md that are tested here, each by the function beside it.
func TestCases(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"F09_killed_while_learning": killedWhileLearning,
	} {
		t.Run(name, test)
	}
}
