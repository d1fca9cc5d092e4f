// Package relay reads the Received fields of a mail as SpamAssassin's rules see them: who handed it to whom, which of these
// relays can be trusted to tell the truth, and which are the own ones. Rules match on its notation of them, as in
// X-Spam-Relays-Untrusted:
//
//	[ ip=192.0.2.4 rdns=mail.example.com helo=example.com by=mx.example.net ident= envfrom= intl=0 id=4Xy auth= msa=0 ]
//
// RFC 5321 section 4.4 leaves to servers what they say in comments, so each kind writes its own way, and SpamAssassin knows
// a good hundred of them (Received.pm). They stand in forms.go, in a notation that shows the line. Whoever wants to know a
// mail's relays for other purposes takes package message/received, which does not have to read lines as somebody else does.
package relay

import (
	"net/netip"
	"strings"

	"weir/rules/view/ip"
)

// Relay is one hand-over.
type Relay struct {
	IP        string // the client's address as written, without brackets; "" could not be read
	RDNS      string // its name in the DNS as the server noted it; "" unknown
	Helo      string // what it said that it is
	By        string // the server that wrote the line
	Ident     string // the user by RFC 1413
	Sender    string // the envelope's sender; see HasSender
	ID        string // the server's identifier of the mail
	Auth      string // how the client authenticated; "" not
	HasSender bool
	NoReverse bool // the server looked the name up, and there is none
	Private   bool // IP is of a private network
	Internal  bool // all servers up to this line's client are own ones
	MSA       bool // a submission server of ours
}

// String gives the relay in the notation that rules match on.
func (r *Relay) String() string { return string(r.append(nil)) }

func (r *Relay) append(dst []byte) []byte {
	for _, p := range [...][2]string{{"[ ip=", r.IP}, {" rdns=", r.RDNS}, {" helo=", r.Helo}, {" by=", r.By}, {" ident=", r.Ident},
		{" envfrom=", r.shownSender()}, {" intl=", digit(r.Internal)}, {" id=", r.ID}, {" auth=", r.Auth}, {" msa=", digit(r.MSA)}} {
		dst = append(append(dst, p[0]...), p[1]...)
	}
	return append(dst, " ]"...)
}

// shownSender is the sender but for one that Perl takes for false.
func (r *Relay) shownSender() string {
	if r.Sender == "0" {
		return ""
	}
	return r.Sender
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// Path is the relays of a mail, the nearest first, divided in two ways.
type Path struct {
	Trusted, Untrusted []Relay
	Internal, External []Relay
	Unreadable         int // Received lines that nobody could make sense of
	LastTrusted        int // see Last
	LastInternal       int // see Last

	texts [4]string
	made  [4]bool
}

// Kind is a side of a border.
type Kind uint8

// The kinds. Trusted and Untrusted, Internal and External are each a way to divide all relays in two.
const (
	Trusted Kind = iota
	Untrusted
	Internal
	External
)

// Of gives the relays of a kind.
func (p *Path) Of(k Kind) []Relay {
	return [...][]Relay{Trusted: p.Trusted, Untrusted: p.Untrusted, Internal: p.Internal, External: p.External}[k]
}

// Text gives the relays of a kind in the notation that rules match on, with a blank between them.
func (p *Path) Text(k Kind) string {
	if !p.made[k] {
		p.texts[k], p.made[k] = text(p.Of(k)), true
	}
	return p.texts[k]
}

// Last gives the number, from 0, of the last Received field that was written for a trusted or an internal relay; below 0 there
// is none. Fields count whether or not they could be read.
func (p *Path) Last(k Kind) int {
	if k == Trusted || k == Untrusted {
		return p.LastTrusted
	}
	return p.LastInternal
}

func text(relays []Relay) string {
	out := make([]byte, 0, 192*len(relays))
	for i := range relays {
		if i > 0 {
			out = append(out, ' ')
		}
		out = relays[i].append(out)
	}
	return string(out)
}

// Sender gives the envelope's sender as the relay at the border of trust noted it: the first that is not trusted, else the
// last one. ok is false if it did not.
func (p *Path) Sender() (address string, ok bool) {
	switch {
	case len(p.Untrusted) > 0:
		return p.Untrusted[0].Sender, p.Untrusted[0].HasSender
	case len(p.Trusted) > 0:
		r := p.Trusted[len(p.Trusted)-1]
		return r.Sender, r.HasSender
	}
	return "", false
}

func isLoopback(s string) bool {
	if len(s) > 5 && strings.EqualFold(s[:5], "IPv6:") {
		s = s[5:]
	}
	a, err := netip.ParseAddr(s)
	return err == nil && (a.Unmap() == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || a == netip.IPv6Loopback())
}

// Current begins the hand-over of the current connection.
func Current(a netip.Addr) *Relay {
	text := a.Unmap().WithZone("").String()
	return &Relay{IP: text, Private: ip.Private(text)}
}

// Safe puts ! where a character in what the client said would break the notation, and returns the relay.
func (r *Relay) Safe() *Relay {
	for _, s := range [...]*string{&r.IP, &r.RDNS, &r.Helo, &r.By, &r.Ident, &r.Sender, &r.ID} {
		*s = safe(*s)
	}
	r.RDNS = strings.TrimRight(r.RDNS, ".")
	return r
}
