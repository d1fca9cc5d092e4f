package bayes

import (
	"strings"

	"weir/message"
	"weir/message/address"
	"weir/message/header"
	"weir/message/link"
	"weir/message/received"
	"weir/scoring/bayes"
)

// lists are the fields that mailing lists and bulk mailers add, and how each is read.
var lists = map[string]readField{
	"list-id": (*reader).listID, "list-post": nil, "list-help": nil, "list-subscribe": nil, "list-unsubscribe": nil,
	"list-unsubscribe-post": nil, "list-archive": nil, "list-owner": nil, "precedence": (*reader).value,
	"sender": (*reader).sender, "errors-to": (*reader).sender, "resent-from": nil, "mailing-list": nil,
}

// maxRelays bounds how many hand-overs are looked at, those nearest to the author.
const maxRelays = 6

// route takes how a mail came: through which list, by which networks, how its relays named themselves.
func (r *reader) route(m *message.Message) {
	r.fields(m, lists, bayes.List)
	trail := m.Relays()
	for at := range min(len(trail), maxRelays) {
		r.relay(&trail[len(trail)-1-at], at)
	}
}

func (r *reader) listID(name hash, f *header.Field) {
	v := strings.TrimRight(f.Value(), "> ")
	v = v[strings.LastIndexByte(v, '<')+1:]
	v = v[:min(len(v), 100)]
	r.add(bayes.List, name.text(v), "list", v)
}

func (r *reader) sender(name hash, f *header.Field) {
	if list := address.ParseList(f.Value()); len(list) > 0 {
		r.add(bayes.List, name.text(list[0].Domain), f.Name, list[0].Domain)
	}
}

// relay takes one hand-over between hosts; at is how far it is from the author.
func (r *reader) relay(h *received.Relay, at int) {
	if h.Local || h.Private {
		return
	}
	about := seed.text("relay")
	far := about.number(min(at, 1))
	r.add(bayes.Relay, far.text(h.With), "with", h.With)
	r.add(bayes.Relay, far.text("named").number(greeting(h)), "how a relay named itself", "")
	if h.Name != "" {
		domain := link.RegisteredDomain(h.Name)
		r.add(bayes.Relay, about.text(domain), domain, "")
	}
	helo := link.RegisteredDomain(h.Helo)
	r.add(bayes.Relay, about.text(helo).byte('h'), "called itself", helo)
	r.network(about, h)
}

// network takes the network of a relay: /16 and /24, or /32 and /48.
func (r *reader) network(about hash, h *received.Relay) {
	if !h.Addr.IsValid() {
		return
	}
	b, narrow := h.Addr.AsSlice(), 3
	if len(b) == 16 {
		narrow = 6
	}
	net := about
	for i, c := range b[:narrow] {
		if net = net.byte(c); i == narrow*2/3-1 {
			r.add(bayes.Relay, net.byte('n'), "wider network of", h.Addr.String())
		}
	}
	r.add(bayes.Relay, net.byte('m'), "network of", h.Addr.String())
}

// greeting tells how the name that a relay gave goes with its address and its reverse name.
func greeting(h *received.Relay) int {
	n := 6
	switch {
	case h.Helo == "":
		n = 0
	case strings.EqualFold(h.Helo, h.Name):
		n = 1
	case h.Helo[0] == '[':
		n = 2
	case h.Helo[0] >= '0' && h.Helo[0] <= '9' && strings.Trim(h.Helo, "0123456789.") == "":
		n = 3
	case strings.IndexByte(h.Helo, '.') < 0:
		n = 4
	case h.Name != "" && strings.EqualFold(link.RegisteredDomain(h.Helo), link.RegisteredDomain(h.Name)):
		n = 5
	}
	if h.Name == "" {
		n += 8
	}
	if !h.Addr.IsValid() {
		n += 16
	}
	return n
}
