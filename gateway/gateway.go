// Package gateway carries mail: it runs the filters stage by stage over each message, lets package scoring decide, and
// gives the front doors (smtp, milter, http, spamd, the command line) one path for all of them.
//
// A front door opens a Session for each client connection and a Transaction for each mail, and translates the Outcome
// into its own protocol. It never calls a filter.
package gateway

import (
	"context"
	"sync/atomic"
	"time"

	"weir/message"
)

// Watcher is told what happens, for logs and metrics. Its methods are called from many goroutines and must not block.
type Watcher interface {
	// Report is called once for each judged message (when its transaction closes) and each refusal.
	Report(r *Report)
	// Filter is called for each run of a filter; err is nil unless it failed.
	Filter(name string, took time.Duration, err error)
}

// Gateway is the one path. It is safe for use by many goroutines.
type Gateway struct {
	current atomic.Pointer[Snapshot]
	watch   Watcher
	faults  faults
	notes   notes
	room    room // for large messages
}

// New makes a gateway that serves s. watch may be nil.
func New(s *Snapshot, watch Watcher) *Gateway {
	if watch == nil {
		watch = silent{}
	}
	g := &Gateway{watch: watch, room: newRoom()}
	g.current.Store(s)
	return g
}

// Reload serves s from the next session and transaction on. Transactions in progress keep what they began with; the
// old snapshot is closed when the last of them ends.
func (g *Gateway) Reload(s *Snapshot) { g.current.Swap(s).release() }

// Close carries out what is still to be noted in the store, and releases the current snapshot. The gateway must not be
// used afterwards.
func (g *Gateway) Close() {
	g.notes.close()
	g.current.Load().release()
}

// Settings are those in force now. They must not be changed.
func (g *Gateway) Settings() *Settings { return &g.current.Load().Settings }

// snapshot takes the current snapshot and holds it; the caller releases it.
func (g *Gateway) snapshot() *Snapshot {
	for {
		if s := g.current.Load(); s.hold() {
			return s
		}
	}
}

// Open begins a session for a client and starts the connect-stage filters, which run while the client still talks.
// ctx ends with the connection.
func (g *Gateway) Open(ctx context.Context, c message.Client) *Session {
	s := &Session{gateway: g, snap: g.snapshot()}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.begin(c)
	return s
}

type silent struct{}

func (silent) Report(*Report)                      {}
func (silent) Filter(string, time.Duration, error) {}
