// Package clamav has mail scanned by ClamAV's daemon, clamd.
//
// The whole message is streamed to clamd (INSTREAM, over a unix socket or TCP), without a copy, and beside it those
// decoded parts that clamd does not see into by itself. Only an answer that is exactly "stream: OK", complete, alone, and
// given after clamd had all of it, means clean. Whatever else happens is "unscanned", and the mail is put off.
//
// The types and commands are those of github.com/baruwa-enterprise/clamd. Its client is not used for talking: it makes its
// own connections, so that they can't be wrapped, and it reads a connection that closes without a word, or within a
// line, as a scan that found nothing (no responses, no error). It also takes no notice of a context once connected,
// begins its timeout anew with each line, and does not know the answers of ExtendedDetectionInfo. What talks to clamd is
// exchange.go, on connections of filters/scanner, which choose among several clamds and end in time.
package clamav

import (
	"context"
	"sync/atomic"
	"time"

	"weir/filters"
	"weir/filters/scanner"
	"weir/message"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:      "clamav",
	Text:      "has mail scanned for malware by ClamAV's clamd",
	Stage:     filters.Data,
	Network:   true,
	Scans:     true,
	OnFailure: filters.DeferMail,
	Timeout:   50 * time.Second,
	Symbols:   symbols(),
	New:       newFilter,
}

type filter struct {
	Config
	env   filters.Env
	pool  atomic.Pointer[scanner.Pool] // nil: off
	seek  *seeker                      // nil: the addresses are in the config
	close func()
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
	f := &filter{Config: c, env: env, close: func() {}}
	switch {
	case env.Offline || env.Dialer == nil:
	case len(targets) > 0:
		f.start(targets)
	default:
		f.seek = newSeeker(&c, env)
		f.close = f.seek.run(f.start)
	}
	return f, nil
}

// start begins to ask clamds.
func (f *filter) start(targets []scanner.Target) {
	f.pool.Store(scanner.New(scanner.Config{
		What: "clamd", Engine: engine{}, Targets: targets, Dialer: f.env.Dialer, Clock: f.env.Clock,
		Scans: f.Scans, Limit: int64(f.StreamMax), Tries: f.Tries, Timeout: f.ScanTimeout.D(), MaxAge: f.MaxAge.D(),
		Remember: f.Remember, Keep: f.RememberTime.D(),
	}))
}

// Close ends what goes on in the background.
func (f *filter) Close() error {
	f.close()
	if p := f.pool.Load(); p != nil {
		return p.Close()
	}
	return nil
}

// head goes before the message. clamd takes a file for a mail, and opens its parts, only if it begins with a field that
// it knows: a mail that begins with another one, or with an odd line, would be scanned as a text.
var head = []byte("Received: by weir\r\n")

// Check has the message scanned.
func (f *filter) Check(ctx context.Context, m *message.Message, _ filters.Findings) (filters.Result, error) {
	pool := f.pool.Load()
	if pool == nil {
		return filters.Result{Scan: filters.ScanOff}, nil
	}
	r, err := pool.Message(ctx, m, scanner.Plan{Head: head, AllParts: f.Parts == "all", Foreign: foreign, Enough: f.isVirus})
	if err == nil && r.TooLarge != nil && f.Oversize == "fail" {
		err = r.TooLarge
	}
	result := f.result(&r, err)
	if result.Scan == filters.ScanInfected {
		err = nil // what was found is worth more than what could not be scanned
	}
	return result, err
}

// result puts what clamd said into symbols, each once.
func (f *filter) result(r *scanner.Report, err error) filters.Result {
	out := filters.Result{Scan: filters.ScanClean}
	if err != nil || r.TooLarge != nil || r.Unseen != "" || r.Locked != "" {
		out.Scan = filters.ScanUnscanned
	}
	for i := range r.Found {
		v := &r.Found[i]
		symbol := f.symbol(v)
		switch symbol {
		case Virus:
			out.Scan = filters.ScanInfected
		case Limits:
			out.Scan = out.Scan.With(filters.ScanUnscanned)
		}
		out.Hits = scanner.Hit(out.Hits, symbol, v.Name)
	}
	if r.TooLarge != nil {
		out.Hits = scanner.Hit(out.Hits, Limits, r.TooLarge.Error())
	}
	if r.Unseen != "" {
		out.Hits = scanner.Hit(out.Hits, Limits, r.Unseen)
	}
	if r.Locked != "" {
		out.Hits = scanner.Hit(out.Hits, Encrypted, r.Locked)
	}
	if r.Old {
		out.Hits = scanner.Hit(out.Hits, OldDatabase, "")
	}
	return out
}
