package dnsbl

import (
	"time"

	"weir/filters/dnslist"
	"weir/filters/setting"
	"weir/scoring"
)

// Config is the table [filters.dnsbl].
type Config struct {
	Budget   setting.Duration `toml:"budget" comment:"longest wait for the lists at one stage; a list that takes longer is off until it is well"`
	MaxScore float64          `toml:"max_score" comment:"what block lists add up to at most, at one stage"`
	MinScore float64          `toml:"min_score" comment:"what allow lists add up to at least"`
	Agree    int              `toml:"agree" comment:"operators that must list the client for DNSBL_SEVERAL, 2 or more"`
	DQSKey   setting.Secret   `toml:"dqs_key" comment:"key of Spamhaus's Data Query Service: its lists are asked there, not at the public mirrors"`
	Zones    dnslist.Zones    `toml:"zones" comment:"A list: docs/dnsbl.md says which need registration."`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{Budget: setting.Duration(time.Second), MaxScore: 8, MinScore: -3, Agree: 2, Zones: defaultZones()}
}

// Symbols lists what the lists may report: those that an administrator adds have symbols too (filters.Declarer).
func (c *Config) Symbols() []scoring.Symbol { return c.Zones.Symbols("dnsbl") }

// kinds are what lists can be asked about here.
var kinds = []dnslist.Kind{dnslist.Client, dnslist.Relay, dnslist.RDNS, dnslist.Helo, dnslist.Sender}
