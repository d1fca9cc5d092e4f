package serve

import (
	"context"
	"fmt"
	"net"

	"weir/gateway/config"
	"weir/gateway/http"
)

// httpDoor speaks Rspamd's protocol.
type httpDoor struct{ *http.Server }

func newHTTP(h *house, cfg *config.Config) (door, error) {
	if cfg.HTTP.Listen == "" {
		return nil, nil
	}
	return httpDoor{http.New(h.gateway, http.Options{
		Config:  func() *http.Config { return &h.config.Load().HTTP },
		MaxSize: func() int64 { return int64(h.config.Load().SMTP.MaxSize) },
		Log:     h.log,
	})}, nil
}

func (httpDoor) listens(cfg *config.Config) (string, []string) {
	if cfg.HTTP.Listen == "" {
		return "http.listen", nil
	}
	return "http.listen", []string{cfg.HTTP.Listen}
}

func (httpDoor) words(a net.Addr) (verb, text string) {
	return "learns", "http://" + a.String() + "/learnspam, /learnham"
}

func (d httpDoor) Shutdown(ctx context.Context) error {
	if err := d.Server.Shutdown(ctx); err != nil {
		return fmt.Errorf("some requests over HTTP were cut off; teaching the same again does no harm: %w", err)
	}
	return nil
}

// httpRestart tells whether settings of [http] changed that a reload does not take over: all but the passwords, and the
// address, which is looked at with those of all doors.
func httpRestart(old, now *http.Config) bool {
	a, b := *old, *now
	a.Password, a.EnablePassword = b.Password, b.EnablePassword
	a.Listen = b.Listen
	return a != b
}
