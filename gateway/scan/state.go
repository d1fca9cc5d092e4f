package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"weir/gateway/config"
	"weir/gateway/store"
	"weir/gateway/store/control"
)

// openState opens what the filters remember: the state that weir learn would write to. A scan makes none: where there is
// none, --state is an error, and else the scan goes without (nil) and without says why. Offline, no Redis is asked.
func (c *Command) openState(cfg *config.Config) (state store.State, without string, err error) {
	if c.Offline && len(cfg.Store.Redis) > 0 {
		return nil, "the state is in Redis, which --offline does not ask", nil
	}
	if len(cfg.Store.Redis) == 0 {
		if _, err := os.Stat(cfg.Store.File(cfg.DataDir)); errors.Is(err, fs.ErrNotExist) {
			if c.State != "" {
				return nil, "", fmt.Errorf("--state: there is no state in %s", c.State)
			}
			return nil, "there is no state in " + cfg.DataDir, nil
		}
	}
	state, err = control.Open(cfg.Store, cfg.DataDir)
	return state, "", err
}
