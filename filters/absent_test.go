package filters

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
)

func TestOnlyACertainAnswerIsAbsence(t *testing.T) {
	gone := &net.DNSError{Err: "no such host", IsNotFound: true}
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"no error", nil, false},
		{"no such name", gone, true},
		{"no such name, wrapped", fmt.Errorf("spf: %w", gone), true},
		{"a server that failed", &net.DNSError{Err: "server failure", IsTemporary: true}, false},
		{"both at once", &net.DNSError{IsNotFound: true, IsTemporary: true}, false},
		{"a deadline", context.DeadlineExceeded, false},
		{"another error", errors.New("x"), false},
	} {
		if got := Absent(c.err); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Absent(gone) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
