package config

import (
	"fmt"
	"slices"

	"weir/scoring"
)

// Mode says whether decisions are carried out.
type Mode string

// The modes.
const (
	Enforce Mode = "enforce" // mail is refused, tagged, quarantined as decided
	Observe Mode = "observe" // every filter runs, all mail is delivered, header and log say what would have happened
)

// UnmarshalText takes enforce or observe.
func (m *Mode) UnmarshalText(text []byte) error {
	return word(m, text, string(Enforce), string(Observe))
}

// PolicyMode is the mode of one policy; "" is that of the whole gateway.
type PolicyMode string

// UnmarshalText takes "", enforce or observe.
func (m *PolicyMode) UnmarshalText(text []byte) error {
	return word(m, text, "", string(Enforce), string(Observe))
}

// Split says what happens where recipients of one mail have different policies.
type Split string

// UnmarshalText takes "" (scan once, decide for each group) or "452" (one policy a transaction).
func (s *Split) UnmarshalText(text []byte) error { return word(s, text, "", "452") }

// Parts says what becomes of parts that a filter objects to.
type Parts string

// UnmarshalText takes "", replace or strip.
func (p *Parts) UnmarshalText(text []byte) error {
	return word(p, text, string(scoring.KeepParts), string(scoring.ReplaceParts), string(scoring.StripParts))
}

func word[T ~string](into *T, text []byte, allowed ...string) error {
	if !slices.Contains(allowed, string(text)) {
		return fmt.Errorf("%q is not one of %q", text, allowed)
	}
	*into = T(text)
	return nil
}
