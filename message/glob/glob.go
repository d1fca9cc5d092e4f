// Package glob matches the patterns that admins write for addresses and names: *@*.example.org, RULE_*.
package glob

import "strings"

// Match tells whether a text is like a pattern in which * stands for any bytes and ? for one. Each * is tried no longer than the
// text: time grows with the product of the two at most.
func Match(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
