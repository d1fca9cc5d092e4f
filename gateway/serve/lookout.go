package serve

import (
	"context"
	"time"

	"weir/filters"
)

// lookoutEvery is how often filters are asked what troubles them.
const lookoutEvery = 10 * time.Second

// troubles is what filters last said, by filter, subject and kind.
type troubles map[[3]string]filters.Trouble

// keepLookout writes a line when a trouble of a filter begins or ends, until ctx ends.
func (h *house) keepLookout(ctx context.Context) {
	known, tick := troubles{}, time.NewTicker(lookoutEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			known = h.tellTroubles(known)
		}
	}
}

// tellTroubles logs what is new since known and what is over, and returns what is.
func (h *house) tellTroubles(known troubles) troubles {
	now := troubles{}
	h.gateway.Lookouts(func(filter string, l filters.Lookout) {
		for _, t := range l.Troubles() {
			key := [3]string{filter, t.Subject, t.Kind}
			if now[key] = t; known[key].Kind == "" {
				h.log().Error("a filter has trouble: "+t.Text, "filter", filter, "subject", t.Subject, "kind", t.Kind)
			}
		}
	})
	for key, t := range known {
		if now[key].Kind == "" {
			h.log().Info("the trouble of a filter is over", "filter", key[0], "subject", t.Subject, "kind", t.Kind)
		}
	}
	return now
}
