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
		fromTrace(env, raw, t.s.gateway.Settings().Trusted)
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

// headerSize bounds what is read to find client and sender.
const headerSize = 256 << 10

// fromTrace takes client and sender from the fields that our own server wrote: those from the top to the first Received, and
// the Received fields that are believed. What stands below may be the sender's invention.
func fromTrace(env *message.Envelope, raw []byte, trusted []netip.Prefix) {
	h, _ := header.Parse(raw, headerSize, nil)
	var fields []received.Value
	for i, f := range h.All("Received") {
		fields = append(fields, received.Value{Text: f.Value(), Field: i})
	}
	if len(fields) == 0 {
		return
	}
	for i := range h.Fields[:fields[0].Field] {
		fromField(env, &h.Fields[i])
	}
	relay, ok := received.Build(fields, received.Client{}, trusted).Border()
	if !ok || relay.Auth || relay.Local || !relay.Addr.IsValid() || relay.Addr.IsLoopback() {
		return // mail of this machine, and of a user who has logged in, has no client
	}
	env.Client.Addr, env.Client.Name, env.Helo = relay.Addr, strings.Clone(relay.Name), strings.Clone(relay.Helo)
}

// fromField looks whether a field tells the sender, as Exim's spam condition and delivery programs write it.
func fromField(env *message.Envelope, f *header.Field) {
	if env.HasFrom || !strings.EqualFold(f.Name, "X-Envelope-From") && !strings.EqualFold(f.Name, "Return-Path") {
		return
	}
	if value := strings.TrimSpace(f.Value()); strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">") {
		env.HasFrom, env.From = true, strings.Clone(path(value)) // the report keeps it
	}
}
