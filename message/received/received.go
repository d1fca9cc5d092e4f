// Package received reads Received fields (RFC 5321 section 4.4) as real servers write them: who handed the mail to
// whom, and from which of these relays on the trace can be believed.
package received

import (
	"net/netip"
	"time"
)

// Relay is one Received field's account of a hand-over.
type Relay struct {
	Helo    string     // what the sending side said it was
	Name    string     // its reverse name as the receiving side noted, "" unknown
	Addr    netip.Addr // its address; zero unknown
	By      string     // the receiving host
	With    string     // "ESMTPS", …
	ID      string
	For     string
	Auth    bool      // ESMTPA and its kin, or a note of authentication
	Time    time.Time // zero if unreadable
	Field   int       // index into Header.Fields
	Trusted bool      // written by a host that we believe: all fields above it came from trusted networks
	Private bool      // Addr is a loopback, private or link-local address
}

// Trail is all relays, the nearest first, with the client of the current connection in front where it is known.
type Trail []Relay
