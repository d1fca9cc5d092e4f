package smtp

import (
	"context"
	"time"

	"weir/gateway"
	"weir/gateway/relay"
	"weir/message"
)

// Router tells where mail goes; relay.Router is one.
type Router interface {
	// Lookup finds the next hop of a recipient's domain ("" for <postmaster>). false: mail for it is not relayed.
	Lookup(domain string) (*relay.Route, bool)
	// Hops lists all next hops, so that only what all of them offer is offered.
	Hops() []relay.Hop
}

// Quarantine keeps mail for a person to look at. It has it safely on disk when Store returns (invariant I1).
type Quarantine interface {
	Store(r *gateway.Report, env *message.Envelope, rcpts []string, chunks [][]byte) (id string, err error)
}

// Ledger remembers for a day which recipients have had a message whose client was told to come again, so that nobody
// gets it twice.
type Ledger interface {
	Empty() bool // nothing is remembered: the digest need not be made
	Seen(digest [32]byte, rcpt string) bool
	Add(digest [32]byte, rcpts []string)
}

// Watcher is told what happens at the front door, for metrics and logs. Its methods are called from many goroutines
// and must not block.
type Watcher interface {
	Refused(why Refusal, ip string)  // a client was turned away or cut off
	Window3(d time.Duration)         // between the next hop's answer and ours (CASES "Double delivery", W3)
	Vanished(before bool, id string) // the client was gone before the dot (nothing delivered), or after it
}

// Refusal is why a client was turned away or cut off: a label for metrics.
type Refusal string

// The reasons.
const (
	TooMany      Refusal = "connections"        // max_connections
	TooManyHere  Refusal = "client_connections" // max_connections_per_client
	TooFast      Refusal = "client_rate"        // max_rate_per_client
	EarlyTalker  Refusal = "early_talker"       // talked before the greeting
	Pipelining   Refusal = "pipelining"         // sent ahead where it must wait
	BareLineEnd  Refusal = "bare_line_end"      // bare CR or LF in a message
	TooManyWrong Refusal = "errors"             // max_errors or max_junk
	TooSlow      Refusal = "slow"               // a timeout or the minimum rate
	BadProxy     Refusal = "proxy"              // no PROXY header, or a bad one
	LongCommand  Refusal = "long_command"       // max_command
	NoTLS        Refusal = "tls"                // the TLS handshake failed
	ByPolicy     Refusal = "policy"             // the gateway refused the connection
	SpoolFull    Refusal = "spool"              // the spool could not keep a message
	Looping      Refusal = "loop"               // too many Received fields
	TooBig       Refusal = "size"               // max_size
	NotRelayed   Refusal = "relaying"           // a domain that is not listed
	LongLine     Refusal = "long_line"          // max_line
	NoRoom       Refusal = "recipients"         // max_recipients
)

type nobody struct{}

func (nobody) Refused(Refusal, string) {}
func (nobody) Window3(time.Duration)   {}
func (nobody) Vanished(bool, string)   {}

// judge is the gateway as the session sees it; tests put another in its place.
type judge interface {
	Hostname() string
	Open(ctx context.Context, c message.Client) visit
}

// visit is gateway.Session.
type visit interface {
	Replace(c message.Client)
	Helo(ctx context.Context, name string) *gateway.Refusal
	Mail(ctx context.Context, from string) (transaction, *gateway.Refusal)
	Close()
}

// transaction is gateway.Transaction.
type transaction interface {
	Envelope() *message.Envelope
	Rcpt(ctx context.Context, to string) *gateway.Refusal
	Refused(to string, code int, enhanced, text, why string)
	Data(ctx context.Context, raw []byte) *gateway.Outcome
	Close()
}

// gate is the real judge.
type gate struct{ *gateway.Gateway }

func (g gate) Hostname() string { return g.Settings().Hostname }

func (g gate) Open(ctx context.Context, c message.Client) visit {
	return gateVisit{g.Gateway.Open(ctx, c)}
}

type gateVisit struct{ *gateway.Session }

func (v gateVisit) Mail(ctx context.Context, from string) (transaction, *gateway.Refusal) {
	t, refusal := v.Session.Mail(ctx, from)
	if refusal != nil {
		return nil, refusal
	}
	return t, nil
}
