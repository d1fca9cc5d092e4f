package resolver

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"weir/filters"
	"weir/filters/setting"
)

// Config is the table [resolver] of the config file.
type Config struct {
	Servers     []string         `toml:"servers" comment:"addresses of name servers, like \"127.0.0.1\" or \"[2001:db8::53]:5353\"; none: those of /etc/resolv.conf, which is read again when it changes"`
	Timeout     setting.Duration `toml:"timeout" comment:"for one try at one server"`
	Attempts    int              `toml:"attempts" comment:"tries for one question, over all servers"`
	Questions   int              `toml:"questions" comment:"questions that one message may put to the name servers; the rest is answered with a failure"`
	InFlight    int              `toml:"in_flight" comment:"questions under way at once; more wait for their turn"`
	CacheSize   setting.Size     `toml:"cache_size" comment:"memory for answers"`
	MinTTL      setting.Duration `toml:"min_ttl" comment:"answers are kept for so long at least"`
	MaxTTL      setting.Duration `toml:"max_ttl" comment:"answers are kept for so long at most"`
	NegativeTTL setting.Duration `toml:"negative_ttl" comment:"that there is nothing is kept for so long at most (RFC 2308)"`
	FailureTTL  setting.Duration `toml:"failure_ttl" comment:"a failure is kept for so long, so that it is not asked for by every mail (RFC 9520)"`
	MixCase     bool             `toml:"mix_case" comment:"ask in mIxeD CaSe, which makes answers harder to forge; some name servers can't deal with it"`
}

// DefaultConfig asks the system's name servers.
func DefaultConfig() Config {
	return Config{
		Servers: []string{}, Timeout: setting.Duration(1500 * time.Millisecond), Attempts: 3, Questions: filters.DefaultQuestions, InFlight: 1000,
		CacheSize: 32 << 20, MinTTL: setting.Duration(5 * time.Second), MaxTTL: setting.Duration(time.Hour),
		NegativeTTL: setting.Duration(5 * time.Minute), FailureTTL: setting.Duration(5 * time.Second),
	}
}

// Check lists what is wrong with the config, each with its key.
func (c *Config) Check() error {
	var problems []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Errorf("resolver."+format, args...))
		}
	}
	for _, s := range c.Servers {
		_, err := parseServer(s)
		wrong(err != nil, "servers: %q is no address of a name server: write it like \"127.0.0.1\", \"192.0.2.53:5353\" or \"[2001:db8::53]:53\"", s)
	}
	wrong(len(c.Servers) > maxServers, "servers has %d addresses; at most %d are asked", len(c.Servers), maxServers)
	wrong(c.Timeout.D() < 10*time.Millisecond || c.Timeout.D() > 30*time.Second, "timeout must be from 10ms to 30s")
	wrong(c.Attempts < 1 || c.Attempts > 10, "attempts must be from 1 to 10")
	wrong(c.Questions < 1 || c.Questions > 100_000, "questions must be from 1 to 100000")
	wrong(c.InFlight < 1 || c.InFlight > 30_000, "in_flight must be from 1 to 30000: each question has a socket")
	wrong(c.CacheSize < 1<<20, "cache_size must be 1MB or more")
	wrong(c.MaxTTL > setting.Duration(7*24*time.Hour), "max_ttl must be 7d or less: who changes his records must be heard")
	wrong(c.MinTTL > c.MaxTTL, "min_ttl is longer than resolver.max_ttl")
	wrong(c.MinTTL > setting.Duration(time.Hour), "min_ttl must be 1h or less: who changes his records must be heard")
	wrong(c.NegativeTTL > setting.Duration(3*time.Hour), "negative_ttl must be 3h or less (RFC 2308 section 5)")
	wrong(c.FailureTTL < setting.Duration(time.Second) || c.FailureTTL > setting.Duration(5*time.Minute), "failure_ttl must be from 1s to 5m (RFC 9520 section 3.2)")
	return errors.Join(problems...)
}

// maxServers is how many name servers are asked at most.
const maxServers = 8

// parseServer reads an address with or without a port.
func parseServer(s string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(a, 53), nil
	}
	a, err := netip.ParseAddrPort(s)
	if err == nil && a.Port() == 0 {
		err = errors.New("port 0")
	}
	return a, err
}
