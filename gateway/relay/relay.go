// Package relay hands mail to the next hop: an SMTP or LMTP server, or the embedded Maildir.
//
// There is no queue. One incoming transaction is one Delivery to exactly one Hop, and the next hop's answer is the
// client's answer (invariant I1).
package relay

import (
	"context"

	"weir/message"
)

// Reply is an SMTP reply: from the next hop, or made by us where it can't be asked.
type Reply struct {
	Code     int    // 250, 451, …
	Enhanced string // "2.1.5"; "" none
	Text     string // one line or several separated by \n, printable, without code
	Local    bool   // made by us: the next hop gave none (down, broken, timed out)
}

// OK tells whether the reply is 2xx.
func (r Reply) OK() bool { return r.Code/100 == 2 }

// Temporary tells whether the reply is 4xx.
func (r Reply) Temporary() bool { return r.Code/100 == 4 }

// Caps is what a next hop offers, as far as we pass it on to clients.
type Caps struct {
	Sized      bool  // SIZE is offered
	Size       int64 // the limit given with it, in bytes; 0: none
	EightBit   bool
	SMTPUTF8   bool
	DSN        bool
	BinaryMIME bool
	XCLIENT    []string // attributes offered; nil none
	XFORWARD   []string
}

// Params are the ESMTP parameters of MAIL that go on to the next hop.
type MailParams struct {
	Body     string // "", "7BIT", "8BITMIME"
	SMTPUTF8 bool
	Ret      string // DSN RET: "", "FULL", "HDRS"
	EnvID    string // DSN ENVID, xtext as received
	Size     int64  // 0 unknown
}

// RcptParams are the ESMTP parameters of RCPT that go on to the next hop.
type RcptParams struct {
	Notify string // DSN NOTIFY as received, checked
	ORcpt  string // DSN ORCPT as received, checked
}

// Hop is one place where mail goes. It is safe for use by many goroutines.
type Hop interface {
	// Name identifies the hop in logs and metrics: "127.0.0.1:25", "maildir:weir-data/Maildir".
	Name() string
	// Caps tells what the hop offered last, asking it when nothing is known yet or what is known is stale.
	Caps(ctx context.Context) (Caps, error)
	// Begin starts a transaction. Nothing needs to be sent before the first Rcpt. A Reply that is not OK refuses.
	Begin(ctx context.Context, env *message.Envelope, p MailParams) (Delivery, Reply)
	// Ready tells whether the hop answers now (its breaker is closed); it is asked by /ready.
	Ready() bool
	Close() error
}

// Delivery is one transaction with a hop, used by one goroutine.
type Delivery interface {
	// Rcpt asks for one recipient.
	Rcpt(ctx context.Context, to string, p RcptParams) Reply
	// Send transmits the content, the concatenation of chunks (CRLF line ends, not dot-stuffed), to the recipients
	// in to, a subset of those accepted. before runs just before the final dot is sent (W1 ends): an error from it
	// aborts without the dot. It returns one reply for each of to (equal ones where the hop speaks SMTP).
	// A Delivery can Send again to other recipients with other content: the transaction is then begun anew.
	Send(ctx context.Context, to []string, chunks [][]byte, before func() error) []Reply
	// Abort ends the transaction without delivering; it may be called at any time, also after Send.
	Abort()
}
