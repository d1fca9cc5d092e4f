package redis

import "testing"

// The cases of CASES.md that are tested here, each by the function beside it.
func TestCases(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"C01_refused_server":                refusedServer,
		"C02_hanging_server":                hangingServer,
		"C03_readonly_after_failover":       readonlyAfterFailover,
		"C03_sentinel_failover":             sentinelFailover,
		"C04_full_server":                   fullServer,
		"C05_scripts_flushed":               scriptsFlushed,
		"C06_cluster_moves_and_loses_slots": clusterMovesAndLosesSlots,
		"C06_server_that_does_not_work_now": serverThatDoesNotWorkNow,
		"C07_answers_of_another_form":       answersOfAnotherForm,
		"C07_flushall_in_mid_run":           flushallInMidRun,
		"C07_framing":                       framingOfReplies,
		"C07_garbage_replies":               garbageReplies,
		"F06_flood_of_unique_triplets":      floodOfUniqueTriplets,
		"F07_thirty_days":                   thirtyDays,
	} {
		t.Run(name, test)
	}
}
