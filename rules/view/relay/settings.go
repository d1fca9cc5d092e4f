package relay

import (
	"fmt"
	"net/netip"
	"strings"
)

// Settings are what rules files say about relays. The zero value is what holds without them: trust is inferred.
type Settings struct {
	Trusted, Internal, MSA Networks
	Originating            []string // fields that hold the address of a web mailer's user (originating_ip_headers)
	SenderHeader           string   // the field that holds the envelope's sender (envelope_sender_header); "" not set
	AlwaysTrustSender      bool     // always_trust_envelope_sender
}

// Set takes a line of a rules file. known is false if the directive is none of these.
func (s *Settings) Set(key, value string) (known bool, err error) {
	value = strings.TrimSpace(value)
	switch key {
	case "trusted_networks":
		return true, s.Trusted.Add(value)
	case "internal_networks":
		return true, s.Internal.Add(value)
	case "msa_networks":
		return true, s.MSA.Add(value)
	case "originating_ip_headers":
		return true, s.addOriginating(value)
	case "envelope_sender_header":
		return true, s.setSenderHeader(value)
	case "always_trust_envelope_sender":
		s.AlwaysTrustSender = value == "1" || strings.EqualFold(value, "yes")
		return true, nil
	}
	return s.clear(key, value)
}

// clear takes the lines that empty a list.
func (s *Settings) clear(key, value string) (known bool, err error) {
	switch key {
	case "clear_trusted_networks":
		s.Trusted = Networks{}
	case "clear_internal_networks":
		s.Internal = Networks{}
	case "clear_msa_networks":
		s.MSA = Networks{}
	case "clear_originating_ip_headers":
		s.Originating = nil
	default:
		return false, nil
	}
	if value != "" {
		return true, fmt.Errorf("%s takes no value", key)
	}
	return true, nil
}

func (s *Settings) addOriginating(value string) error {
	if value == "" {
		return fmt.Errorf("no field is named")
	}
	for _, name := range strings.Fields(value) {
		if !containsFold(s.Originating, name) {
			s.Originating = append(s.Originating, name)
		}
	}
	return nil
}

func containsFold(list []string, s string) bool {
	for _, l := range list {
		if strings.EqualFold(l, s) {
			return true
		}
	}
	return false
}

func (s *Settings) setSenderHeader(value string) error {
	name := strings.TrimSuffix(value, ":")
	if name == "" || strings.ContainsAny(name, ": \t") {
		return fmt.Errorf("%q is no name of a field", value)
	}
	s.SenderHeader = name
	return nil
}

// borders are the networks that decide, with what holds where only one list is given.
type borders struct {
	trusted, internal, msa *Networks
	given                  bool
}

var loopback = mustRanges("127.0.0.0/8 ::1")

func mustRanges(value string) []addressRange {
	var n Networks
	if err := n.Add(value); err != nil {
		panic(err)
	}
	return n.ranges
}

// borders gives the lists; own are networks that the gateway trusts besides.
func (s *Settings) borders(own []netip.Prefix) borders {
	trusted, internal := s.Trusted, s.Internal
	if len(own) > 0 {
		trusted.ranges = append(append([]addressRange{}, trusted.ranges...), ownRanges(own)...)
		trusted.given = true
	}
	b := borders{trusted: &trusted, internal: &internal, msa: &s.MSA, given: trusted.given || internal.given}
	switch {
	case trusted.given && !internal.given:
		b.internal = &trusted
	case internal.given && !trusted.given:
		b.trusted = &internal
	}
	return b
}

func ownRanges(own []netip.Prefix) []addressRange {
	var n Networks
	n.AddPrefixes(own)
	return n.ranges
}

// contains tells whether a list, and the own host, has an address.
func contains(n *Networks, a string, withLoopback bool) bool {
	address, err := netip.ParseAddr(a)
	if err != nil {
		return false
	}
	if withLoopback && (&Networks{ranges: loopback}).Contains(address) {
		return true
	}
	return n.Contains(address)
}
