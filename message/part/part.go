// Package part splits a message into its MIME parts (RFC 2045, 2046) and decodes them, tolerantly and within bounds.
//
// A message that mail programs read in different ways (two boundaries, two Content-Type fields, two encodings) is
// split in every one of these ways: reading 0 is the canonical one (what most programs do), the others add their parts
// with Reading > 0 so that every filter sees them.
package part

import "weir/message/header"

// Limits bound the work on one message. A zero field means the value of DefaultLimits.
type Limits struct {
	Depth       int   // nested multiparts and messages
	Parts       int   // parts of all readings together
	HeaderBytes int   // one header block
	Decoded     int64 // sum of decoded bodies and texts, bytes
}

// DefaultLimits are the shipped limits.
var DefaultLimits = Limits{Depth: 50, Parts: 1000, HeaderBytes: 1 << 20, Decoded: 128 << 20}

// Part is one node of a part tree. Its fields are set while splitting; its methods decode lazily, once, and may be
// called from many goroutines. Nothing of it may be changed.
type Part struct {
	Parent   *Part
	Children []*Part
	Depth    int // 0 for the root
	Reading  int // 0 canonical, else the number of the alternative reading that has this part
	Header   header.Header
	Raw      []byte // the body as in the message, before decoding

	Type        string // declared media type in lower case, "text/plain" if absent or unusable
	Charset     string // declared, lower case; "" none
	Encoding    string // declared transfer encoding in lower case, "7bit" if absent
	Disposition string // "attachment", "inline", ""
	FileName    string // decoded (RFC 2231, RFC 2047), from Content-Disposition or Content-Type; may hold hostile characters
	ContentID   string // without <>

	Embedded string // "" for a MIME part; "uuencode", "tnef", "yenc", "binhex": taken out of the parent's body

	decoder
}

type decoder struct{}
