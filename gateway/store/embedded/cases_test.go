package embedded

import "testing"

// The cases of CASES.md that are tested here, each by the function beside it.
func TestCases(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"F06_flood_of_unique_triplets":                 floodOfUniqueTriplets,
		"F07_thirty_days":                              thirtyDays,
		"F10_a_start_with_a_wrong_clock_takes_nothing": aStartWithAWrongClockTakesNothing,
	} {
		t.Run(name, test)
	}
}
