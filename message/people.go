package message

import "weir/message/address"

// Author tells who a reader takes for the sender: the addresses of all From fields, however they are written.
func (m *Message) Author() address.Author {
	m.lazy.author.Do(func() {
		var values []string
		for f := range m.Fields("From") {
			values = append(values, f.Value())
		}
		m.lazy.from = address.FindAuthor(values)
	})
	return m.lazy.from
}

// From lists the addresses of the From fields as RFC 5322 reads them. Author is the wary view.
func (m *Message) From() []address.Address { return m.addresses("From") }

// To lists the addresses of the To fields.
func (m *Message) To() []address.Address { return m.addresses("To") }

// Cc lists the addresses of the Cc fields.
func (m *Message) Cc() []address.Address { return m.addresses("Cc") }

// ReplyTo lists the addresses of the Reply-To fields.
func (m *Message) ReplyTo() []address.Address { return m.addresses("Reply-To") }

// Sender lists the addresses of the Sender fields: one in a proper message.
func (m *Message) Sender() []address.Address { return m.addresses("Sender") }

// addresses parses all fields of a name that are not stripped.
func (m *Message) addresses(name string) []address.Address {
	var all []address.Address
	for f := range m.Fields(name) {
		all = append(all, address.ParseList(f.Value())...)
	}
	return all
}
