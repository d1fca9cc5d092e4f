// Package message is one mail as Weir sees it: its exact bytes, its envelope, and everything that filters ask of it
// (header, parts, text, HTML, links, relays), parsed once and within bounds.
//
// A Message grows by stage: connection, HELO, sender, recipients, then header and data together. Filters get it
// read-only. Parsing never fails: what is malformed is read in every way that a mail program might read it
// (invariant I3), and noted as an anomaly.
package message

import (
	"bytes"
	"net/netip"
	"sync"
	"time"

	"weir/message/address"
	"weir/message/anomaly"
	"weir/message/header"
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
	notes   sync.Once
	links   sync.Once
	relays  sync.Once
	text    sync.Once
	subject sync.Once
	author  sync.Once

	all     anomaly.Set
	found   link.Finder
	trail   received.Trail
	visible string
	subj    string
	from    address.Author
}

// New makes a message of which only the envelope is known. opts' zero value is fine.
func New(env Envelope, opts Options) *Message { return &Message{Envelope: env, opts: opts} }

// Load parses the data of the message. It never fails: whatever the bytes are, there is a header and a part tree
// afterwards. raw must not change as long as the message is used. Load is called once, before the message is shared.
func (m *Message) Load(raw []byte) {
	m.Raw = raw
	raw = header.Lines(raw, &m.Notes)
	h, body, other := header.ParseAll(raw, m.headerLimit(), &m.Notes)
	m.Header = h
	m.strip()
	m.checkWhole()
	src := part.Source{Raw: raw, Header: h, Body: body, Other: other}
	m.Root, m.parts = part.Split(src, m.opts.Limits, &m.Notes)
}

func (m *Message) headerLimit() int {
	if n := m.opts.Limits.HeaderBytes; n > 0 {
		return n
	}
	return part.DefaultLimits.HeaderBytes
}

// strip finds the fields that the gateway will remove.
func (m *Message) strip() {
	if m.opts.Strip == nil {
		return
	}
	for i := range m.Header.Fields {
		if m.opts.Strip(&m.Header.Fields[i]) {
			m.stripped = append(m.stripped, i)
		}
	}
}

// checkWhole notes what is odd about the message as a whole.
func (m *Message) checkWhole() {
	if bytes.IndexByte(m.Raw, 0) >= 0 {
		m.Notes.Add(anomaly.BodyNUL, "")
	}
	if m.Header.Get("Content-Type") != nil && m.Header.Get("MIME-Version") == nil {
		m.Notes.Add(anomaly.VersionMissing, "")
	}
}

// Parts lists the parts of all readings: the canonical ones first, in the order of the message, a multipart before
// its children; then those that only other readings have (Reading > 0). It must not be changed.
func (m *Message) Parts() []*part.Part { return m.parts }

// Stripped lists the fields, as indexes into Header.Fields, that the sender forged and that the gateway removes
// (Options.Strip). Filters and rules must not believe them: see Fields.
func (m *Message) Stripped() []int { return m.stripped }

// Anomalies lists all that is odd about the message's form: Notes, and what decoding each part shows. The first call
// decodes all parts.
func (m *Message) Anomalies() []anomaly.Note {
	m.lazy.notes.Do(func() {
		m.lazy.all.Merge(&m.Notes)
		m.checkWords(&m.lazy.all)
		m.checkLinks(&m.lazy.all)
		for _, p := range m.parts {
			m.lazy.all.Merge(p.Notes())
		}
	})
	return m.lazy.all.All()
}

// checkWords decodes the encoded words of the fields that people see.
func (m *Message) checkWords(notes *anomaly.Set) {
	for _, name := range [...]string{"Subject", "From", "To", "Cc", "Reply-To", "Sender"} {
		for f := range m.Fields(name) {
			_, flags := header.Words(f.Value())
			if flags&header.BadWord != 0 {
				notes.AddBytes(anomaly.EncodedWordBad, f.Raw)
			}
			if flags&header.ControlWord != 0 {
				notes.AddBytes(anomaly.EncodedWordControl, f.Raw)
			}
		}
	}
}
