package config

import (
	"os"

	"weir/gateway"
	"weir/message/part"
)

// Name is our own host name: the setting, or the machine's.
func (c *Config) Name() string {
	if c.Hostname != "" {
		return c.Hostname
	}
	if name, err := os.Hostname(); err == nil && hostName.MatchString(name) {
		return name
	}
	return "localhost"
}

// Settings are what the gateway itself needs to know.
func (c *Config) Settings() gateway.Settings {
	h := c.Headers
	s := gateway.Settings{
		Hostname: c.Name(), AuthservID: c.AuthservID, Trusted: c.TrustedNetworks, Budget: c.Budget.D(),
		RefuseOn: c.Early.RefuseOn, Split452: c.Split == "452", Remove: h.Remove,
		Headers: gateway.HeaderNames{ID: h.ID, Flag: h.Flag, Status: h.Status, Score: h.Score, SubjectPrefix: h.SubjectPrefix},
		Limits:  part.Limits{Depth: c.Message.Depth, Parts: c.Message.Parts, HeaderBytes: int(c.Message.HeaderBytes), Decoded: int64(c.Message.Decoded)},
	}
	if s.AuthservID == "" {
		s.AuthservID = s.Hostname
	}
	return s
}

// policies indexes the policies by recipient.
func (c *Config) policies() (*gateway.Policies, error) {
	var rules []gateway.PolicyRule
	for _, name := range sortedKeys(c.Policies) {
		if p := c.Policies[name]; name != DefaultPolicy && name != OutgoingPolicy {
			rules = append(rules, gateway.PolicyRule{Policy: p.Scoring(name, c.Mode), Recipients: p.Recipients})
		}
	}
	def, out := c.Policies[DefaultPolicy].Scoring(DefaultPolicy, c.Mode), c.Policies[OutgoingPolicy].Scoring(OutgoingPolicy, c.Mode)
	return gateway.NewPolicies(def, out, rules)
}
