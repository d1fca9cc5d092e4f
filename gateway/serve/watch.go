package serve

import (
	"context"
	"log/slog"
	"time"

	"weir/gateway"
	"weir/gateway/log"
	"weir/gateway/quarantine"
	"weir/gateway/relay"
	"weir/gateway/smtp"
	"weir/message"
)

// watcher passes what happens on to metrics and log.
type watcher struct{ *house }

// Report is gateway.Watcher's.
func (w watcher) Report(r *gateway.Report) {
	w.metrics.Report(r)
	w.tally.Report(r)
	log.Verdict(w.log(), r)
}

// Filter is gateway.Watcher's.
func (w watcher) Filter(name string, took time.Duration, err error) {
	w.metrics.Filter(name, took, err)
	if err != nil {
		w.log().Warn("a filter could not tell", "filter", name, "error", err, "ms", took.Milliseconds())
	}
}

// Refused is smtp.Watcher's.
func (w watcher) Refused(why smtp.Refusal, addr string) {
	w.metrics.Refused(why, addr)
	w.log().Info("client refused", "ip", addr, "why", string(why))
}

// Window3 is smtp.Watcher's.
func (w watcher) Window3(d time.Duration) { w.metrics.Window3(d) }

// Vanished is smtp.Watcher's.
func (w watcher) Vanished(before bool, id string) {
	w.metrics.Vanished(before, id)
	w.log().Info("client vanished", "id", id, "delivered", !before)
}

// hooks are the metrics' with lines for the log.
func (h *house) hooks() relay.Hooks {
	hooks := h.metrics.Hooks()
	count := hooks.State
	hooks.State = func(hop, addr string, down bool) {
		count(hop, addr, down)
		level, text := slog.LevelInfo, "next hop answers again"
		if down {
			level, text = slog.LevelError, "next hop given up for a while"
		}
		h.log().Log(context.Background(), level, text, "hop", hop, "address", addr)
	}
	failed := hooks.Failed
	hooks.Failed = func(hop, addr string, why error) {
		failed(hop, addr, why)
		h.log().Warn("next hop failed", "hop", hop, "address", addr, "error", why)
	}
	return hooks
}

// keeper raises the alarm when the quarantine can't keep a mail.
type keeper struct {
	items *quarantine.Store
	house *house
}

// Store is smtp.Quarantine's.
func (k keeper) Store(r *gateway.Report, env *message.Envelope, rcpts []string, chunks [][]byte) (string, error) {
	id, err := k.items.Store(r, env, rcpts, chunks)
	if err != nil {
		k.house.metrics.QuarantineFailed()
		k.house.log().Error("the quarantine can't keep mail: clients are told 451", "id", env.ID, "error", err)
	}
	return id, err
}
