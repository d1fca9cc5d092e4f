package rules

import (
	"time"

	"weir/message"
	"weir/rules/view"
)

// Source is the pattern of a rule, with its slashes and modifiers, replacement tags filled in; "" for a rule without
// one. Tools that make texts for patterns read it.
func (r *Rule) Source() string { return r.source }

// View shows a message as the rules of this Set see it, for tools.
func (s *Set) View(m *message.Message, facts view.Facts, now time.Time) *view.Mail {
	return view.New(m, s.view, facts, now)
}
