package log

import (
	"fmt"
	"slices"

	"weir/filters/setting"
)

// Config is the table [log].
type Config struct {
	Level     Level          `toml:"level" comment:"debug, info, warn or error: what is less important is left out"`
	Format    Format         `toml:"format" comment:"text (key=value) or json, one event a line"`
	Addresses Addresses      `toml:"addresses" comment:"mail addresses in the log: full, hashed (equal ones stay equal) or domain (the part before the @ is left out)"`
	HashKey   setting.Secret `toml:"hash_key" comment:"for addresses = hashed; empty: a new key at each start or reload, so that older hashes can't be compared with newer ones"`
	Subjects  bool           `toml:"subjects" comment:"log the subjects of messages"`
}

// DefaultConfig logs verdicts as text, with addresses and without subjects.
func DefaultConfig() Config {
	return Config{Level: "info", Format: "text", Addresses: Full}
}

// Level is the least importance that is logged.
type Level string

// UnmarshalText takes debug, info, warn or error.
func (l *Level) UnmarshalText(text []byte) error {
	return word(l, text, "debug", "info", "warn", "error")
}

// Format is how a line is written.
type Format string

// UnmarshalText takes text or json.
func (f *Format) UnmarshalText(text []byte) error { return word(f, text, "text", "json") }

// Addresses says how much of a mail address is logged.
type Addresses string

// The ways to log an address.
const (
	Full   Addresses = "full"   // as it is
	Hashed Addresses = "hashed" // a keyed hash: "h:2f6d…", the same for the same address
	Domain Addresses = "domain" // "@example.com"
)

// UnmarshalText takes full, hashed or domain.
func (a *Addresses) UnmarshalText(text []byte) error {
	return word(a, text, string(Full), string(Hashed), string(Domain))
}

func word[T ~string](into *T, text []byte, allowed ...string) error {
	if !slices.Contains(allowed, string(text)) {
		return fmt.Errorf("%q is not one of %q", text, allowed)
	}
	*into = T(text)
	return nil
}
