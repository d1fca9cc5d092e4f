package main

import (
	"net"
	"time"

	"weir/filters"
	"weir/gateway/config"
)

// environment is what filters get from the world: the system's dialer, or nothing when offline. The resolver is made
// by who has read the config.
func environment(now func() time.Time, offline bool) filters.Env {
	if offline {
		return config.OfflineEnv(now)
	}
	return filters.Env{Clock: now, Dialer: &net.Dialer{}}
}
