// Package received reads Received fields (RFC 5321 section 4.4) as real servers write them: who handed the mail to
// whom, and from which of these relays on the trace can be believed.
//
// The RFC's grammar is no help with what stands in comments, and that is where most servers put what they know for
// sure, the client's address and its reverse name. So Parse knows the habits of the common servers: Postfix, Sendmail,
// Exim, qmail, Exchange, Gmail, Courier, CommuniGate, Domino, fetchmail and their relatives.
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
	Local   bool      // no hand-over between hosts: written by a program on By itself (pickup, qmail, a list manager)
	Time    time.Time // in UTC; zero if unreadable
	Field   int       // index into Header.Fields; -1 for the current connection
	Trusted bool      // written by a host that we believe: all fields above it came from trusted networks
	Private bool      // Addr is a loopback, private or link-local address
}

// Trail is all relays, the nearest first, with the client of the current connection in front where it is known.
type Trail []Relay

// Value is a Received field to build a trail of.
type Value struct {
	Field int    // index into Header.Fields
	Text  string // the field's value, folded or not
}

// Client is who hands the mail to us now. The zero value: not known.
type Client struct {
	Addr     netip.Addr
	Name     string // reverse name, "" unknown
	Helo     string
	Hostname string // our own name
	Time     time.Time
	Auth     bool // authenticated: a user, not a relay
}

// maxRelays bounds a trail. No proper mail comes near: servers refuse loops at 100 hops and fewer.
const maxRelays = 1000

// Build makes a trail of a message's Received fields, from the top.
//
// What our own server notes of the client is believed. A field below is believed as long as each host above it handed
// the mail over from an address in trusted, or from itself (loopback, or no hand-over at all). Where the client is not
// known, as in the scan of a file, the topmost field is taken as written by the server that stored the mail, and
// believed too.
func Build(fields []Value, c Client, trusted []netip.Prefix) Trail {
	trail := make(Trail, 0, min(len(fields), maxRelays)+1)
	believe := true
	if c.Addr.IsValid() {
		trail = append(trail, c.relay())
		believe = !c.Auth && reliable(&trail[0], trusted)
	}
	for _, f := range fields[:min(len(fields), maxRelays)] {
		r := Parse(f.Text)
		r.Field = f.Field
		r.Trusted = believe
		trail = append(trail, r)
		believe = believe && !r.Auth && reliable(&r, trusted)
	}
	return trail
}

// relay is the hand-over to us.
func (c *Client) relay() Relay {
	r := Relay{Helo: c.Helo, Name: c.Name, By: c.Hostname, Auth: c.Auth, Time: c.Time, Field: -1, Trusted: true}
	r.setAddr(c.Addr)
	return r
}

// reliable tells whether the host that r took the mail from is believed in what it wrote before.
func reliable(r *Relay, trusted []netip.Prefix) bool {
	if !r.Addr.IsValid() {
		return r.Local
	}
	if r.Addr.IsLoopback() {
		return true
	}
	for _, p := range trusted {
		if p.Contains(r.Addr) {
			return true
		}
	}
	return false
}

// Border gives the hand-over from the outside into trusted networks: the last relay that can be believed. It is false
// if there is none.
func (t Trail) Border() (Relay, bool) {
	for i := len(t) - 1; i >= 0; i-- {
		if t[i].Trusted {
			return t[i], true
		}
	}
	return Relay{}, false
}

func (r *Relay) setAddr(a netip.Addr) {
	a = a.Unmap().WithZone("")
	r.Addr = a
	r.Private = a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}
