package filters

import (
	"context"
	"time"

	"weir/scoring"
)

// Declarer is a config struct of a filter that makes symbols of its own: where an administrator adds a DNS list, it
// has symbols that Spec.Symbols can't know. The score table asks for them before it reads the rules files.
type Declarer interface {
	// Symbols lists all symbols that a filter with these settings may report, beside those of its Spec. It must bear
	// settings that New would refuse.
	Symbols() []scoring.Symbol
}

// Lookout is a filter that knows how those are whom it asks: DNS lists, scanners. The gateway counts it for the
// metrics, and tells the administrator when a trouble begins and ends.
type Lookout interface {
	// Troubles lists what is wrong now. It takes no time.
	Troubles() []Trouble
	// Counts lists what was counted since the filter was made. It takes no time.
	Counts() []Count
}

// Prober is a filter that can try those whom it asks now, for a person who waits (weir doctor).
type Prober interface {
	// Probe tries each of them and returns when all have answered or ctx ends. A Trouble without a Kind is none: all is well.
	Probe(ctx context.Context) []Trouble
}

// Trouble is something wrong with somebody whom a filter asks.
type Trouble struct {
	Subject string    // who: the name of a DNS list
	Kind    string    // one of the filter's few words for it: "silent", "refuses", …
	Text    string    // for a person: what is wrong, what follows, what to do
	Since   time.Time // when it was noticed
}

// Count is how often something happened with somebody whom a filter asks.
type Count struct {
	Subject string // who
	Kind    string // what: "listed", "failed", …
	N       uint64
}
