package serve

import (
	"time"

	"weir/filters"
	"weir/gateway/config"
	"weir/gateway/resolver"
)

// Resolver makes the resolver of a config, or gives the one that there is: what it has heard is good after a reload,
// too. A reload's settings are taken over when the whole reload has succeeded.
func (s *State) Resolver(cfg *config.Config) filters.Resolver {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dns == nil {
		s.dns = resolver.New(cfg.Resolver, resolver.Options{Hooks: resolver.Hooks{Answered: s.answered, Server: s.nameServer}})
	}
	return s.dns
}

// reload takes over the settings of a config that has come into force.
func (s *State) reload(cfg *config.Config) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dns != nil {
		s.dns.Reload(cfg.Resolver)
	}
}

// answered is told of each question to the DNS.
func (s *State) answered(how string, took time.Duration) {
	if h := s.house.Load(); h != nil {
		h.metrics.Question(how, took)
	}
}

// nameServer is told when a name server is given up, and when it answers again.
func (s *State) nameServer(address string, down bool) {
	h := s.house.Load()
	switch {
	case h == nil:
	case down:
		h.log().Error("a name server does not answer: it is left alone until it does; see weir doctor", "server", address)
	default:
		h.log().Info("a name server answers again", "server", address)
	}
}
