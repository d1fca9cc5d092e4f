// Package message is one mail as Weir sees it: its exact bytes, its envelope, and everything that filters ask of it
// (header, parts, text, HTML, links, relays), parsed once and within bounds.
//
// A Message grows by stage: connection, HELO, sender, recipients, then header and data together. Filters get it
// read-only. Parsing never fails: what is malformed is read in every way that a mail program might read it
// (invariant I3), and noted as an anomaly.
package message

import (
	"net/netip"
	"sync"
	"time"

	"weir/message/anomaly"
	"weir/message/header"
	"weir/message/html"
	"weir/message/link"
	"weir/message/part"
	"weir/message/received"
)

// Client is who is at the other end of the connection. Known from the connect stage.
type Client struct {
	Addr    netip.Addr // zero: unknown, as in a scan of a file without --ip, or a local pipe
	Port    uint16     // 0: unknown
	Name    string     // reverse name as the MTA gave it (XCLIENT, XFORWARD, milter), "" unknown; never verified by us
	TLS     string     // "TLSv1.3"; "" without TLS
	Cipher  string     // "TLS_AES_128_GCM_SHA256"; "" without TLS
	Auth    string     // login of an authenticated user; "" none
	Trusted bool       // Addr is in trusted_networks
}

// Envelope is all that is known of a mail before its content.
type Envelope struct {
	ID       string    // Weir's id of this message: the same in reply, log, header and report
	Time     time.Time // when the transaction began, by the gateway's clock
	Hostname string    // our own name, as greeted and as used for authserv-id
	Client   Client    // connect stage
	Helo     string    // HELO stage; as given, "" unknown
	HasFrom  bool      // sender stage; false: no sender known (a scan without --from)
	From     string    // sender stage; reverse-path without <>; "" with HasFrom is the null sender
	Rcpts    []string  // recipient stage; forward-paths without <>, those accepted so far
	Outgoing bool      // from an authenticated user or a trusted network: policy "outgoing"
}

// Options bound and steer parsing; the zero value means DefaultLimits, nothing trusted and no strip list.
type Options struct {
	Limits  part.Limits
	Trusted []netip.Prefix // relays whose Received fields are believed
	// Strip tells whether a field is one of ours, forged by the sender, that the gateway removes (X-Spam-*,
	// Authentication-Results with our authserv-id). Filters and rules do not see such fields. nil: none is.
	Strip func(f *header.Field) bool
}

// Message is one mail. Its methods may be called from many goroutines once Load has returned; results are shared
// and must not be changed.
type Message struct {
	Envelope

	Raw    []byte        // data stage: the exact bytes, line ends as they go to the next hop
	Header header.Header // data stage: the top header, in order; see Stripped
	Root   *part.Part    // data stage: the canonical reading's part tree; never nil after Load
	Notes  anomaly.Set   // data stage: what is odd about header and parts

	opts     Options
	parts    []*part.Part
	stripped []int
	lazy     lazy
}

// lazy holds the views that are made when first asked for.
type lazy struct {
	links  sync.Once
	relays sync.Once
	linkv  []link.Link
	trail  received.Trail
	_      *html.Document
}
