package gateway

import (
	"context"

	"weir/filters"
	"weir/message"
)

// prefetch asks the DNS what later filters will ask, each question on a goroutine of its own that ends with ctx. At most as
// many questions are asked as the message has left.
func (s *Snapshot) prefetch(ctx context.Context, stage filters.Stage, m *message.Message) {
	if s.Settings.Resolver == nil || len(s.prefetchers) == 0 {
		return
	}
	asked := map[filters.Question]bool{}
	for _, i := range s.prefetchers {
		r := &s.Filters[i]
		if r.Spec.Stage < stage || r.Spec.Stage == stage && stage != filters.Header || r.skips(m) {
			continue
		}
		for _, q := range prefetchOne(r, stage, m) {
			if len(asked) == s.Settings.questions() {
				return
			}
			if !asked[q] {
				asked[q] = true
				go q.Ask(ctx, s.Settings.Resolver)
			}
		}
	}
}

// prefetchOne asks one filter for its questions. One that panics has none: Check will say what is wrong.
func prefetchOne(r *Running, stage filters.Stage, m *message.Message) (list []filters.Question) {
	defer func() {
		if recover() != nil {
			list = nil
		}
	}()
	return r.Filter.(filters.Prefetcher).Prefetch(stage, m)
}
