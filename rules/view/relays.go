package view

import (
	"weir/rules/view/field"
	"weir/rules/view/relay"
)

type relaysKey struct{}

// Relays gives the relays that the mail came through, the nearest first: the client of the current connection where it is
// known, then those of the Received fields.
func (m *Mail) Relays() *relay.Path {
	return Once(m, relaysKey{}, func() *relay.Path {
		return relay.Build(relay.Mail{
			Received: m.Header().List(receivedField),
			Field:    m.lastField,
			Client:   m.client(),
			Own:      m.Message.Trusted(),
		}, m.Set.Relays())
	})
}

var receivedField = field.MustParse("Received")

// lastField gives the last field of a name.
func (m *Mail) lastField(name string) string {
	if list := m.List(name); len(list) > 0 {
		return list[len(list)-1]
	}
	return ""
}

// client gives the hand-over to us, which no field tells of; nil if it is not known.
func (m *Mail) client() *relay.Relay {
	e := &m.Message.Envelope
	if !e.Client.Addr.IsValid() {
		return nil
	}
	r := relay.Current(e.Client.Addr)
	r.RDNS, r.Helo, r.By, r.ID = e.Client.Name, e.Helo, e.Hostname, e.ID
	r.Sender, r.HasSender = e.From, e.HasFrom
	if e.Client.Auth != "" {
		r.Auth = "ESMTPA"
	}
	return r.Safe()
}
