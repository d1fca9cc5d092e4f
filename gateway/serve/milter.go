package serve

import (
	"context"
	"fmt"
	"net"

	"weir/gateway/config"
	"weir/gateway/milter"
	"weir/gateway/spool"
)

// milterDoor stands beside a mail server.
type milterDoor struct{ *milter.Server }

func newMilter(h *house, cfg *config.Config) (door, error) {
	if len(cfg.Milter.Listen) == 0 {
		return nil, nil
	}
	s, err := milter.New(h.gateway, milter.Options{
		Config:     func() *milter.Config { return &h.config.Load().Milter },
		MaxSize:    func() int64 { return int64(h.config.Load().SMTP.MaxSize) },
		Spool:      spool.NewPool(cfg.SMTP.SpoolDir, int(cfg.SMTP.SpoolMemory)),
		Quarantine: h.keeper(),
		Log:        h.log,
	})
	if err != nil {
		return nil, fmt.Errorf("smtp.spool_dir: %w", err)
	}
	return milterDoor{s}, nil
}

func (milterDoor) listens(cfg *config.Config) (string, []string) {
	return "milter.listen", cfg.Milter.Listen
}

func (milterDoor) words(a net.Addr) (verb, text string) {
	if a.Network() == "unix" {
		return "listens", "milter on unix:" + a.String()
	}
	return "listens", "milter on " + a.String()
}

func (d milterDoor) Shutdown(ctx context.Context) error {
	if err := d.Server.Shutdown(ctx); err != nil {
		return fmt.Errorf("some mails were cut off; their mail server puts them off: %w", err)
	}
	return nil
}

// milterRestart tells whether settings of [milter] changed that a reload does not take over. The addresses are looked at
// with those of all doors.
func milterRestart(old, now *milter.Config) bool {
	return old.SocketMode != now.SocketMode || old.SocketGroup != now.SocketGroup
}
