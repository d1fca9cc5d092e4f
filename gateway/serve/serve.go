// Package serve puts a running gateway together from a config: listeners, next hops, quarantine, metrics, log. It
// reloads on SIGHUP and when a file of the config changes, and drains on SIGTERM.
package serve

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"

	"weir/gateway"
	"weir/gateway/config"
)

// Options are what Run needs.
type Options struct {
	// Load reads config and rules anew, at start and at each reload. It is all or nothing.
	Load func() (*config.Config, *gateway.Snapshot, error)
	// Files lists what Load read, to be watched for changes; nil: only SIGHUP reloads.
	Files   func(*config.Config) []string
	Out     io.Writer        // what a person reads at start
	Log     io.Writer        // the log
	Version string           // of this build
	State   *State           // what Load opens with; closed at the end; nil: nothing is remembered
	Signals <-chan os.Signal // SIGHUP reloads; SIGUSR2 upgrades; SIGTERM and SIGINT drain, the second of them ends at once
	Ready   func()           // called when everything listens; may be nil
	Tasks   []Task           // what goes on beside the gateway
	From    Inheritance      // what this process was started with
}

// Task is something to do beside a running gateway, until ctx ends. cfg and log give those of the moment.
type Task func(ctx context.Context, cfg func() *config.Config, log func() *slog.Logger)

// Run serves until a signal or ctx ends it. Errors are for the admin: what could not be done, which setting says so.
func Run(ctx context.Context, o Options) error {
	defer o.State.Close()
	cfg, snap, err := o.Load()
	if err != nil {
		return err
	}
	h, err := build(cfg, snap, o)
	if err != nil {
		return err
	}
	defer h.close()
	if err := o.State.serve(h, cfg); err != nil {
		return err
	}
	open, err := h.openDoors(cfg)
	if err != nil {
		return err
	}
	if err := h.serveMetrics(ctx, cfg); err != nil {
		open.close()
		return err
	}
	h.serveDoors(open)
	h.takeOver()
	tell(o.Out, cfg, open, antivirus(h.gateway))
	h.tellManager(o.From.Manager.Ready(h.status()))
	if o.Ready != nil {
		o.Ready()
	}
	return h.wait(ctx)
}

// serveMetrics starts the metrics listener, if there is one.
func (h *house) serveMetrics(ctx context.Context, cfg *config.Config) error {
	if cfg.Metrics.Listen == "" {
		return nil
	}
	list, err := h.listen("metrics.listen", []string{cfg.Metrics.Listen})
	if err != nil {
		return fmt.Errorf(`%w; metrics.listen = "" switches metrics off`, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	h.stopMetrics = sync.OnceFunc(cancel)
	h.running.Go(func() {
		if err := h.metrics.Serve(ctx, list[0], cfg.Metrics); err != nil {
			h.log().Error("metrics stopped", "error", err)
		}
	})
	return nil
}
