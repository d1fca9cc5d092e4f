package message

import (
	"net/netip"

	"weir/message/received"
)

// Relays lists the relays that handed the mail on, by the Received fields, the nearest first; the client of the current
// connection, where it is known, comes before them all. It must not be changed.
func (m *Message) Relays() received.Trail {
	m.lazy.relays.Do(func() {
		var fields []received.Value
		for i, f := range m.Header.All("Received") {
			if !m.IsStripped(i) {
				fields = append(fields, received.Value{Text: f.Value(), Field: i})
			}
		}
		m.lazy.trail = received.Build(fields, m.client(), m.opts.Trusted)
	})
	return m.lazy.trail
}

// Trusted lists the networks whose relays are believed (Options.Trusted). It must not be changed.
func (m *Message) Trusted() []netip.Prefix { return m.opts.Trusted }

// client is the envelope's client as package received wants it.
func (m *Message) client() received.Client {
	c := m.Envelope.Client
	return received.Client{Addr: c.Addr, Name: c.Name, Helo: m.Helo, Hostname: m.Hostname, Time: m.Time, Auth: c.Auth != ""}
}
