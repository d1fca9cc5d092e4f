package serve

import (
	"context"
	"fmt"
	"net"

	"weir/gateway/config"
	"weir/gateway/http"
)

// openHTTP opens the listener of the HTTP door; nil: it is closed.
func (h *house) openHTTP(cfg *config.Config) (net.Listener, error) {
	if cfg.HTTP.Listen == "" {
		return nil, nil
	}
	list, err := listen("http.listen", []string{cfg.HTTP.Listen})
	if err != nil {
		return nil, fmt.Errorf(`%w; http.listen = "" does without`, err)
	}
	h.http = http.New(h.gateway, http.Options{
		Config:  func() *http.Config { return &h.config.Load().HTTP },
		MaxSize: func() int64 { return int64(h.config.Load().SMTP.MaxSize) },
		Log:     h.log,
	})
	return list[0], nil
}

// serveHTTP answers in the background until the door is closed.
func (h *house) serveHTTP(l net.Listener) {
	if l == nil {
		return
	}
	h.running.Go(func() {
		if err := h.http.Serve(l); err != nil {
			h.log().Error("a listener stopped", "address", l.Addr().String(), "error", err)
		}
	})
}

// shutHTTP takes no new requests and waits for those in progress.
func (h *house) shutHTTP(ctx context.Context) error {
	if h.http == nil {
		return nil
	}
	return h.http.Shutdown(ctx)
}

// httpRestart tells whether settings of [http] changed that a reload does not take over: all but the passwords.
func httpRestart(old, now *http.Config) bool {
	a, b := *old, *now
	a.Password, a.EnablePassword = b.Password, b.EnablePassword
	return a != b
}
