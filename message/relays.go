package message

import "weir/message/received"

// Relays is the way that the message took, the nearest hand-over first: the current connection where its client is
// known, then the Received fields. Trusted tells which of them can be believed. It must not be changed.
func (m *Message) Relays() received.Trail {
	m.lazy.relays.Do(func() { m.lazy.trail = received.Build(m.traces(), m.caller(), m.opts.Trusted) })
	return m.lazy.trail
}

// traces lists the Received fields.
func (m *Message) traces() []received.Value {
	list := make([]received.Value, 0, 8)
	for i, f := range m.Header.All("Received") {
		if !m.IsStripped(i) {
			list = append(list, received.Value{Field: i, Text: f.Value()})
		}
	}
	return list
}

// caller is the client of the current connection, as package received wants it.
func (m *Message) caller() received.Client {
	c := &m.Envelope.Client
	return received.Client{
		Addr: c.Addr, Name: c.Name, Helo: m.Helo, Hostname: m.Hostname, Time: m.Time, Auth: c.Auth != "",
	}
}
