// Package icap has mail scanned by a server that speaks ICAP (RFC 3507), as many antivirus programs do.
//
// The mail is handed over as a web server's answer (RESPMOD), or as a client's upload (REQMOD). The server answers 204:
// nothing to change; or 200, and names what it found in a header. The standard has no word for "found", so that the
// headers in use are read: X-Infection-Found, X-Violations-Found, X-Virus-ID. A 200 that names nothing is clean only if the
// server gives the mail back byte for byte; what it changed without a word, nobody has called clean.
//
// No Preview is ever used: after one, a server may say 204 since it does not care for such files, which would read as
// clean, though nobody looked.
package icap

import (
	"context"
	"time"

	"weir/filters"
	"weir/filters/scanner"
	"weir/message"
	"weir/scoring"
)

// The symbols.
const (
	Virus  = "ICAP_VIRUS"
	Policy = "ICAP_POLICY"
	Limits = "ICAP_LIMITS"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:      "icap",
	Text:      "has mail scanned for malware by an ICAP server",
	Stage:     filters.Data,
	Network:   true,
	Scans:     true,
	OnFailure: filters.DeferMail,
	Timeout:   50 * time.Second,
	Symbols: []scoring.Symbol{
		{Name: Virus, Score: 20, Decides: scoring.Reject, Infected: true, Text: "The ICAP server found malware."},
		{Name: Policy, Score: 4, Text: "The ICAP server's own policy forbids it."},
		{Name: Limits, Score: 1, Text: "Some of it was not scanned: it is beyond a limit of the ICAP server, or of max_size."},
	},
	New: newFilter,
}

type filter struct {
	Config
	pool *scanner.Pool // nil: off
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	c := DefaultConfig()
	if err := decode(&c); err != nil {
		return nil, err
	}
	targets, err := c.targets()
	if err != nil {
		return nil, err
	}
	f := &filter{Config: c}
	if len(targets) == 0 || env.Offline || env.Dialer == nil {
		return f, nil
	}
	engine, err := newEngine(&c)
	if err != nil {
		return nil, err
	}
	f.pool = scanner.New(scanner.Config{
		What: "the ICAP server", Engine: engine, Targets: targets, Dialer: env.Dialer, Clock: env.Clock,
		Scans: c.Scans, Limit: int64(c.MaxSize), Tries: c.Tries, Timeout: c.ScanTimeout.D(),
		Remember: c.Remember, Keep: c.RememberTime.D(),
	})
	return f, nil
}

// Check has the message scanned.
func (f *filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	if f.pool == nil {
		return filters.Result{Scan: filters.ScanOff}, nil
	}
	r, err := f.pool.Message(ctx, m, scanner.Plan{AllParts: f.Parts == "all", Enough: func(v *scanner.Verdict) bool { return symbol(v) == Virus }})
	if err == nil && r.TooLarge != nil && f.Oversize == "fail" {
		err = r.TooLarge
	}
	result := results(&r, err)
	if result.Scan == filters.ScanInfected {
		err = nil // what was found is worth more than what could not be scanned
	}
	return result, err
}

// symbol says what a finding means.
func symbol(v *scanner.Verdict) string {
	switch v.Kind {
	case scanner.Limits:
		return Limits
	case scanner.Policy:
		return Policy
	}
	return Virus
}

// results puts what the server said into symbols, each once.
func results(r *scanner.Report, err error) filters.Result {
	out := filters.Result{Scan: filters.ScanClean}
	if err != nil || r.TooLarge != nil {
		out.Scan = filters.ScanUnscanned
	}
	for i := range r.Found {
		v := &r.Found[i]
		switch symbol(v) {
		case Virus:
			out.Scan = filters.ScanInfected
		case Limits:
			out.Scan = out.Scan.With(filters.ScanUnscanned)
		}
		out.Hits = scanner.Hit(out.Hits, symbol(v), v.Name)
	}
	if r.TooLarge != nil {
		out.Hits = scanner.Hit(out.Hits, Limits, r.TooLarge.Error())
	}
	return out
}

// Close ends what goes on in the background.
func (f *filter) Close() error {
	if f.pool == nil {
		return nil
	}
	return f.pool.Close()
}

// Scanning tells whether there is a server to ask (filters.Scanner).
func (f *filter) Scanning() (on bool, text string) {
	if f.pool == nil {
		return false, "no ICAP server is set"
	}
	return true, "ICAP at " + f.pool.Names()
}

// Troubles lists the servers that are not well (filters.Lookout).
func (f *filter) Troubles() []filters.Trouble {
	if f.pool == nil {
		return nil
	}
	return f.pool.Troubles()
}

// Counts lists what the servers answered (filters.Lookout).
func (f *filter) Counts() []filters.Count {
	if f.pool == nil {
		return nil
	}
	return f.pool.Counts()
}

// Gauges lists how busy the servers are (filters.Gauger).
func (f *filter) Gauges() []filters.Gauge {
	if f.pool == nil {
		return nil
	}
	return f.pool.Gauges()
}

// Probe tries all servers now, and whether they find the EICAR test file (filters.Prober).
func (f *filter) Probe(ctx context.Context) []filters.Trouble {
	if f.pool == nil {
		return nil // clamav says where nobody scans
	}
	return f.pool.Probe(ctx)
}
