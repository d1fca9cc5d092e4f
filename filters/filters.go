// Package filters says what a filter sees, says and is.
//
// A filter looks at one message at one stage and reports what it found as symbols. It never chooses an action (package
// scoring does) and never talks to a front door (package gateway does). Each filter has a folder of its own below this
// one with a Spec; filters/all is the only list of them.
package filters

import (
	"context"
	"net"
	"net/netip"
	"time"

	"weir/message"
	"weir/scoring"
)

// Stage is the point of the SMTP dialogue at which a filter runs.
type Stage uint8

// The stages in order. Each filter may use the fields of message.Message that are known by its stage.
const (
	Connect Stage = iota
	Helo
	Sender
	Recipient
	Header
	Data
	Summary // after all others of the data stage
)

var stageNames = [...]string{"connect", "helo", "sender", "recipient", "header", "data", "summary"}

// String gives the stage's name as used in metrics and docs.
func (s Stage) String() string { return stageNames[s] }

// Filter checks messages. One instance serves many goroutines.
type Filter interface {
	// Check reports what this filter finds in m. It is called at Spec.Stage, from many goroutines, and returns when
	// ctx ends. Missing input (no client address in a CLI scan) is an empty Result. An error means "could not tell",
	// never "bad mail". found holds what the filters named in After have reported; anything else is absent from it.
	Check(ctx context.Context, m *message.Message, found Findings) (Result, error)
}

// Spec describes a filter to the gateway.
type Spec struct {
	Name    string           // folder = config table = testdata folder = metric label = README heading
	Text    string           // one sentence for a person
	Stage   Stage            // when Check runs
	Again   []Stage          // later stages at which Check runs once more, with what is known by then: see Findings.Stage
	After   []string         // filters whose results this one reads, where they are enabled: an order, not a demand
	Network bool             // waits for others (DNS, sockets): runs concurrently; else in turn on the session's goroutine
	Off     bool             // off unless switched on in the config
	Inbound bool             // not run for outgoing mail (DNS lists, SPF, greylisting, HELO checks)
	Scans   bool             // has mail scanned for malware (Scanner): where it fails, the mail is unscanned
	Symbols []scoring.Symbol // everything it may report; <NAME>_FAILED is added by the gateway

	// OnFailure is the default for the config's on_failure: Ignore or DeferMail.
	OnFailure FailureMode

	// Timeout for one Check; 0 means the gateway's default, 5s.
	Timeout time.Duration

	// New makes the filter. decode fills a config struct that holds the defaults; it is strict, and its errors name
	// file, line and key. New must call decode exactly once, also where there is nothing to configure (&struct{}{}).
	New func(decode func(into any) error, env Env) (Filter, error)
}

// FailureMode says what an error, a timeout or a panic of a filter means for the message.
type FailureMode uint8

// The failure modes. Ignore is the zero value.
const (
	Ignore    FailureMode = iota // the mail is judged without this filter; <NAME>_FAILED is in the report
	DeferMail                    // 451, unless the mail is refused anyway
)

// Env is what the gateway lends its filters. Offline: no filter may touch the network; Resolver and Dialer then fail.
type Env struct {
	Clock    func() time.Time
	Resolver Resolver
	Dialer   Dialer
	Offline  bool
	Hostname string // our own name
	Rules    any    // the compiled rules files, a *rules.Set, which the filter ruleset knows; nil where there are none
	Trusted  []netip.Prefix
	DataDir  string // folder of what Weir keeps; relative paths of filters' settings are in it
	Store    Store  // what is remembered; nil: nothing is (an offline scan without state)
	Explain  bool   // filters are to say more of their reasons, though it takes time
}

// Resolver asks the DNS. Errors are bare *net.DNSError values with IsNotFound and IsTemporary set rightly.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// Dialer opens connections to services of the admin's own.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}
