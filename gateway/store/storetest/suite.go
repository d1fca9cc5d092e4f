package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"weir/filters"
	"weir/gateway/store/backend"
)

// Open opens an empty store that goes by the machine's clock. It is closed when the test ends.
type Open func(t *testing.T, m *Machine) backend.Backend

// Start is the time at which the suite's machines begin.
var Start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Suite runs every test of the suite.
func Suite(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"what is seen is known until its time is over":        seenEnds,
		"a family that slides keeps what is seen again":       seenSlides,
		"looking changes nothing":                             lookChangesNothing,
		"counters fade, add up and stay within their cap":     countersFade,
		"a token bucket empties and fills again":              bucketFills,
		"a set keeps its newest members":                      setKeepsNewest,
		"bytes are kept, replaced and dropped":                bytesKept,
		"F08_names_of_any_bytes_do_not_meet":                  oddNamesApart,
		"a family keeps within its budget":                    budgetHolds,
		"what ends first makes room":                          firstEndsFirst,
		"F10_a_jump_of_the_clock_takes_nothing":               clockJumps,
		"bad operations are refused, others of the batch run": badOperations,
		"a stream keeps order, its maximum and its time":      streamBounded,
		"F09_learning_twice_changes_nothing":                  learnTwice,
		"F09_learning_as_ham_what_was_spam_is_exact":          relearn,
		"a learning applies wholly or not at all":             learnWhole,
		"cells stay at their largest and smallest":            cellsSaturate,
		"a cleared table is untrained and begins anew":        clearTable,
		"a replica follows what is learned":                   replicaFollows,
		"tables of different scopes are apart":                scopesApart,
		"a backup restores all that was there":                backupRestores,
		"erasing a person leaves the others":                  eraseLeavesOthers,
		"erasing a domain takes all its addresses":            eraseDomain,
		"a wiped store knows nothing, and works":              wipe,
		"figures show every family, and no problem":           statsShow,
		"a context that has ended is an error, not unknown":   endedContext,
		"a closed store is an error":                          closedStore,
		"many at once count exactly":                          manyAtOnce,
	} {
		t.Run(name, func(t *testing.T) {
			m := NewMachine(Start)
			test(t, &fixture{T: t, m: m, s: open(t, m)})
		})
	}
}

// fixture is a store under test.
type fixture struct {
	*testing.T
	m *Machine
	s backend.Backend
}

// do runs a batch that must go well.
func (f *fixture) do(b *filters.Batch) {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := f.s.Do(ctx, b); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) seen(family *filters.Family, n filters.Name) *filters.Sight {
	f.Helper()
	var b filters.Batch
	s := b.Seen(family, n)
	f.do(&b)
	return s
}

func (f *fixture) look(family *filters.Family, n filters.Name) *filters.Sight {
	f.Helper()
	var b filters.Batch
	s := b.Look(family, n)
	f.do(&b)
	return s
}

func what(i int) filters.Name { return filters.Name{What: fmt.Sprint(i)} }

// The families of the suite. Stores under test may be shared with earlier tests: names must not be.
func family(t *testing.T, ttl time.Duration, budget int) *filters.Family {
	return &filters.Family{Name: short(t), TTL: ttl, Budget: budget}
}

// short makes a name of a family out of that of a test.
func short(t *testing.T) string {
	var sum uint32 = 2166136261
	for _, c := range []byte(t.Name()) {
		sum = (sum ^ uint32(c)) * 16777619
	}
	return fmt.Sprintf("test-%08x", sum)
}

var oddNames = []string{
	"", " ", "a", "{", "{}", "{a}b", "{a}c", "*", "a*", "?", "[a]", "\r\n", "a\r\nb", ":", "a:b", "\x00", "a\x00", "\xff", "\xfe", "ü", "Ü",
	"joe@example.org", "joe@{x}", "$6\r\nFOOBAR\r\n", strings.Repeat("x", 64<<10), strings.Repeat("x", 64<<10-1),
}
