package rules

import "weir/rules/pattern"

// ready waits until a set is as fast as it gets: with the build tag hyperscan, what a test finds comes that way then.
func ready(s *Set) *Set {
	for _, g := range append([]*group{s.plan.body, s.plan.rawBody, s.plan.full, s.plan.uri}, s.plan.headers...) {
		if g == nil {
			continue
		}
		if m, ok := g.matcher.(*pattern.Group); ok {
			m.Ready()
		}
	}
	return s
}
