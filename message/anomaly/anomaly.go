// Package anomaly names what is odd about a message's form.
//
// Parsers never fail and never log: they note an anomaly and go on with the most tolerant reading. The filters
// filters/mime and filters/headers turn each anomaly into a documented, scored symbol.
package anomaly

// Kind is one oddity. The zero value is not a kind.
type Kind uint8

// Note is one anomaly that was seen, with how often and the first place's detail (printable, at most 200 bytes).
type Note struct {
	Kind   Kind
	Count  int
	Detail string
}

// Set collects anomalies of one message. The zero value is empty and ready. It is not safe for concurrent use: it is
// filled while a message is parsed and only read afterwards.
type Set struct {
	notes []Note
}

var _ = (*Set)(nil)
