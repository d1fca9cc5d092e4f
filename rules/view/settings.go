package view

import "weir/rules/view/relay"

// Settings are what rules files say about how messages are read: networks that are trusted, registries of domains,
// redirectors. A Set of rules has one; it is only read once the files are.
type Settings struct {
	links  linkSettings
	relays relay.Settings
}

// Relays gives what files say about relays.
func (s *Settings) Relays() *relay.Settings { return &s.relays }

// NewSettings gives the settings before any file is read.
func NewSettings() *Settings {
	s := &Settings{}
	s.links.reader.Domains = &s.links.domains
	return s
}

// Set takes a line that is no rule, such as trusted_networks. known is false if the directive is none of these.
func (s *Settings) Set(key, value string) (known bool, err error) {
	if known, err = s.relays.Set(key, value); known {
		return known, err
	}
	return s.links.set(key, value)
}
