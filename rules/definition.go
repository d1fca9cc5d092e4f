package rules

// Source is the pattern of a rule, with its slashes and modifiers, replacement tags filled in; "" for a rule without
// one. Tools that make texts for patterns read it.
func (r *Rule) Source() string { return r.source }
