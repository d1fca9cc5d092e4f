package redis

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Server says which Redis to use.
type Server struct {
	Addresses []string // of the server, of the sentinels, or of some nodes of the cluster
	Master    string   // the name the sentinels know the master by; "": there are no sentinels
	Cluster   bool     // the addresses are nodes of a cluster

	Username, Password                 string // of an ACL user; "": none
	SentinelUsername, SentinelPassword string
	DB                                 int         // not in a cluster
	TLS                                *tls.Config // nil: none

	Connections int           // at most, to each server; 0: 16
	Budget      time.Duration // for one batch; 0: 200 ms
}

var silence = sync.OnceFunc(logging.Disable) // the store tells of trouble itself, once

// connect makes a client. It connects when it is first used.
//
// Nothing is tried twice by the client: a command whose answer was lost may have been done, and counting is not
// something to do twice. A context's deadline bounds a command in flight only with ContextTimeoutEnabled. The many
// retries of a dial, a second pool for pipelines and the notices of managed services are not wanted.
func (s *Server) connect() goredis.UniversalClient {
	silence()
	connections := s.Connections
	if connections == 0 {
		connections = 16
	}
	return goredis.NewUniversalClient(&goredis.UniversalOptions{
		Addrs: s.Addresses, MasterName: s.Master, IsClusterMode: s.Cluster, DB: s.DB,
		Username: s.Username, Password: s.Password, SentinelUsername: s.SentinelUsername, SentinelPassword: s.SentinelPassword,
		Dialer: dialer(s.TLS), ClientName: "weir", Protocol: 2, DisableIdentity: true,
		ContextTimeoutEnabled: true, MaxRetries: -1, MaxRedirects: 3,
		DialTimeout: time.Second, DialerRetries: 1, ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second,
		PoolSize: connections, MaxActiveConns: 2 * connections, PoolTimeout: time.Second, PipelinePoolSize: -1,
		ConnMaxIdleTime: 5 * time.Minute, MinRetryBackoff: 8 * time.Millisecond, MaxRetryBackoff: 50 * time.Millisecond,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// once is a command that must not be sent a second time by itself.
type once struct{ *goredis.Cmd }

// NoRetry keeps a cluster client from sending a whole pipeline again after a lost answer.
func (once) NoRetry() bool { return true }

// Clone keeps what NoRetry says.
func (o once) Clone() goredis.Cmder { return once{o.Cmd.Clone().(*goredis.Cmd)} }

func command(ctx context.Context, args ...any) once { return once{goredis.NewCmd(ctx, args...)} }
