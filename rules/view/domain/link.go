package domain

import "strings"

// OfLink is the host of a web address, in small letters; empty for others.
func OfLink(u string) string {
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#\\"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if host, _, found := strings.Cut(rest, ":"); found {
		rest = host
	}
	if rest = strings.ToLower(rest); Plausible(rest) {
		return rest
	}
	return ""
}
