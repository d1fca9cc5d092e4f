package serve

import (
	"context"
	"fmt"
	"net"

	"weir/gateway/config"
	"weir/gateway/spamd"
	"weir/gateway/spool"
)

// spamdDoor speaks the protocol of SpamAssassin's daemon.
type spamdDoor struct{ *spamd.Server }

func newSpamd(h *house, cfg *config.Config) (door, error) {
	if len(cfg.Spamd.Listen) == 0 {
		return nil, nil
	}
	pool := spool.NewPool(cfg.SMTP.SpoolDir, int(cfg.SMTP.SpoolMemory))
	if err := pool.Check(); err != nil {
		return nil, fmt.Errorf("smtp.spool_dir: %w", err)
	}
	return spamdDoor{spamd.New(h.gateway, spamd.Options{
		Config:  func() *spamd.Config { return &h.config.Load().Spamd },
		MaxSize: func() int64 { return int64(h.config.Load().SMTP.MaxSize) },
		Spool:   pool,
		Log:     h.log,
	})}, nil
}

func (spamdDoor) listens(cfg *config.Config) (string, []string) {
	return "spamd.listen", cfg.Spamd.Listen
}

func (spamdDoor) words(a net.Addr) (verb, text string) {
	if a.Network() == "unix" {
		return "listens", "spamd on unix:" + a.String()
	}
	return "listens", "spamd on " + a.String()
}

func (d spamdDoor) Shutdown(ctx context.Context) error {
	if err := d.Server.Shutdown(ctx); err != nil {
		return fmt.Errorf("some clients of spamd got no verdict: %w", err)
	}
	return nil
}

// spamdRestart tells whether settings of [spamd] changed that a reload does not take over. The addresses are looked at
// with those of all doors.
func spamdRestart(old, now *spamd.Config) bool {
	return old.SocketMode != now.SocketMode || old.MaxConnections != now.MaxConnections
}
