package dmarcreport

import (
	"errors"
	"fmt"
	"strings"

	"weir/filters/setting"
	"weir/gateway/relay"
	"weir/message/address"
)

// Config is the table [dmarc_report].
type Config struct {
	Daily   bool         `toml:"daily" comment:"send the reports of each day by itself, after midnight UTC; needs from, and filters.dmarc.reports"`
	From    string       `toml:"from" comment:"address that reports come from, such as \"dmarc@example.com\"; bounces go there"`
	Name    string       `toml:"org_name" comment:"who reports; empty: the domain of from"`
	Contact string       `toml:"contact" comment:"more about whom to ask, such as a web page; empty: nothing"`
	NextHop string       `toml:"next_hop" comment:"address of the next hop that takes reports to anybody, as in [[next_hop]]; empty: the first that speaks SMTP"`
	Max     setting.Size `toml:"max_size" comment:"largest report, packed; what is beyond it is left out"`
}

// DefaultConfig sends nothing.
func DefaultConfig() Config { return Config{Max: 10 << 20} }

// ErrNoFrom says that reports need an address to come from.
var ErrNoFrom = errors.New(`dmarc_report.from: name the address that reports come from, such as "dmarc@example.com"`)

// Check tells what is wrong with the settings, given the next hops.
func (c *Config) Check(hops []relay.HopConfig) error {
	if c.From == "" && !c.Daily {
		return nil
	}
	if c.From == "" {
		return ErrNoFrom
	}
	if _, domain, ok := address.ParsePath(c.From); !ok || !strings.Contains(domain, ".") || strings.ContainsAny(c.From, "<>\" ") {
		return fmt.Errorf(`dmarc_report.from: %q is no address like "dmarc@example.com"`, c.From)
	}
	for key, text := range map[string]string{"org_name": c.Name, "contact": c.Contact} {
		if len(text) > 200 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("dmarc_report.%s: at most 200 bytes, and no control characters", key)
		}
	}
	if c.Max < 10<<10 {
		return fmt.Errorf("dmarc_report.max_size: %d bytes are too few for a report; 10 kB is the least", c.Max)
	}
	_, err := c.hop(hops)
	return err
}

// hop finds the next hop that takes the reports.
func (c *Config) hop(hops []relay.HopConfig) (relay.HopConfig, error) {
	for _, h := range hops {
		h = h.WithDefaults()
		if h.Protocol != relay.SMTP {
			continue
		}
		for _, a := range h.Address {
			if c.NextHop == "" || a == c.NextHop {
				h.XCLIENT, h.XFORWARD = relay.Off, relay.Off // the mail is our own, it has no client
				return h, nil
			}
		}
	}
	if c.NextHop != "" {
		return relay.HopConfig{}, fmt.Errorf("dmarc_report.next_hop: no [[next_hop]] that speaks SMTP has the address %q", c.NextHop)
	}
	return relay.HopConfig{}, errors.New("dmarc_report: reports need a [[next_hop]] that speaks SMTP; a Maildir or LMTP reaches nobody outside")
}

// organisation is who reports.
func (c *Config) organisation() string {
	if c.Name != "" {
		return c.Name
	}
	return c.From[strings.LastIndexByte(c.From, '@')+1:]
}
