package main

import (
	"net"
	"time"

	"weir/filters"
	"weir/gateway/config"
)

// environment is what filters get from the world: the system's resolver and dialer, or none of either when offline.
func environment(now func() time.Time, offline bool) filters.Env {
	if offline {
		return config.OfflineEnv(now)
	}
	return filters.Env{Clock: now, Resolver: net.DefaultResolver, Dialer: &net.Dialer{}}
}
