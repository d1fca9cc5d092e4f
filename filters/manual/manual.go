// Package manual is what an admin allows and blocks by hand: addresses, domains and networks, in a file that
// `weir allow` and `weir block` write and an editor may. It is a rules file that SpamAssassin can load too (line.go).
//
// An allow takes so much off the score that no other scores matter; it does not outrank what decides by itself, as a
// virus does. Since anybody can write any address into a mail, an allowed address or domain counts only where SPF,
// DKIM or DMARC prove it, unless it was forced. A network needs no proof. A block needs none either.
//
// The file is read again within a second of a change, without a reload. A line that can't be read, or a file that is gone,
// is told by MANUAL_FAILED, and what was read before stays in force.
package manual

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"weir/filters"
	"weir/message"
	"weir/message/address"
	"weir/scoring"
)

// The symbols.
const (
	Allowed  = "MANUAL_ALLOWED"
	Blocked  = "MANUAL_BLOCKED"
	Unproved = "MANUAL_UNPROVED"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "manual",
	Text:    "allows and blocks senders that an admin named",
	Stage:   filters.Summary,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: Allowed, Score: -100, Text: "An admin allowed this sender."},
		{Name: Blocked, Score: 100, Text: "An admin blocked this sender."},
		{Name: Unproved, Text: "An admin allowed this sender, but nothing proves that the mail is from there."},
	},
	New: newFilter,
}

// Config is the table [filters.manual].
type Config struct {
	File string `toml:"file" comment:"what weir allow and weir block write; a relative path is in data_dir"`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config { return Config{File: "manual.cf"} }

// Path gives the file's path.
func (c Config) Path(dataDir string) string {
	if filepath.IsAbs(c.File) {
		return c.File
	}
	return filepath.Join(dataDir, c.File)
}

type filter struct {
	path string
	now  func() time.Time

	mu     sync.Mutex
	looked time.Time
	stamp  stamp
	list   *List
	err    error
}

func newFilter(decode func(into any) error, env filters.Env) (filters.Filter, error) {
	c := DefaultConfig()
	if err := decode(&c); err != nil {
		return nil, err
	}
	f := &filter{path: c.Path(env.DataDir), now: env.Clock, list: &List{}}
	if c.File == "" {
		f.path = ""
		return f, nil
	}
	f.list, f.stamp, f.err = load(f.path)
	if f.err != nil {
		return nil, f.err
	}
	f.looked = f.now()
	return f, nil
}

// current gives the list, read again where the file has changed. It looks at most once a second.
func (f *filter) current() (*List, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); f.path != "" && now.Sub(f.looked).Abs() >= time.Second {
		f.looked = now
		if s := stampOf(f.path); s != f.stamp {
			list, stamp, err := load(f.path)
			if f.stamp, f.err = stamp, err; err == nil {
				f.list = list
			}
		}
	}
	return f.list, f.err
}

// Check looks the client's address, the envelope sender and the authors up. A block outranks an allow.
func (f *filter) Check(_ context.Context, m *message.Message, found filters.Findings) (filters.Result, error) {
	list, err := f.current()
	if list.empty() {
		return filters.Result{}, err
	}
	var allowed, blocked, unproved *Entry
	consider := func(entries []Entry, domain string) {
		for i := range entries {
			switch e := &entries[i]; {
			case !e.holds(m.Rcpts, f.now()):
			case e.Block:
				blocked = e
			case e.Net.IsValid() || e.Forced || found.Proves(domain):
				allowed = e
			default:
				unproved = e
			}
		}
	}
	list.network(m.Client.Addr, func(e []Entry) { consider(e, "") })
	for _, a := range senders(m) {
		list.sender(a, func(e []Entry) { consider(e, a[strings.LastIndexByte(a, '@')+1:]) })
	}
	switch {
	case blocked != nil:
		return hit(Blocked, blocked), err
	case allowed != nil:
		return hit(Allowed, allowed), err
	case unproved != nil:
		return hit(Unproved, unproved), err
	}
	return filters.Result{}, err
}

func hit(symbol string, e *Entry) filters.Result {
	return filters.Result{Hits: []scoring.Hit{{Name: symbol, Detail: e.String()}}}
}

// mailbox is an address of the envelope as entries name it, however it is spelled.
func mailbox(path string) string { return strings.ToLower(address.Mailbox(path)) }

// senders lists the envelope sender and all whom a reader may take for the author, in lower case.
func senders(m *message.Message) (list []string) {
	if m.Envelope.From != "" {
		list = append(list, mailbox(m.Envelope.From))
	}
	if m.Root == nil {
		return list
	}
	for _, a := range m.Author().Addresses {
		if s := strings.ToLower(a.String()); !slices.Contains(list, s) && len(list) < 10 {
			list = append(list, s)
		}
	}
	return list
}
