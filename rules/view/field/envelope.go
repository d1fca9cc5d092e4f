package field

import (
	"strings"

	"weir/rules/ascii"
)

// Sender gives the envelope's sender without <>: what the gateway was told, else what the relay at the border of trust noted,
// else what a field says that the last server wrote, if nothing speaks against it. ok is false if nothing is known.
func (h *Header) Sender() (address string, ok bool) {
	if !h.knows {
		h.knows = true
		h.sender, h.hasSender = h.findSender()
	}
	return h.sender, h.hasSender
}

func (h *Header) findSender() (string, bool) {
	if h.m.HasFrom {
		return h.m.Envelope.From, true
	}
	if h.opts.SenderHeader != "" {
		return h.configuredSender()
	}
	if path := h.path(); path != nil {
		if s, ok := path.Sender(); ok && (s == "" || strings.IndexByte(s, '@') > 0) {
			return s, true
		}
	}
	if h.guessed() {
		return "", false
	}
	for i, t := range notedIn {
		list := h.List(t)
		if len(list) == 0 {
			continue
		}
		if !h.belowReceived(t) {
			return list[0], true
		}
		if i == 0 {
			return "", false
		}
	}
	return "", false
}

// notedIn are the fields that servers write the sender into, the most telling first.
var notedIn = []*Target{MustParse("X-Envelope-From:first:addr"), MustParse("Envelope-Sender:first:addr"), MustParse("Return-Path:first:addr")}

func (h *Header) configuredSender() (string, bool) {
	t, err := Parse(h.opts.SenderHeader + ":first:addr")
	if err != nil {
		return "", false
	}
	list := h.List(t)
	if len(list) == 0 || list[0] != "" && strings.IndexByte(list[0], '@') <= 0 {
		return "", false
	}
	return list[0], true
}

var (
	listSender = MustParse("X-Sender:first:addr")
	received   = MustParse("Received")
)

// guessed tells whether fetchmail took a list's X-Sender for the sender, which it does.
func (h *Header) guessed() bool {
	if s := h.List(listSender); len(s) == 0 || strings.IndexByte(s[0], '@') < 0 {
		return false
	}
	for _, r := range h.List(received) {
		if strings.Contains(r, "(fetchmail") {
			return true
		}
	}
	return false
}

// belowReceived tells whether a Received field stands above one of a target's fields: then a relay may have written it.
func (h *Header) belowReceived(t *Target) bool {
	seen := false
	for i := range h.fields {
		f := &h.fields[i]
		if seen && f.hash == t.hash && ascii.EqualFold(f.Name, t.name) {
			return true
		}
		seen = seen || f.hash == received.hash && ascii.EqualFold(f.Name, received.name)
	}
	return false
}
