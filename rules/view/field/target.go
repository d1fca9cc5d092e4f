package field

import (
	"fmt"
	"strings"
)

// Target is what a header rule looks at, ready to be looked up. It is made by Parse and may be used by many goroutines.
type Target struct {
	text   string // as written
	name   string // lower case name of a field
	hash   uint32
	source source
	which  which
	forms  forms
}

// source tells where a target's values come from.
type source uint8

const (
	plain source = iota // the fields of a name
	all
	section // the fields above or below a border of trust
	relays
	toCc
	messageID
	envelopeFrom
	derived // x-senderdomain, x-authordomain: where no such field is there
)

// which of several fields is looked at.
type which uint8

const (
	every which = iota
	first
	last
)

// forms are the parts of a value that are looked at.
type forms uint8

const (
	raw    forms = 1 << iota // as it came
	addr                     // its addresses
	phrase                   // the names beside its addresses
	host                     // its first host
	domain                   // the registered domain of that
	number                   // its first IP address
	revip                    // the same backwards, as DNS lists want it
)

var modifiers = map[string]forms{"raw": raw, "addr": addr, "name": phrase, "host": host, "domain": host | domain, "ip": number, "revip": number | revip}

// sources are the names that are no fields. Those in capitals are so written.
var sources = map[string]source{"ALL": all, "ALL-TRUSTED": section, "ALL-UNTRUSTED": section, "ALL-INTERNAL": section, "ALL-EXTERNAL": section,
	"MESSAGEID": messageID, "tocc": toCc, "envelopefrom": envelopeFrom, "x-senderdomain": derived, "x-authordomain": derived,
	"x-spam-relays-trusted": relays, "x-spam-relays-untrusted": relays, "x-spam-relays-internal": relays, "x-spam-relays-external": relays}

// Parse reads a target: a name, and modifiers each behind a colon. The error says what is wrong with it, for an admin.
func Parse(text string) (*Target, error) {
	parts := strings.Split(text, ":")
	t := &Target{text: text, name: parts[0]}
	if t.name == "" || strings.ContainsAny(t.name, " \t") {
		return nil, fmt.Errorf("%q is no name of a field", text)
	}
	for _, m := range parts[1:] {
		switch f, ok := modifiers[m]; {
		case ok:
			t.forms |= f
		case m == "first" && t.which == every:
			t.which = first
		case m == "first", m == "last" && t.which == last, m == "": // a colon behind the name is harmless
		case m == "last" && t.which == every:
			t.which = last
		case m == "last": // the first one wins
		default:
			return nil, fmt.Errorf("unknown modifier :%s", m)
		}
	}
	t.find()
	return t, nil
}

// MustParse is Parse for targets that are written in Go.
func MustParse(text string) *Target {
	t, err := Parse(text)
	if err != nil {
		panic("field: " + err.Error())
	}
	return t
}

// find tells what the name stands for.
func (t *Target) find() {
	if t.source = sources[t.name]; t.source == plain {
		t.name = strings.ToLower(t.name)
		t.source = sources[t.name]
	}
	t.hash = hashOf(t.name)
}

// String gives the target as it was written.
func (t *Target) String() string { return t.text }

// Same tells whether two targets give the same value.
func (t *Target) Same(o *Target) bool {
	return t.name == o.name && t.source == o.source && t.which == o.which && t.forms == o.forms
}

// Part tells whether the target is a part of a field's value, such as an address, and not the whole of it.
func (t *Target) Part() bool { return t.forms&^raw != 0 }
