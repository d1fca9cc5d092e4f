package clock

import "testing"

// The cases of CASES.md that are tested here, each by the function beside it.
func TestCases(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"F10_the_store_does_not_jump_with_the_wall_clock": theStoreDoesNotJumpWithTheWallClock,
	} {
		t.Run(name, test)
	}
}
