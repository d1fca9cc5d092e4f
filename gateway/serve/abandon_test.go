package serve

import (
	"errors"
	"testing"
)

// TestAHeirThatHasTakenOverIsNotAbandoned: whoever is told to stop in that moment must leave the heir its sockets.
func TestAHeirThatHasTakenOverIsNotAbandoned(t *testing.T) {
	for name, c := range map[string]struct {
		result error
		want   bool
	}{"it has taken over": {nil, true}, "it was still on its way": {errors.New("cancelled"), false}} {
		cancelled := false
		s := succession{done: make(chan error, 1), cancel: func() { cancelled = true }}
		s.done <- c.result
		if got := s.abandon(); got != c.want || !cancelled {
			t.Errorf("%s: %v, cancelled %v", name, got, cancelled)
		}
	}
	if (&succession{}).abandon() {
		t.Error("there was none")
	}
}
