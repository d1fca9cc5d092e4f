package gateway

import (
	"fmt"
	"strings"

	"weir/message/address"
	"weir/scoring"
)

// PolicyRule says which recipients a policy is for.
type PolicyRule struct {
	Policy     *scoring.Policy
	Recipients []string // "user@example.com", "@example.com", "@*.example.com", "*"
}

// Policies chooses a policy by recipient: the exact address first, then its domain, then the nearest parent domain's
// wildcard, then the default.
type Policies struct {
	Default  *scoring.Policy
	Outgoing *scoring.Policy // for mail from our own users and networks; nil: Default

	exact    map[string]*scoring.Policy // "user@example.com", "@example.com"
	wildcard map[string]*scoring.Policy // "example.com" for "@*.example.com"
	gentle   map[*scoring.Policy]*scoring.Policy
}

// NewPolicies indexes the rules. An unreadable pattern, or one that two policies claim, is an error naming both.
func NewPolicies(def, outgoing *scoring.Policy, rules []PolicyRule) (*Policies, error) {
	p := &Policies{Default: def, Outgoing: outgoing, exact: map[string]*scoring.Policy{}, wildcard: map[string]*scoring.Policy{},
		gentle: map[*scoring.Policy]*scoring.Policy{}}
	for _, r := range rules {
		for _, pattern := range r.Recipients {
			if err := p.add(foldAddress(pattern), r.Policy); err != nil {
				return nil, err
			}
		}
		p.soften(r.Policy)
	}
	p.soften(def)
	return p, nil
}

func (p *Policies) add(pattern string, policy *scoring.Policy) error {
	index, key := p.exact, pattern
	local, domain, ok := strings.Cut(pattern, "@")
	switch {
	case pattern == "*":
		p.Default = policy
		return nil
	case !ok || domain == "" || strings.Contains(local, "*"):
		return fmt.Errorf(`policy %s: recipient %q is not understood: write "user@example.com", "@example.com", "@*.example.com" or "*"`, policy.Name, pattern)
	case local == "" && strings.HasPrefix(domain, "*."):
		index, key = p.wildcard, domain[2:]
	}
	if other := index[key]; other != nil && other != policy {
		return fmt.Errorf("policy %s: recipient %q belongs to policy %s already", policy.Name, pattern, other.Name)
	}
	index[key] = policy
	return nil
}

// soften makes the policy's variant for postmaster and abuse.
func (p *Policies) soften(policy *scoring.Policy) {
	soft := *policy
	soft.Gentle = true
	p.gentle[policy] = &soft
}

// For gives the policy of a recipient.
func (p *Policies) For(rcpt string, outgoing bool) *scoring.Policy {
	if outgoing && p.Outgoing != nil {
		return p.Outgoing
	}
	rcpt = foldAddress(rcpt)
	policy := p.lookup(rcpt)
	if isRole(rcpt) {
		if soft := p.gentle[policy]; soft != nil {
			return soft
		}
	}
	return policy
}

// foldAddress makes addresses that are the same mailbox equal, however the sender writes them: lower case, the domain in
// A-labels without a final dot, the local part without quotes. Else "ann"@example.com. would escape Ann's policy.
func foldAddress(s string) string { return strings.ToLower(address.Mailbox(s)) }

// unquoted is a local part without its quotes and the backslashes within (RFC 5321 section 4.1.2).
func unquoted(local string) string {
	if len(local) < 2 || local[0] != '"' || local[len(local)-1] != '"' {
		return local
	}
	b := make([]byte, 0, len(local))
	for i := 1; i < len(local)-1; i++ {
		if local[i] == '\\' && i+1 < len(local)-1 {
			i++
		}
		b = append(b, local[i])
	}
	return string(b)
}

func (p *Policies) lookup(rcpt string) *scoring.Policy {
	if policy := p.exact[rcpt]; policy != nil {
		return policy
	}
	at := strings.LastIndexByte(rcpt, '@')
	if at < 0 {
		return p.Default
	}
	if policy := p.exact[rcpt[at:]]; policy != nil {
		return policy
	}
	for domain := rcpt[at+1:]; ; {
		_, parent, ok := strings.Cut(domain, ".")
		if !ok {
			return p.Default
		}
		if policy := p.wildcard[parent]; policy != nil {
			return policy
		}
		domain = parent
	}
}

// isRole tells whether a recipient must always be reachable (RFC 5321 section 4.5.1, RFC 2142).
func isRole(rcpt string) bool {
	local := rcpt
	if at := strings.LastIndexByte(rcpt, '@'); at >= 0 {
		local = rcpt[:at]
	}
	return local == "postmaster" || local == "abuse"
}
