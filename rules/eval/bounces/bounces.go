// Package bounces tells bounces of our own mail from those of mail that others sent in our name.
//
// A bounce brings the header of what could not be delivered. If one of our relays (welcomelist_bounce_relays) stands in its
// Received fields, the mail was ours.
package bounces

import (
	"bytes"
	"errors"
	"strings"

	"weir/rules/ascii"
	"weir/rules/eval"
	"weir/rules/eval/addresses"
	"weir/rules/eval/args"
	"weir/rules/view"
)

// Room is the family of functions. Make it with New.
type Room struct{ relays addresses.List }

// New makes a room that knows no relay.
func New() *Room { return &Room{} }

// Plugins implements eval.Room.
func (r *Room) Plugins() []string { return []string{"VBounce"} }

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	if key != "welcomelist_bounce_relays" && key != "whitelist_bounce_relays" {
		return false, nil
	}
	words := strings.Fields(value)
	if len(words) == 0 {
		return true, errors.New("no host; name the relays that your mail leaves through, such as mail*.example.org")
	}
	r.relays.Add(words...)
	return true, nil
}

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	switch c.Name {
	case "have_any_bounce_relays":
		return func(*view.Mail) int { return args.Yes(!r.relays.Empty()) }, nil
	case "check_welcomelist_bounce_relays", "check_whitelist_bounce_relays":
		return func(m *view.Mail) int { return args.Yes(!r.relays.Empty() && (r.inText(m) || r.inBody(m))) }, nil
	}
	return nil, eval.ErrUnknown
}

// inText looks for our relays in paragraphs that are Received fields.
func (r *Room) inText(m *view.Mail) bool {
	for _, p := range m.Body() {
		if line := []byte(p); received(line) && r.named(line, ' ') {
			return true
		}
	}
	return false
}

// received tells whether a line begins a Received field, be it quoted.
func received(line []byte) bool {
	line = bytes.TrimLeft(line, "> ")
	return len(line) >= 9 && bytes.EqualFold(line[:9], []byte("received:"))
}

// inBody looks for our relays in the Received fields of the bodies as they came, with the lines that continue them.
func (r *Room) inBody(m *view.Mail) bool {
	body := bodyOf(m)
	in, begun := false, false
	var field []byte
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		body = rest
		switch {
		case len(line) > 0 && ascii.Space(line[0]) && begun && !received(line):
			if !in || len(field) > maxField {
				continue
			}
			field = append(field, line...)
		default:
			if in = received(line); !in {
				continue
			}
			begun = true
			field = append(field[:0], line...)
		}
		if r.named(field, 0) {
			return true
		}
	}
	return false
}

// maxField bounds a Received field with the lines that continue it, in bytes.
const maxField = 16 << 10

// named tells whether a word of a line is one of our relays. A word has white space, or just the byte, on both its sides,
// and a dot within. Two words don't share it: after a word that is looked at, the next but one may be the next to be.
func (r *Room) named(line []byte, only byte) bool {
	sep := func(c byte) bool { return c == only || only == 0 && ascii.Space(c) }
	for i := 0; i < len(line); {
		if !sep(line[i]) {
			i++
			continue
		}
		start := i + 1
		end := start
		for end < len(line) && !ascii.Space(line[end]) {
			end++
		}
		if word := line[start:end]; end < len(line) && sep(line[end]) && dotWithin(word) {
			if r.relays.Find(string(word)) != "" {
				return true
			}
			end++
		}
		i = max(end, i+1)
	}
	return false
}

func dotWithin(word []byte) bool {
	return len(word) > 2 && bytes.IndexByte(word[1:len(word)-1], '.') >= 0
}

// bodyOf gives the message's body as it came.
func bodyOf(m *view.Mail) []byte {
	if i := m.Header().Body(); i >= 0 && i <= len(m.Message.Raw) {
		return m.Message.Raw[i:]
	}
	return nil
}
