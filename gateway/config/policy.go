package config

import "weir/scoring"

// Policy is a table [policies.<name>]: what a group of recipients wants. A policy that the file names begins as the
// policy default is, so it only says what differs.
type Policy struct {
	Recipients []string   `toml:"recipients" comment:"\"user@example.com\", \"@example.com\", \"@*.example.com\"; the most exact wins"`
	Tag        float64    `toml:"tag" comment:"score from which mail is marked as spam; 0: never"`
	Greylist   float64    `toml:"greylist" comment:"score from which unknown senders must come back later; 0: never"`
	Quarantine float64    `toml:"quarantine" comment:"score from which mail is kept in the quarantine; 0: never"`
	Reject     float64    `toml:"reject" comment:"score from which mail is refused; 0: never"`
	Discard    float64    `toml:"discard" comment:"score from which mail is thrown away unseen; 0: never"`
	Infected   OnInfected `toml:"infected" comment:"what becomes of mail with malware: reject, quarantine, discard or tag; \"\": what its symbol says, which is reject"`
	Parts      Parts      `toml:"attachments" comment:"of mail that is delivered, what becomes of parts that a filter objects to (forbidden files): replace by a notice, strip, or \"\": they stay; the original is quarantined"`
	Mode       PolicyMode `toml:"mode" comment:"enforce or observe, for these recipients; \"\": as the mode of all"`
}

// Policies are all policies by name. Two are built in: default, for recipients that no other policy names, and
// outgoing, for mail from authenticated users and trusted networks.
type Policies map[string]Policy

// Names of the built-in policies.
const (
	DefaultPolicy  = "default"
	OutgoingPolicy = "outgoing"
)

func defaultPolicies() Policies {
	return Policies{DefaultPolicy: {Tag: 5, Reject: 15}, OutgoingPolicy: {Tag: 5, Reject: 15}}
}

// Seed gives the start of a policy that the file names for the first time.
func (p Policies) Seed(string) any {
	start := p[DefaultPolicy]
	start.Recipients = nil
	return start
}

// Scoring gives the policy as package scoring takes it. overall is the mode of the whole gateway.
func (p Policy) Scoring(name string, overall Mode) *scoring.Policy {
	mode := overall
	if p.Mode != "" {
		mode = Mode(p.Mode)
	}
	return &scoring.Policy{
		Name:       name,
		Observe:    mode == Observe,
		Infected:   p.Infected.action(),
		Parts:      scoring.PartsAction(p.Parts),
		Thresholds: scoring.Thresholds{Greylist: p.Greylist, Tag: p.Tag, Quarantine: p.Quarantine, Reject: p.Reject, Discard: p.Discard},
	}
}
