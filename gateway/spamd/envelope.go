package spamd

import (
	"net/netip"
	"strings"

	"weir/message"
	"weir/message/address"
	"weir/message/header"
	"weir/message/received"
)

// envelope is what the request tells of the mail's way here: with RSPAMC nearly all, with SPAMC a recipient at most.
func (t *talk) envelope(r *request, raw []byte) *message.Envelope {
	env := &r.Envelope
	if !r.rspamc {
		if to := t.cfg.recipient(r.user); to != "" {
			env.Rcpts = []string{to}
		}
	}
	if t.cfg.Received && !r.rspamc {
		fromReceived(env, raw, t.s.gateway.Settings().Trusted)
	}
	return env
}

// recipient is the one that a User names; "" none. Clients that run for the whole system say "nobody".
func (c *Config) recipient(user string) string {
	local, domain, ok := strings.Cut(user, "@")
	switch {
	case user == "" || len(user) > 320 || strings.ContainsAny(user, " <>") || local == "":
		return ""
	case ok && domain != "":
		return user
	case !ok && c.UserDomain != "" && user != "nobody":
		return address.Mailbox(user + "@" + c.UserDomain)
	}
	return ""
}

// headerSize bounds what is read to find the client.
const headerSize = 256 << 10

// fromReceived takes the client from the field of the last relay that is believed. Mail of this machine, and of a user who
// has logged in, has none.
func fromReceived(env *message.Envelope, raw []byte, trusted []netip.Prefix) {
	h, _ := header.Parse(raw, headerSize, nil)
	var fields []received.Value
	for i, f := range h.All("Received") {
		fields = append(fields, received.Value{Text: f.Value(), Field: i})
	}
	relay, ok := received.Build(fields, received.Client{}, trusted).Border()
	if !ok || relay.Auth || relay.Local || !relay.Addr.IsValid() || relay.Addr.IsLoopback() {
		return
	}
	env.Client.Addr, env.Client.Name, env.Helo = relay.Addr, relay.Name, relay.Helo
}
