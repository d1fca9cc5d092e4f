package config

import "weir/scoring"

// OnInfected is what becomes of mail with malware, as it is written.
type OnInfected string

// UnmarshalText takes the actions that make sense, or nothing.
func (o *OnInfected) UnmarshalText(text []byte) error {
	return word(o, text, "", "reject", "quarantine", "discard", "tag")
}

// action gives scoring's value; Accept where nothing is set.
func (o OnInfected) action() (a scoring.Action) {
	_ = a.UnmarshalText([]byte(o)) // "" is none, and leaves Accept
	return a
}
