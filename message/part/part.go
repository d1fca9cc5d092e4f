// Package part splits a message into its MIME parts (RFC 2045, 2046) and decodes them, tolerantly and within bounds.
//
// A message that mail programs read in different ways (two boundaries, two Content-Type fields, two encodings) is
// split in every one of these ways: reading 0 is the canonical one (what most programs do), the others add their parts
// with Reading > 0 so that every filter sees them. The canonical tree is built first, alternatives only from what is
// left of the limits, and only parts that are not there yet: an ambiguous message costs a multiple of a plain one, and
// never more than the limits.
package part

import (
	"sync"

	"weir/message/anomaly"
	"weir/message/header"
	"weir/message/html"
)

// Limits bound the work on one message. A zero field means the value of DefaultLimits.
type Limits struct {
	Depth       int   // nested multiparts and messages
	Parts       int   // parts of all readings together
	HeaderBytes int   // one header block
	Decoded     int64 // sum of decoded bodies and texts, bytes
}

// DefaultLimits are the shipped limits.
var DefaultLimits = Limits{Depth: 50, Parts: 1000, HeaderBytes: 1 << 20, Decoded: 128 << 20}

// orDefaults fills the fields that are zero.
func (l Limits) orDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = DefaultLimits.Depth
	}
	if l.Parts <= 0 {
		l.Parts = DefaultLimits.Parts
	}
	if l.HeaderBytes <= 0 {
		l.HeaderBytes = DefaultLimits.HeaderBytes
	}
	if l.Decoded <= 0 {
		l.Decoded = DefaultLimits.Decoded
	}
	return l
}

// Part is one node of a part tree. Its fields are set while splitting; its methods decode lazily, once, and may be
// called from many goroutines. Nothing of it may be changed.
type Part struct {
	Parent   *Part   // nil for the root, and for another reading of it
	Children []*Part // of the same reading, and what was taken out of the body (Embedded)
	Depth    int     // 0 for the root
	Reading  int     // 0 canonical, else the number of the alternative reading that has this part
	Header   header.Header
	Raw      []byte // the body as in the message, before decoding
	Start    int    // where header and body begin in Message.Raw
	End      int    // where they end there; 0: they stand nowhere in it, since they were decoded first

	Type        string // declared media type in lower case, "text/plain" if absent or unusable
	Charset     string // declared, lower case; "" none
	Encoding    string // declared transfer encoding in lower case, "7bit" if absent
	Disposition string // "attachment", "inline", ""
	FileName    string // decoded (RFC 2231, RFC 2047), from Content-Disposition or Content-Type; may hold hostile characters
	ContentID   string // without <>

	Embedded string // "" for a MIME part; "uuencode", "tnef", "yenc", "binhex", "smime": taken out of the parent's body

	Media header.Media // Content-Type with all readings of its parameters

	// Unscanned tells that a limit ended the work here: children, or the end of the body, are missing.
	// It is noted as an anomaly as well (invariant I3).
	Unscanned bool

	decoder
}

// decoder holds what is decoded when first asked for.
type decoder struct {
	limit  int  // raw bytes that may be decoded; below 0: none, see noLimit
	mode   mode // how to decode where Encoding alone doesn't tell
	noted  *anomaly.Set
	bodyDo sync.Once
	textDo sync.Once
	htmlDo sync.Once
	typeDo sync.Once

	body     []byte
	text     string
	doc      *html.Document
	detected string
}

// mode chooses among the ways in which programs decode one transfer encoding.
type mode uint8

const (
	asDeclared mode = iota
	ignorePads      // base64: padding in the middle is skipped, its bits run on
	decoded         // Raw is content already: an embedded file
)

// IsMultipart tells whether the declared type is a multipart.
func (p *Part) IsMultipart() bool { return hasPrefix(p.Type, "multipart/") }

// IsText tells whether the declared type is text.
func (p *Part) IsText() bool { return hasPrefix(p.Type, "text/") }

// IsMessage tells whether the part holds a message as its child.
func (p *Part) IsMessage() bool { return isMessageType(p.Type) }

// IsLeaf tells whether the part holds content of its own: it is no multipart and no message. A text with an embedded
// file is a leaf too.
func (p *Part) IsLeaf() bool { return !p.IsMultipart() && !p.IsMessage() }

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func isMessageType(t string) bool {
	return t == "message/rfc822" || t == "message/global" || t == "message/news" || t == "x-message/rfc822"
}
