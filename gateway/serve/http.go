package serve

import (
	"context"
	"fmt"
	"net"
	"reflect"

	"weir/gateway/config"
	"weir/gateway/http"
	"weir/gateway/metrics"
	"weir/gateway/spool"
)

// httpDoor speaks Rspamd's protocol.
type httpDoor struct{ *http.Server }

func newHTTP(h *house, cfg *config.Config) (door, error) {
	if len(cfg.HTTP.Listen) == 0 {
		return nil, nil
	}
	pool := spool.NewPool(cfg.SMTP.SpoolDir, int(cfg.SMTP.SpoolMemory))
	if err := pool.Check(); err != nil {
		return nil, fmt.Errorf("smtp.spool_dir: %w", err)
	}
	return httpDoor{http.New(h.gateway, http.Options{
		Config:  func() *http.Config { return &h.config.Load().HTTP },
		MaxSize: func() int64 { return int64(h.config.Load().SMTP.MaxSize) },
		Log:     h.log,
		Spool:   pool,
		Tally:   h.tally,
		Metrics: h.metrics.Handler(metrics.Config{}),
	})}, nil
}

func (httpDoor) listens(cfg *config.Config) (string, []string) {
	return "http.listen", cfg.HTTP.Listen
}

func (httpDoor) words(a net.Addr) (verb, text string) {
	return "listens", "HTTP, as Rspamd, on http://" + a.String()
}

func (d httpDoor) Shutdown(ctx context.Context) error {
	if err := d.Server.Shutdown(ctx); err != nil {
		return fmt.Errorf("some requests over HTTP were cut off; their clients may send the same again: %w", err)
	}
	return nil
}

// httpRestart tells whether settings of [http] changed that a reload does not take over: all but those that Config
// names, and the addresses, which are looked at with those of all doors.
func httpRestart(old, now *http.Config) bool {
	a, b := *old, *now
	a.Password, a.EnablePassword = b.Password, b.EnablePassword
	a.Listen, a.ScanFrom = b.Listen, b.ScanFrom
	return !reflect.DeepEqual(a, b)
}
