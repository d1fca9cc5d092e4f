package dmarc

// Policy is what a domain owner asks receivers to do with mail that fails (RFC 9989 section 4.7, tags p, sp and np).
type Policy uint8

// The policies, from the mildest to the strictest.
const (
	None       Policy = iota // watch only
	Quarantine               // treat as suspicious
	Reject                   // refuse
)

var policyNames = [...]string{"none", "quarantine", "reject"}

// String gives the RFC's word.
func (p Policy) String() string { return policyNames[p] }

// parsePolicy reads the RFC's word, in any letter case.
func parsePolicy(s string) (Policy, bool) {
	for i, name := range policyNames {
		if equalFold(s, name) {
			return Policy(i), true
		}
	}
	return None, false
}

// milder is the policy for mail of a domain in test mode (RFC 9989 tag t) or outside of the sample (RFC 7489 section
// 6.6.4): one step down.
func (p Policy) milder() Policy {
	if p == None {
		return None
	}
	return p - 1
}

// equalFold compares ASCII words; other letters have no place in a record.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x >= 'A' && x <= 'Z' {
			x += 'a' - 'A'
		}
		if y >= 'A' && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}
