// Package field reads the header of a mail as rules in SpamAssassin's language name it: From:addr, Subject:raw, ToCc, ALL.
//
// Such a name is a Target. It is parsed once, when rules are loaded; each mail then gives its value. Header knows the
// fields as SpamAssassin splits them (Message.pm: an odd line does not end a header, the fourth does), decodes each when
// it is first asked for, and keeps what it decoded. Fields that the gateway takes out are not there. Where other programs
// would read more fields than SpamAssassin, those come behind its own.
//
// A value that rules see ends in a line end for each field; addresses, hosts and the like have one between them.
package field

import (
	"weir/message"
	"weir/rules/ascii"
	"weir/rules/view/alias"
	"weir/rules/view/relay"
)

// Bounds, which are SpamAssassin's: they change what hits.
const (
	maxName  = 256   // bytes of a field's name
	maxValue = 8192  // bytes of a field's value
	maxAll   = 65536 // bytes of all fields together, for ALL
)

// maxHeader bounds what is split into fields, in bytes: else a hostile header would weigh many times its size.
const maxHeader = 1 << 20

// Field is one header field.
type Field struct {
	Name string // in the sender's case

	raw  []byte // the value with its line ends, from the colon on
	text []byte // the value decoded; see done
	hash uint32 // of the name in lower case
	at   int32  // where the field begins in the message; -1: only the message package sees it
	done bool   // text is made
}

// Registry tells what is a domain that somebody can register.
type Registry interface {
	// Known tells whether a label, in any case, is a top level domain.
	Known(label string) bool
	// Trim gives the registered domain of a host, or the host itself if it has none.
	Trim(host string) string
}

// Options say what the header alone does not. The zero value is fine.
type Options struct {
	Registry     Registry           // nil: the public suffix list
	Relays       func() *relay.Path // nil: nothing is known of relays
	SenderHeader string             // the field that holds the envelope's sender (envelope_sender_header); "" not set
}

// Header is the top header of a mail.
type Header struct {
	m         *message.Message
	opts      Options
	fields    []Field
	index     map[string][]int32 // by name in lower case; only where there are many
	head      []byte             // the block of fields as it came
	body      int
	crlf      bool
	open      bool
	lost      bool // there is no header: too many lines that are no field come before any that is one
	truncated bool

	sender    string
	hasSender bool
	knows     bool // sender is worked out
	memo      map[string][]string
}

// many is the number of fields from which on they are looked up in a map.
const many = 64

// New reads the header of a message.
func New(m *message.Message, opts Options) *Header {
	h := &Header{m: m, opts: opts}
	if h.opts.Registry == nil {
		h.opts.Registry = suffixes{}
	}
	h.split(m.Raw)
	h.reconcile()
	if len(h.fields) > many {
		h.index = map[string][]int32{}
		for i := range h.fields {
			name := string(appendLower(nil, h.fields[i].Name))
			h.index[name] = append(h.index[name], int32(i))
		}
	}
	return h
}

// Body is the index of the body's first byte in the message as SpamAssassin sees it.
func (h *Header) Body() int { return h.body }

// Unended tells whether the body begins without an empty line before it.
func (h *Header) Unended() bool { return h.open }

// Truncated tells whether a name or a value was cut, or the whole was for ALL.
func (h *Header) Truncated() bool { return h.truncated }

// CRLF tells whether the message's lines end in CRLF: by its first line and its last one.
func (h *Header) CRLF() bool { return h.crlf }

// Fields gives all fields in order. They must not be changed.
func (h *Header) Fields() []Field { return h.fields }

// reconcile leaves out what the gateway takes out, and adds the fields that only the message package sees.
//
// A message that begins with more odd lines than a header may have, such as an SMTP session, has no header, and none is
// looked for in its text. Behind a field, such as the one that the gateway writes, odd lines hide nothing.
//
// QUIRK: a file whose lines end in CR alone has no lines for SpamAssassin, and rules see it so. By SMTP no such mail comes.
func (h *Header) reconcile() {
	own, at, extra := h.fields, 0, []Field(nil)
	for i := range h.m.Header.Fields {
		f := &h.m.Header.Fields[i]
		if f.Name == "" {
			continue
		}
		place := alias.Offset(h.m.Raw, f.Raw)
		if place < 0 {
			return
		}
		for at < len(own) && int(own[at].at) < place {
			at++
		}
		same := at < len(own) && int(own[at].at) == place
		switch {
		case h.m.IsStripped(i) && same:
			own[at].Name, own[at].hash = "", 0
		case h.m.IsStripped(i), h.lost && place >= h.body:
		case !same || !ascii.EqualFold(own[at].Name, f.Name):
			extra = append(extra, h.field(f.Name, f.Raw[f.Colon+1:], -1))
		}
	}
	if len(h.m.Stripped()) > 0 {
		own = keepNamed(own)
	}
	h.fields = append(own, extra...)
}

func keepNamed(fields []Field) []Field {
	kept := fields[:0]
	for _, f := range fields {
		if f.Name != "" || f.hash != 0 {
			kept = append(kept, f)
		}
	}
	return kept
}

// field makes a field of its name and of what follows the colon.
func (h *Header) field(name string, value []byte, at int) Field {
	if len(name) > maxName {
		name, h.truncated = name[:maxName], true
	}
	f := Field{Name: name, raw: value, hash: hashOf(name), at: int32(at)}
	if len(value) > maxValue {
		f.raw, h.truncated = h.cut(value), true
	}
	return f
}

// cut gives the first bytes of a value, with LF at the end of its lines.
func (h *Header) cut(value []byte) []byte {
	out := appendUnix(make([]byte, 0, maxValue), value[:min(len(value), 2*maxValue)])
	return out[:min(len(out), maxValue)]
}

// hashOf is FNV-1a of a name in lower case; never 0.
func hashOf(name string) uint32 {
	n := uint32(2166136261)
	for i := range len(name) {
		n = (n ^ uint32(ascii.Lower(name[i]))) * 16777619
	}
	return n | 1<<31
}

func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = append(dst, ascii.Lower(s[i]))
	}
	return dst
}
