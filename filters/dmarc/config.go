package dmarc

import (
	"fmt"
	"slices"

	"weir/message/address"
)

// Config is the table [filters.dmarc].
type Config struct {
	Policy    string   `toml:"policy" comment:"how far the owners' policies are obeyed: \"reject\", \"quarantine\" (what they want refused is quarantined), or \"score\""`
	TempError string   `toml:"temperror" comment:"mail that can't be checked now: \"defer\" (451) if its domain is known to want forgeries refused, \"defer-unknown\" also if that is not known, or \"accept\""`
	Lists     []string `toml:"lists" comment:"domains of mailing lists: mail that SPF or DKIM prove to come from there is not refused for its author's policy"`
	Named     string   `toml:"display_names" comment:"addresses in the display name: \"score\", \"strict\" (as a second author) or \"ignore\""`
	Reports   bool     `toml:"reports" comment:"note results for aggregate reports, which [dmarc_report] or weir dmarc report send"`
}

// The words of the settings.
const (
	score  = "score"
	strict = "strict"
)

// DefaultConfig obeys policies, and puts off what can't be checked.
func DefaultConfig() Config {
	return Config{Policy: "reject", TempError: "defer", Lists: []string{}, Named: score}
}

// Check tells what is wrong with the settings.
func (c *Config) Check() error {
	for _, s := range []struct {
		key, value string
		words      []string
	}{
		{"policy", c.Policy, []string{"reject", "quarantine", score}},
		{"temperror", c.TempError, []string{"defer", "defer-unknown", "accept"}},
		{"display_names", c.Named, []string{score, strict, "ignore"}},
	} {
		if !slices.Contains(s.words, s.value) {
			return fmt.Errorf("%s: %q is none of %q", s.key, s.value, s.words)
		}
	}
	for _, l := range c.Lists {
		if !validDomain(address.Domain(l)) {
			return fmt.Errorf("lists: %q is no domain; write it like lists.example.org", l)
		}
	}
	return nil
}
