package serve

import (
	"context"
	"time"
)

// sweepEvery is how often the quarantine is looked through for what is not to be kept any more.
const sweepEvery = time.Hour

// keepQuarantine writes the quarantine's index anew, and removes what its time has come for, until ctx ends.
func (h *house) keepQuarantine(ctx context.Context) {
	if h.quarantine == nil {
		return
	}
	if _, err := h.quarantine.Reindex(); err != nil {
		h.log().Warn("the quarantine's index could not be written: lists take longer", "error", err)
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		h.sweep(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *house) sweep(now time.Time) {
	done, err := h.quarantine.Sweep(h.config.Load().Quarantine, now)
	if done.Any() {
		h.log().Info("mail left the quarantine for good", "expired", done.Expired, "deleted", done.Deleted, "pushed_out", done.Pushed, "bytes", done.Bytes)
	}
	if err != nil {
		h.log().Error("the quarantine can't be swept: it keeps what it should not", "error", err)
	}
}
