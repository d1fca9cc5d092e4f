package relay

import (
	"net/netip"

	"weir/rules/view/ip"
)

// Mail is what Build looks at.
type Mail struct {
	Received []string                 // values of the Received fields from the top, folded or not
	Field    func(name string) string // the last field of a name, "" there is none; for originating_ip_headers. nil: none
	Client   *Relay                   // the client of the current connection; nil: not known, as in the scan of a file
	Own      []netip.Prefix           // networks that the gateway trusts
}

// Bounds on the work for one mail. Servers refuse mail after a hundred hops and fewer.
const (
	maxRelays = 200
	maxWork   = 400_000 // steps of the matcher
)

// Build finds the relays of a mail.
//
// The client of the current connection, where it is known, is the first of them. Networks decide who is trusted; where none
// are given, relays are trusted as long as they took the mail from a private address, or from a client that authenticated.
func Build(m Mail, s *Settings) *Path {
	b := builder{Path: &Path{LastTrusted: -1, LastInternal: -1}, borders: s.borders(m.Own), trust: true, inside: true, markers: true}
	if m.Client != nil && m.written() {
		m.Client = nil
	}
	if m.Client != nil {
		b.add(*m.Client)
	}
	work := 0
	for i, value := range m.Received {
		if i >= maxRelays || work > maxWork {
			b.Unreadable++
			b.count()
			continue
		}
		work += b.line(value)
	}
	for _, name := range s.Originating {
		if m.Field == nil {
			break
		}
		if a, at := ip.Find(m.Field(name)); at >= 0 {
			b.line("from X-Originating-IP: " + a)
		}
	}
	if m.Client != nil {
		b.LastTrusted--
		b.LastInternal--
	}
	return b.Path
}

// written tells whether the top field tells of the current connection already: who asks by spamc has written it before.
func (m *Mail) written() bool {
	if len(m.Received) == 0 {
		return false
	}
	l := line{}
	l.s = clean(m.Received[0])
	if l.parse() != handed {
		return false
	}
	l.tidy()
	return l.IP == m.Client.IP
}

// builder divides relays.
type builder struct {
	*Path
	borders
	trust   bool // all servers so far are trusted
	inside  bool // all servers so far are own ones
	msa     bool // a submission server was found: what is below is trusted
	markers bool // a note that the mail was fetched is believed

	scanner string // the sender for the next line
	scans   bool
}

// line reads a Received field and tells how much work that was.
func (b *builder) line(value string) int {
	sender, has := b.scanner, b.scans
	b.scanner, b.scans = "", false
	r, o, work := b.read(value)
	switch o {
	case unread:
		b.Unreadable++
		b.count()
	case fetched:
		if b.markers {
			b.Trusted, b.Internal, b.External = nil, nil, nil
		}
		b.count()
	case ignored:
		b.count()
	default:
		if has && sender != "" {
			r.Sender, r.HasSender = sender, true
		}
		b.add(r)
	}
	return work
}

func (b *builder) read(value string) (Relay, outcome, int) {
	l := line{}
	l.s = clean(value)
	o := l.parse()
	if o == handed {
		l.tidy()
	}
	b.scanner, b.scans = l.scanner, l.scans
	return l.Relay, o, l.steps
}

// count counts a field that gives no relay.
func (b *builder) count() {
	if b.trust {
		b.LastTrusted++
	}
	if b.inside {
		b.LastInternal++
	}
}

// add decides who trusts a relay.
func (b *builder) add(r Relay) {
	if b.trust && !b.msa {
		b.judge(&r)
	}
	r.Internal = b.inside
	if b.trust {
		b.Trusted = append(b.Trusted, r)
		b.LastTrusted++
	} else {
		b.Untrusted = append(b.Untrusted, r)
	}
	b.markers = b.trust
	if b.inside {
		b.Internal = append(b.Internal, r)
		b.LastInternal++
	} else {
		b.External = append(b.External, r)
	}
}

func (b *builder) judge(r *Relay) {
	switch {
	case !b.given:
		if !r.Private && r.Auth == "" {
			b.trust, b.inside = false, false
		}
	case r.Auth == "" && !contains(b.trusted, r.IP, true):
		b.trust, b.inside = false, false
	default:
		if r.Auth == "" && !contains(b.internal, r.IP, true) {
			b.inside = false
		}
		if contains(b.borders.msa, r.IP, false) {
			b.msa, r.MSA = true, true
		}
	}
}
