// Package gateway carries mail: it runs the filters stage by stage over each message, lets package scoring decide, and
// gives the front doors (smtp, milter, http, spamd, the command line) one path for all of them.
package gateway

import "weir/scoring"

type scoringDecision = scoring.Decision

// Gateway is the one path. It is safe for use by many goroutines.
type Gateway struct{}
