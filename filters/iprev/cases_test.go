package iprev

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"weir/filters"
	"weir/filters/filtertest"
	"weir/message"
)

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/iprev") }

// silent is a resolver that never answers.
type silent struct{ filters.Resolver }

// LookupAddr waits until its time ends.
func (silent) LookupAddr(ctx context.Context, _ string) ([]string, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestASilentResolver(t *testing.T) {
	t.Run("C16_no_answer_before_the_time_ends", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		f := filtertest.New(t, Spec, "", filters.Env{Resolver: silent{}})
		m := message.New(message.Envelope{Client: message.Client{Addr: netip.MustParseAddr("198.51.100.25")}}, message.Options{})
		r, err := f.Check(ctx, m, filters.Findings{})
		if ctx.Err() != nil {
			t.Error("the filter's own time ended before it could say anything")
		}
		if err != nil || len(r.Auth) != 1 || r.Auth[0].Value != filters.TempError {
			t.Errorf("%+v %v", r, err)
		}
	})
}
