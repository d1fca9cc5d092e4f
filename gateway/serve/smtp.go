package serve

import (
	"context"
	"errors"
	"fmt"
	"net"

	"weir/gateway/config"
	"weir/gateway/smtp"
)

// smtpDoor is the SMTP proxy.
type smtpDoor struct{ *smtp.Server }

func newSMTP(h *house, cfg *config.Config) (door, error) {
	if len(cfg.SMTP.Listen) == 0 {
		return nil, nil
	}
	s, err := smtp.New(cfg.SMTP, h.gateway, smtp.Options{
		Router: h.routes, Quarantine: h.keeper(), Ledger: h.ledger, Watcher: watcher{h}, Log: h.log(),
	})
	if err != nil {
		return nil, err
	}
	return smtpDoor{s}, nil
}

// keeper gives the quarantine as the doors want it: a nil interface where there is none.
func (h *house) keeper() smtp.Quarantine {
	if h.quarantine == nil {
		return nil
	}
	return keeper{h.quarantine, h}
}

func (smtpDoor) listens(cfg *config.Config) (string, []string) { return "smtp.listen", cfg.SMTP.Listen }

func (smtpDoor) words(a net.Addr) (verb, text string) { return "listens", "SMTP on " + a.String() }

func (d smtpDoor) reload(cfg *config.Config) error { return d.Server.Reload(cfg.SMTP) }

func (d smtpDoor) Serve(l net.Listener) error {
	if err := d.Server.Serve(l); !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

func (d smtpDoor) Shutdown(ctx context.Context) error {
	if err := d.Server.Shutdown(ctx); err != nil {
		return fmt.Errorf("some transactions were cut off; their clients will try again: %w", err)
	}
	return nil
}
