package gateway

import (
	"context"

	"weir/message"
)

// Refusal is a negative answer before the data stage. nil means: go on.
type Refusal struct {
	Code     int    // 421, 451, 550, 554
	Enhanced string // "5.7.1"
	Text     string // one line, with the reference id
	Report   *Report
}

// Session is one client connection. Its methods are called by one goroutine.
type Session struct{}

// Open begins a session for a client and starts the connect-stage filters, which run while the client still talks.
func (g *Gateway) Open(ctx context.Context, c message.Client) *Session { panic("contract") }

// Replace sets another client (XCLIENT, XFORWARD, STARTTLS, authentication) and starts the connect stage afresh where
// the address changed.
func (s *Session) Replace(c message.Client) {}

// Connected waits for the connect stage and tells whether to refuse the connection. A front door may skip it.
func (s *Session) Connected(ctx context.Context) *Refusal { return nil }

// Helo notes the client's name.
func (s *Session) Helo(ctx context.Context, name string) *Refusal { return nil }

// Mail begins a transaction; from is without <>, "" the null sender. The snapshot of filters, rules and policies taken
// here serves the transaction to its end. A transaction that is not refused must be closed.
func (s *Session) Mail(ctx context.Context, from string) (*Transaction, *Refusal) { return nil, nil }

// Close ends the session and cancels what still runs.
func (s *Session) Close() {}

// Transaction is one mail on its way. Its methods are called by one goroutine.
type Transaction struct{}

// Envelope gives what is known so far. It must not be changed.
func (t *Transaction) Envelope() *message.Envelope { return nil }

// Rcpt adds a recipient (without <>) that the front door and the next hop accept.
func (t *Transaction) Rcpt(ctx context.Context, to string) *Refusal { return nil }

// Data judges the message. raw must stay unchanged until Close. It never fails: what could not be checked is in the
// report, and a decision is always made.
func (t *Transaction) Data(ctx context.Context, raw []byte) *Outcome { return nil }

// Close ends the transaction: final is called with the report (nil if no data came) just before it is logged, counted
// and shown to observers, so that the front door can add its delivery fields. Close may be called twice.
func (t *Transaction) Close() {}

// Outcome is the judgement of one message.
type Outcome struct {
	Report  *Report
	Message *message.Message
	Groups  []Group // by policy and edits; never empty, its recipients are those of the transaction
}

// Group is what to do for some of the recipients.
type Group struct {
	Decision scoringDecision
	Rcpts    []string
	Edits    []Edit
}

// Chunks gives the content to send on for a group: slices of the original bytes with the edits spliced in.
func (o *Outcome) Chunks(g *Group) [][]byte { return nil }
